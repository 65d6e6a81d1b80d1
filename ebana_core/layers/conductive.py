"""Layers of trained resistors: how their conductances are drawn, bounded and programmed."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.laws import Ohm
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.layer import Layer
from ebana_core.layers.trainable import TrainableLayer, check_relative_step
from ebana_core.validators import truth


def _check_initializer(layer: Layer, _: object, value: Initializer) -> None:
    if not isinstance(value, Initializer):
        raise ParameterError(
            f"Layer {layer.name!r} has initializer={value!r}, which is not an initializer.",
            "give one of ebana_core.initializers, for example RandomUniform(1e-7, 1e-6)",
        )


@attrs.frozen(kw_only=True, eq=False)
class ConductiveLayer(TrainableLayer):
    """A layer whose parameter ``conductance``, S, is drawn, bounded and trained.

    Args:
        name: See `Layer`.
        initializer: Draws the conductances and bounds them.
        lr: Learning rate, S²/V²: the change is ``-lr * gradient``, the gradient in V²/S;
            a number or a callable of the step.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import DenseLayer
        >>> layer = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5))
        >>> isinstance(layer, ConductiveLayer)
        True
        >>> layer.declarations([(3,)])[0].quantity.unit
        'S'
    """

    programs_in_blocks = True

    initializer: Initializer = attrs.field(validator=_check_initializer)
    trainable: bool = attrs.field(default=True, validator=truth)
    max_relative_step: float | None = attrs.field(default=0.5, validator=check_relative_step)

    @property
    def papers(self) -> tuple[str, ...]:
        return self.initializer.papers

    def conductance(self, shape: Shape) -> Declaration:
        """Return the declaration of conductances of a shape."""
        return Declaration(
            quantity=Ohm.values[0],
            shape=shape,
            draw=lambda rng: self.initializer.draw(shape, rng),
            lower=self.initializer.lower,
            upper=self.initializer.upper,
            **self.learning,
        )

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        if self.max_relative_step is not None:
            # Less than the value itself: no step, however long it is wished, turns a conductance
            # negative. In place, as crossbars are large.
            limit = self.max_relative_step * values
            np.clip(change, -limit, limit, out=change)
        change += values
        return change, {}
