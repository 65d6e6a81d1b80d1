"""Measures: what of a trained network is compared with what a paper states."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.errors import DataError

Findings = Mapping[str, float | Sequence[float]]
"""Name to a number that was measured, or to the numbers of a curve."""


class Predicting(Protocol):
    """A trained model."""

    def predict(self, data: DataSet, /) -> Mapping[str, Array]:
        """Return output name to its predictions, ``(n_samples, n_predictions)``."""


Measure = Callable[..., Findings]
"""Takes a trained model and the samples to test with."""


def classified(model: Predicting, test: DataSet) -> Findings:
    """Return ``"test error"`` and ``"test accuracy"``, %: the largest prediction is the answer.

    Raises:
        DataError: The samples have no targets, those of several outputs, or of one class alone.
    """
    prediction, target = answered(model, test)
    if target.shape[1] < 2:
        raise DataError(
            f"The test samples have targets of shape {target.shape}; classes take two columns.",
            "give one column per class, or the experiment another measure",
        )
    share = float((prediction.argmax(axis=1) == target.argmax(axis=1)).mean())
    return {"test error": 100 * (1 - share), "test accuracy": 100 * share}


def decided(threshold: float) -> Measure:
    """Return a measure of answers that are true or false each: ``"right answers"``, %.

    Args:
        threshold: Predictions and targets from here on are true, V.
    """

    def right(model: Predicting, test: DataSet) -> Findings:
        prediction, target = answered(model, test)
        return {
            "right answers": 100
            * float(((prediction >= threshold) == (target >= threshold)).mean())
        }

    return right


def squared_error(model: Predicting, test: DataSet) -> Findings:
    """Return ``"mean squared error"``, V²: over samples and predictions."""
    prediction, target = answered(model, test)
    return {"mean squared error": float(np.mean((prediction - target) ** 2))}


def answered(model: Predicting, test: DataSet) -> tuple[Array, Array]:
    """Return predictions and targets of a network's one output.

    Raises:
        DataError: The samples have no targets, or those of several outputs.
    """
    targets = test.outputs or {}
    if len(targets) != 1:
        raise DataError(
            f"The test samples have targets of {sorted(targets)}.",
            "give samples of one output, or the experiment a measure of its own",
        )
    (output,) = targets
    return model.predict(test)[output], targets[output]
