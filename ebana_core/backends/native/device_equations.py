"""What free and nudged phases know of their devices alike."""

import numpy as np

from ebana_core.arrays import Array, namespace
from ebana_core.backends.native.assembly import added_by
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.linear_currents import LinearCurrents
from ebana_core.backends.native.terminal_arrays import TerminalArray, own_slopes


class DeviceEquations:
    """The devices of a phase, whose currents its equations sum.

    Attributes:
        linear: The linear part.
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
    """

    __slots__ = ()

    linear: LinearCurrents
    devices: tuple[DeviceArray, ...]
    terminals: tuple[TerminalArray, ...]

    @property
    def has_bent_terminals(self) -> bool:
        """Whether there are devices of several terminals that are not linear."""
        return not all(array.law.is_linear for array in self.terminals)

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether the currents of all devices are made of straight lines."""
        is_straight = all(array.law.is_piecewise_linear for array in self.devices)
        return is_straight and not self.has_bent_terminals

    def at_bounds(self, tolerance: Array, x: Array, at: Evaluation) -> Array:
        """Return tolerances of currents as those of `Evaluation.residual`, A. Shape of `x`.

        At a bound the residual counts the way to it by resistors alone. Where devices conduct far
        better, what they lose would hide a long way.
        """
        if at.is_bound is None or not (self.devices or self.terminals):
            return tolerance
        xp = namespace(x)
        with np.errstate(over="ignore", invalid="ignore"):
            slope = abs(added_by(self.devices, at.slopes, x).own)
            slope = slope + own_slopes(self.terminals, at.terminals, x)
            own = xp.where(self.linear.own > 0, self.linear.own, 1.0)
            return xp.where(at.is_bound, tolerance * (own / (own + slope)), tolerance)
