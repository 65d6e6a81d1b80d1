"""The interface of devices of several terminals, whose currents depend on all their voltages."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.errors import UnsupportedError
from ebana_core.laws.slopes import SlopePlaces, everywhere_between
from ebana_core.laws.spice import Element
from ebana_core.laws.tables import BranchTable, Tables
from ebana_core.laws.terminal_state import TerminalState, changed
from ebana_core.quantities import Quantity


@attrs.frozen
class Edge:
    """Where a local rule measures the drop of a device of several terminals.

    Args:
        head: Number of the first terminal.
        tail: Number of the second one.
        sign: +1 where a larger value conducts better between them, -1 where worse.
    """

    head: int
    tail: int
    sign: float


class TerminalLaw(ABC):
    """The law of a device of several terminals.

    The first `n_outer` terminals are at nodes of the circuit around it; the others are its own:
    nodes inside, and unknown currents, whose "voltage" is the current in amperes and whose
    "current" is what must vanish besides.

    Voltages have the shape ``(n_samples, n_devices, n_terminals)``; values are one number, or one
    per device. A law is frozen and holds no arrays of a circuit.
    """

    values: tuple[Quantity, ...] = ()
    n_terminals: int
    n_outer: int
    inner_nodes: Sequence[str] = ()
    """Names of the nodes inside; the terminals behind them are currents."""
    is_linear: bool = False
    """The slopes are the same at all voltages."""
    refusal: str = ""
    """Why only ngspice can compute this device; empty: the native backend can, too."""
    active: str = ""
    """Name of what delivers power by itself in it, which ends its energy; empty: reciprocal."""
    may_fall: bool = False
    """A current in it may fall where its own voltage rises, so that it may have several states."""
    stores: str = ""
    """Name of what stores energy in it; empty: it stores none."""
    still: str = ""
    """Name of what would change in a transient but is held at its DC value here; empty: nothing."""
    paths: Sequence[tuple[int, int]] = ()
    """Pairs of terminals that conduct at every voltage."""
    kept_labels: Sequence[str] = ()
    """What follows a device's name in those of netlist nodes whose shunts the law itself has."""
    symbol: str = "box"
    terminal_names: Sequence[str] = ()
    title: str = ""
    """How diagrams draw it: as of `Law` between two outer terminals, else a box with such names."""
    edges: Mapping[str, Edge] = MappingProxyType({})
    """Value to the terminals whose drop a local rule squares to train it."""

    @property
    def n_nodes(self) -> int:
        """Number of terminals that are nodes; those behind them are currents."""
        return self.n_outer + len(self.inner_nodes)

    def with_gmin(self, gmin: float) -> "TerminalLaw":
        """Return the law with another conductance across each of its junctions, if any, S."""
        del gmin
        return self

    def with_shunt(self, shunt: float) -> "TerminalLaw":
        """Return the law with a conductance to ground from nodes that are no terminals, S."""
        del shunt
        return self

    @property
    def shunted(self) -> Sequence[int]:
        """Terminals inside that the circuit's shunt loads; the default is every node there."""
        return range(self.n_outer, self.n_nodes)

    @property
    def slope_places(self) -> SlopePlaces:
        """Between which terminals the slopes of `at` and `near` may differ from zero."""
        return everywhere_between(self.n_terminals)

    @property
    def tables(self) -> Tables | None:
        """All that is not linear, for compiled code; None: it is of other kinds than that knows."""
        return None

    def branch_table(self, values: Values, n_devices: int) -> BranchTable | None:
        """Return devices that are transistors between two ends; None: they are others."""
        del values, n_devices
        return None

    def linear_at(self, voltages: Array, values: Values) -> TerminalState:
        """Return what a law with `tables` is beside them, with the slope places of `at`."""
        return self.at(voltages, values)

    def stacked(self, values: Values) -> Values:
        """Return values as the law evaluates them fastest; whoever keeps them asks once."""
        return values

    @property
    def inertial(self) -> Sequence[int]:
        """Terminals that get a capacitance (nodes) or an inductance (currents) to judge stability.

        The default is every node.
        """
        return range(self.n_nodes)

    @abstractmethod
    def at(self, voltages: Array, values: Values) -> TerminalState:
        """Return currents and slopes at voltages."""

    @property
    def n_junctions(self) -> int:
        """Number of pn junctions in a device whose voltages a search limits."""
        return 0

    def near(
        self, voltages: Array, values: Values, before: Array | None
    ) -> tuple[TerminalState, Array]:
        """Return currents and slopes on tangents at junction voltages near the previous ones.

        Newton's method that goes from tangent to tangent finds operating points from far, as
        SPICE does; where no junction is limited, these are the currents of `at`.

        Args:
            voltages: Of the terminals.
            values: As of `at`.
            before: Junction voltages where it was evaluated last, ``(n_samples, n_devices,
                n_junctions)``, V; None: this is the first time.

        Returns:
            The devices, and the junction voltages where they are evaluated, V.
        """
        del before
        return self.at(voltages, values), np.zeros((*voltages.shape[:2], 0))

    @abstractmethod
    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        """Return the SPICE elements of one device, named with the suffix `device`."""

    def followers(self, values: Values) -> Sequence[tuple[int, int, Array]]:
        """Return terminals at a known voltage above others or ground (-1), with these and it, V.

        Each comes behind the one that it follows.
        """
        del values
        return ()

    def vectors(self, device: str) -> Mapping[int, str]:
        """Return terminal to ngspice's vector, for terminals that are currents."""
        del device
        return {}

    def change(self, voltages: Array, change: Array, values: Values) -> tuple[Array, Array]:
        """Return how much the currents change with the voltages, and the size of the rounding, A.

        The default integrates the slopes with three Gauss points, and takes the plain
        difference where the two disagree by more than the rounding of the latter.

        Returns:
            The change, and what its rounding is relative to beside slopes times `change`.
        """
        return changed(lambda v: self.at(v, values), voltages, change)

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        """Return the contrast of a value of each device, ``(n_samples, n_devices)``, W per unit.

        Raises:
            UnsupportedError: It has none.
        """
        raise UnsupportedError(f"{name!r} has no contrast between phases.", "freeze its layer")

    def sensitivity(self, name: str, voltages: Array, values: Values) -> Array:
        """Return the derivative of the currents by a value. Shape of `voltages`.

        The default is a central difference.
        """
        value = np.asarray(values[name])
        # The cube root of the rounding, where a central difference is most exact.
        step = 6e-6 * np.where(value == 0, 1.0, np.abs(value))
        above, below = (
            self.at(voltages, {**values, name: value + sign * step}).currents for sign in (1, -1)
        )
        return np.asarray((above - below) / (2 * step)[..., None])
