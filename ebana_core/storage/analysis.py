"""Runs as tables and labelled arrays, for pandas and xarray; both come with ``[analysis]``."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ebana_core.errors import MissingLibraryError
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


def frame(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Return rows of runs as a table, one row per run; see `Run.compare`."""
    return _library("pandas").DataFrame(rows).set_index("run")


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
