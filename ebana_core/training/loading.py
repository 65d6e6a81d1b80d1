"""The history of a fit, read back from the file of its run."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.storage.layout import MEASURES
from ebana_core.storage.record import EpochRecord, Score
from ebana_core.storage.run import Run
from ebana_core.training.history import Fit

OWN_LOSS = "train_loss:"
"""Begins the columns of the outputs of a network of several."""


def load_history(path: str | os.PathLike[str]) -> Fit:
    """Return the finished epochs of a run; see `Model.load_history`."""
    history = Fit()
    with Run.open(path) as run:
        named = tuple(name[len(OWN_LOSS) :] for name in run.scores if name.startswith(OWN_LOSS))
        for record in records_of(run, named or tuple(run.model["outputs"])):
            history.append(record)
    return history


def records_of(run: Run, outputs: tuple[str, ...]) -> list[EpochRecord]:
    """Return the records of the finished epochs of a run, without what it saves of them."""
    columns = run.scores
    return [
        EpochRecord(
            epoch=int(columns["epoch"][k]),
            train=_score(columns, "train", k, outputs),
            validation=None
            if np.isnan(columns["validation_loss"][k])
            else _score(columns, "validation", k, outputs),
            seconds={
                stage: float(columns[f"{stage}_seconds"][k])
                for stage in ("training", "validation", "recording")
            },
            n_points=int(columns["operating_points"][k]),
            reports={name: float(values[k]) for name, values in columns.items() if "." in name},
            measures={
                name: float(columns[name][k])
                for name in MEASURES
                if name in columns and not np.isnan(columns[name][k])
            },
        )
        for k in range(run.n_epochs)
    ]


def _score(columns: Mapping[str, Any], stage: str, k: int, outputs: tuple[str, ...]) -> Score:
    loss, accuracy = (float(columns[f"{stage}_{figure}"][k]) for figure in ("loss", "accuracy"))
    # A single output has no columns of its own: its scores are those of the whole.
    if len(outputs) == 1:
        return Score(loss=loss, accuracy=accuracy, per_output={outputs[0]: (loss, accuracy)})
    own = {
        name: (
            float(columns[f"{stage}_loss:{name}"][k]),
            float(columns[f"{stage}_accuracy:{name}"][k]),
        )
        for name in outputs
    }
    return Score(loss=loss, accuracy=accuracy, per_output=own)
