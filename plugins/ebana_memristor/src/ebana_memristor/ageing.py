"""What time does to the cells of a trained model."""

import numpy as np

from ebana_core import Model
from ebana_core.errors import ParameterError
from ebana_memristor.effects import Drift
from ebana_memristor.layer import MemristorLayer


def age(model: Model, seconds: float) -> None:
    """Let the cells of a model drift, as its layers' `Drift` says; within their windows.

    The states that it had are overwritten: take a snapshot, or load the model again, to go back.

    Args:
        model: A model with `MemristorLayer`s.
        seconds: Since they were programmed.

    Raises:
        ParameterError: `seconds` is below zero, or no layer drifts.
    """
    if not 0 <= seconds < np.inf:
        raise ParameterError(f"seconds is {seconds!r}.", "give a finite time of at least zero, s")
    changed = {}
    for layer in model.layers.values():
        if isinstance(layer, MemristorLayer):
            for effect in layer.effects:
                if isinstance(effect, Drift):
                    name = layer.parameter(layer.cell.law.values[0].name)
                    exponents = model.parameters[layer.parameter("drift_exponent")]
                    left = effect.left(seconds, exponents)
                    aged = layer.cell.scaled(model.parameters[name], left)
                    changed[name] = np.clip(aged, *layer.cell.limits)
    if not changed:
        raise ParameterError("No layer drifts.", "give a MemristorLayer effects=[Drift(...)]")
    model.restore(changed)
