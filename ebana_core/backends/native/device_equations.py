"""What free and nudged phases know of their devices alike."""

from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.terminal_arrays import TerminalArray


class DeviceEquations:
    """The devices of a phase, whose currents its equations sum.

    Attributes:
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
    """

    __slots__ = ()

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
