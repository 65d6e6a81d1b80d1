"""Gate voltages drawn at the start of learning."""

import math

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.layers import Shape
from ebana_core.validators import number

_VOLTS = number("give a finite voltage in V", unit="V")


@attrs.frozen
class UniformVoltage(Initializer):
    """Gate voltages uniform on (`init_low`, `init_high`), of either sign.

    Args:
        init_low: Lower end, V.
        init_high: Upper end, V, at least `init_low`.

    Examples:
        >>> import numpy
        >>> UniformVoltage(1.0, 1.0).draw((2,), numpy.random.default_rng(0))
        array([1., 1.])
    """

    init_low: float = attrs.field(validator=_VOLTS)
    init_high: float = attrs.field(validator=_VOLTS)

    def __attrs_post_init__(self) -> None:
        own_settings(self)
        if not self.init_low <= self.init_high:
            raise ParameterError(
                f"UniformVoltage.init_low = {self.init_low!r} V is above init_high = "
                f"{self.init_high!r} V.",
                "give init_low <= init_high",
            )

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.uniform(self.init_low, self.init_high, shape)

    @property
    def lower(self) -> float:
        return -math.inf

    @property
    def upper(self) -> float:
        return math.inf
