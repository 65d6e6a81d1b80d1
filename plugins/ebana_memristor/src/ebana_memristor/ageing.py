"""Drift: the conductances of a trained model's cells fall with time."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.checking import checked_number
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_instance
from ebana_core.quantities import quantity
from ebana_memristor.checks import above_zero, at_least_zero
from ebana_memristor.effects import Drawn, Effect
from ebana_memristor.layer import MemristorLayer


@final
@attrs.frozen(kw_only=True)
class Drift(Effect):
    """Conductances fall with the time since programming, as ``(1 + t/t0)**-exponent``.

    Training does not know it; `age` lets the cells of a trained model drift.

    Args:
        exponent: Mean of the exponent over cells, a pure number of at least 0.
        sigma: Standard deviation of the exponent over cells; exponents below zero become zero.
        t0: Time after programming at which drift sets in, s, above zero.

    Examples:
        >>> import numpy
        >>> Drift(exponent=0.05).left(numpy.array([0.0, 1e6]), numpy.array(0.05)).round(2)
        array([1. , 0.5])

    Source:
        Ielmini et al., IEEE Trans. Electron Devices 56(5), 2009 (power law, its exponents).
    """

    exponent: float = attrs.field(default=0.05, validator=at_least_zero)
    sigma: float = attrs.field(default=0.0, validator=at_least_zero)
    t0: float = attrs.field(default=1.0, validator=above_zero)

    @property
    def drawn(self) -> Sequence[Drawn]:
        exponent = quantity("drift_exponent", "1", at_least=0.0, meaning="of this cell")
        passed = quantity("age", "s", at_least=0.0, meaning="since the cells drift")

        def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
            return np.maximum(self.exponent + self.sigma * rng.standard_normal(shape), 0.0)

        return [(exponent, draw), (passed, lambda rng, shape: np.zeros(shape))]

    def left(self, seconds: Array, exponents: Array) -> Array:
        """Return the factor that conductances have fallen to after a time."""
        return np.asarray((1 + seconds / self.t0) ** -exponents)


def age(model: Model, seconds: float) -> None:
    """Let time pass for the cells of a model: they drift as its layers' `Drift` says.

    Times add up: 10 s and then 90 s are 100 s. Conductances stay within their windows. What the
    cells were is overwritten: take a snapshot, or load the model again, to go back. Programming
    them again does not make them young.

    Args:
        model: A model with `MemristorLayer`s.
        seconds: Time that passes, s, at least 0.

    Raises:
        ParameterError: `seconds` is below zero, or no layer drifts.
    """
    fix = "give a finite time of at least zero, s"
    seconds = checked_number(seconds, "seconds", fix, at_least=0.0)
    checked_instance(model, Model, "model", "give a Model with layers of memristors")
    changed: dict[str, Array] = {}
    for layer in model.layers.values():
        if isinstance(layer, MemristorLayer):
            for effect in layer.effects:
                if isinstance(effect, Drift):
                    passed = layer.parameter("age")
                    before = model.parameters[passed]
                    exponents = model.parameters[layer.parameter("drift_exponent")]
                    after = before + seconds
                    # From one age to the other, so that times add up however they are cut.
                    left = effect.left(after, exponents) / effect.left(before, exponents)
                    name = layer.parameter(layer.cell.law.values[0].name)
                    aged = layer.cell.scaled(model.parameters[name], left)
                    # Stuck cells do not drift.
                    aged = np.where(layer.is_free(model.parameters), aged, model.parameters[name])
                    changed |= {name: np.clip(aged, *layer.cell.limits), passed: after}
    if not changed:
        raise ParameterError("No layer drifts.", "give a MemristorLayer effects=[Drift(...)]")
    model.restore(changed)
