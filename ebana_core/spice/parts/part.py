"""The interface of an element in a block: its currents, their slopes, and its SPICE element."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity

Names = Mapping[int, str]
"""Number of a terminal to its SPICE name: a node, or the source whose current the terminal is."""


class Sums:
    """Sums over elements, at each terminal of a batch of blocks; the last terminal is ground.

    Beside the currents (A) there are the sums of their absolute values (A), which rounding is
    relative to, and the derivatives of the currents by the voltages (S).
    """

    def __init__(self, voltages: Array) -> None:
        *leading, n = voltages.shape
        # Ground comes last, where the index -1 finds it.
        self.voltages = np.concatenate([voltages, np.zeros((*leading, 1))], axis=-1)
        self.currents = np.zeros(self.voltages.shape)
        self.sizes = np.zeros(self.voltages.shape)
        self.slopes = np.zeros((*leading, n + 1, n + 1))

    def at(self, place: int) -> Array:
        """Return the voltage of a terminal; -1 is ground."""
        return np.asarray(self.voltages[..., place])

    def drop(self, head: int, tail: int) -> Array:
        """Return the voltage between two terminals."""
        return self.at(head) - self.at(tail)

    def add(self, place: int, amount: Any, slopes: Mapping[int, Any], sign: float = 1.0) -> None:
        """Add a current, A, that leaves a terminal, with its derivative by each terminal, S."""
        self.currents[..., place] += sign * amount
        self.sizes[..., place] += np.abs(amount)
        for other, slope in slopes.items():
            self.slopes[..., place, other] += sign * slope

    def through(self, head: int, tail: int, amount: Any, slopes: Mapping[int, Any]) -> None:
        """Add a current from head to tail."""
        self.add(head, amount, slopes)
        self.add(tail, amount, slopes, -1.0)


@attrs.frozen
class Part(ABC):
    """An element between two terminals.

    Args:
        name: Of the element in the flattened subcircuit.
        head: Number of the terminal at its first node; -1 is ground.
        tail: Number of the terminal at its second node, likewise.
    """

    letter: ClassVar[str]
    """Letter with which SPICE names elements of its kind."""
    is_linear: ClassVar[bool] = True
    is_active: ClassVar[bool] = False
    """Whether it can deliver power by itself, so that a circuit with it has no energy function."""
    stores: ClassVar[bool] = False
    """Whether it stores energy."""
    learns: ClassVar[bool] = False
    """Whether its number can be trained: it has a contrast between phases."""
    quantity: ClassVar[Quantity | None] = None
    """Unit and bounds of its number, which is named as the element; None: it has no number."""

    name: str
    head: int
    tail: int

    @abstractmethod
    def add(self, sums: Sums, values: Values) -> None:
        """Add currents and slopes."""

    @property
    def n_junctions(self) -> int:
        """Number of its pn junctions whose voltages a search limits."""
        return 0

    def add_near(self, sums: Sums, before: Array | None) -> Array:
        """Add currents and slopes of tangents, taken at junction voltages near the previous ones.

        Args:
            sums: Sums at the voltages of the nodes.
            before: Junction voltages where it was evaluated last. Shape ``(..., n_junctions)``,
                V; None: this is the first time.

        Returns:
            The junction voltages where it is evaluated now, V.
        """
        raise NotImplementedError(f"{type(self).__name__} has no junctions")

    @abstractmethod
    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        """Return the SPICE element."""

    def elements(
        self, name: str, ends: tuple[str, str], names: Names, value: float
    ) -> Sequence[Element]:
        """Return all SPICE elements that stand for it."""
        return [self.element(name, ends, names, value)]

    def vectors(self, name: str) -> Mapping[int, str]:
        """Return ngspice's vectors of terminals without a name in the netlist, by number."""
        del name
        return {}

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Pairs of terminals that conduct at every voltage."""
        return ()

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        """Return the terminals that it gives a capacitance (nodes) or an inductance (currents).

        They decide which operating points of a circuit are stable. A device has capacitances at
        its ends, a controlled source where it is controlled, as amplifiers have at their inputs. A
        source in proportion to its own drop or current is a resistor and has none.

        Args:
            held: Terminals whose voltages never change.
        """
        del held
        return ()

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        """Return the contrast of its number between two phases; None: it cannot be trained."""
        return None


@attrs.frozen
class VoltagePart(Part):
    """An element that sets a voltage; its current is an unknown of the block, terminal `own`."""

    own: int

    def vectors(self, name: str) -> Mapping[int, str]:
        return {self.own: f"{name}#branch"}

    def add(self, sums: Sums, values: Values) -> None:
        sums.through(self.head, self.tail, sums.at(self.own), {self.own: 1.0})
        for place, sign in ((self.head, 1.0), (self.tail, -1.0)):
            sums.add(self.own, sums.at(place), {place: 1.0}, sign)
        self.add_voltage(sums, values)

    @abstractmethod
    def add_voltage(self, sums: Sums, values: Values) -> None:
        """Subtract the voltage that it sets from the sum of terminal `own`, which must vanish."""

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its two ends, and its current together with the node that it leaves."""
        return (self.head, self.tail), (self.own, self.head if self.head >= 0 else self.tail)
