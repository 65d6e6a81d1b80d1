"""What a layer says of a parameter: its unit and shape, how it begins and how it learns."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.local_rules import GradFunc
from ebana_core.quantities import Quantity
from ebana_core.schedules import LearningRate

Shape = tuple[int, ...]
WeightUpdateFunc = Callable[[Array, Array], Array]


@attrs.frozen(eq=False, kw_only=True)
class Declaration:
    """A parameter that a layer declares.

    Args:
        quantity: Name within the layer, unit and bounds.
        shape: Shape of the array.
        draw: Gives the initial value from a random generator; checked against `quantity`.
        lower: Inclusive lower bound in use, in the quantity's unit.
        upper: Inclusive upper bound in use.
        trainable: Learning changes it.
        lr: Learning rate, or a schedule of it; None: none is given. Its unit is the square of
            the parameter's unit over that of the loss: S²/V² for a conductance and a squared loss
            of volts.
        grad_func: Local rule; None: the contrast that follows from the law.
        weight_update_func: Makes new values of values and wished change, before `program`.
        devices: Of values that several devices share: which value each device has, counted row
            by row. Shape of an array with one entry per device; None: one device per value, or
            devices that are alike. See `Parameter` for their place in the circuit.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import DenseLayer
        >>> d = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5, 1e-7))
        >>> (declared,) = d.declarations([(3,)])
        >>> declared.quantity.name, declared.shape, declared.lower
        ('conductance', (3, 2), 1e-07)
    """

    quantity: Quantity
    shape: Shape
    draw: Callable[[np.random.Generator], Any]
    lower: float = -np.inf
    upper: float = np.inf
    trainable: bool = False
    lr: LearningRate | None = None
    grad_func: GradFunc | None = None
    weight_update_func: WeightUpdateFunc | None = None
    devices: IntArray | None = None

    @property
    def device_shape(self) -> Shape:
        """Shape of an array with one entry per device."""
        return self.shape if self.devices is None else self.devices.shape

    def of_devices(self, values: Array) -> Array:
        """Return what each device has of values; they themselves where none are shared."""
        return values if self.devices is None else values.reshape(-1)[self.devices]
