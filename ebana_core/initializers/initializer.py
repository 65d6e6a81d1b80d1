"""The interface of initializers."""

import abc
from typing import ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.papers import Citing

Shape = tuple[int, ...]


@attrs.frozen
class Initializer(Citing, abc.ABC):
    """Draws the initial conductances of a layer and bounds them afterwards.

    Examples:
        >>> import numpy
        >>> class Ramp(Initializer):
        ...     lower, upper = 1e-7, 1e-5  # S
        ...     def draw(self, shape, rng):
        ...         return numpy.linspace(self.lower, self.upper, numpy.prod(shape)).reshape(shape)
        >>> Ramp().draw((1, 2), numpy.random.default_rng(0))
        array([[1.e-07, 1.e-05]])
    """

    needs_fans: ClassVar[bool] = False
    """It draws by the numbers of rows and columns, which only a crossbar has."""

    @abc.abstractmethod
    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Return initial conductances.

        Args:
            shape: Shape of the parameter; ``(fan_in, fan_out)`` for a crossbar, copies first;
                ``(rows, columns, channels, filters)`` for windows, likewise.
            rng: The only source of randomness.

        Returns:
            Values within [`lower`, `upper`] and above 0. Shape `shape`, siemens.
        """

    @property
    @abc.abstractmethod
    def lower(self) -> float:
        """Lower bound of the conductances, S. 0 stands for no other bound than above zero."""

    @property
    @abc.abstractmethod
    def upper(self) -> float:
        """Upper bound of the conductances, S. Infinite for no bound."""
