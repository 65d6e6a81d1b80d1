"""Runs as tables and labelled arrays, for pandas and xarray; both come with ``[analysis]``."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.errors import DataError, MissingLibraryError
from ebana_core.storage.datasets import axes
from ebana_core.storage.run_reader import RunReader

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingLibraryError(
            f"This needs {name}, which is not installed.", "pip install ebana-core[analysis]"
        ) from error


def history(run: RunReader) -> "pd.DataFrame":
    """Return one row per epoch; see `Run.history`."""
    pandas = _library("pandas")
    scores = run.scores
    epochs = scores.pop("epoch").astype(int)
    return pandas.DataFrame(scores, index=pandas.Index(epochs, name="epoch"))


def compare(paths: Sequence[str | os.PathLike[str]]) -> "pd.DataFrame":
    """Return one row per run; see `Run.compare`."""
    pandas = _library("pandas")
    if isinstance(paths, str | os.PathLike) or not paths:
        raise DataError(f"paths is {paths!r}.", "give a list of run files")
    rows = []
    for path in paths:
        with RunReader.open(path) as run:
            rows.append(_summary(run))
    table = pandas.DataFrame(rows).set_index("run")
    settings = [name for name in table if str(name).startswith("settings.")]
    same = [name for name in settings if len(paths) > 1 and table[name].astype(str).nunique() == 1]
    return table.drop(columns=same)


def _summary(run: RunReader) -> dict[str, Any]:
    scores = run.scores
    validated = scores["validation_accuracy"]
    validated = validated[~np.isnan(validated)]
    n = run.n_epochs
    return {
        "run": run.path.name,
        "status": run.status,
        "epochs": n,
        "seed": run.seed,
        **{f"settings.{name}": value for name, value in run.settings.items()},
        "train_loss": scores["train_loss"][-1] if n else np.nan,
        "train_accuracy": scores["train_accuracy"][-1] if n else np.nan,
        "validation_accuracy": validated[-1] if len(validated) else np.nan,
        "best_validation_accuracy": validated.max() if len(validated) else np.nan,
        "training_seconds": scores["training_seconds"].sum(),
    }


def dataset(run: RunReader) -> "xr.Dataset":
    """Return all that a run recorded, labelled; see `Run.to_xarray`."""
    xarray = _library("xarray")
    scores = run.scores
    epochs = scores.pop("epoch").astype(int)
    units_of_scores = run.score_units
    variables: dict[str, Any] = {
        name: (("epoch",), values, {"units": units_of_scores[name]})
        for name, values in scores.items()
    }
    coordinates: dict[str, Any] = {"epoch": epochs}
    units = run.units
    for name, values in run.parameters.items():
        variables[name] = (axes(name, values.ndim), values, {"units": units[name]})
    for place in run.places:
        found = run.recorded(place)
        topic, saved = found.topic, f"{found.topic}_epoch"
        coordinates[saved] = found.epochs
        name = place.replace("parameters/", "history/") if topic == "parameters" else place
        variables[name] = ((saved, *found.dims[1:]), found[:], {"units": found.unit})
        _label(run.coordinates, found.dims, coordinates)
    attributes = {"status": run.status, "seed": run.seed, "started": run.started}
    return xarray.Dataset(variables, coordinates, attributes)


def _label(
    known: Mapping[str, Sequence[str]], dims: Sequence[str], coordinates: dict[str, Any]
) -> None:
    for dim in dims:
        if dim in known and dim not in coordinates:
            coordinates[dim] = list(known[dim])
