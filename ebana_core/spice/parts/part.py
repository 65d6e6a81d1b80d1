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


class Voltages:
    """The voltages of the terminals of a batch of blocks; -1 is ground."""

    def __init__(self, voltages: Array) -> None:
        self.voltages = voltages

    def at(self, place: int) -> Array:
        """Return the voltage of a terminal."""
        if place < 0:
            return np.zeros(self.voltages.shape[:-1])
        return np.asarray(self.voltages[..., place])

    def drop(self, head: int, tail: int) -> Array:
        """Return the voltage between two terminals."""
        return self.at(head) - self.at(tail)


class Sums(Voltages):
    """What elements add at the terminals of a batch of blocks.

    Beside the currents (A) there are their absolute values (A), which rounding is relative to, and
    the derivatives of the currents by the voltages (S), one behind the other.
    """

    def __init__(self, voltages: Array) -> None:
        super().__init__(voltages)
        self.currents = np.zeros(voltages.shape)
        self.sizes = np.zeros(voltages.shape)
        self.slopes: list[Array] = []
        self.between: list[tuple[int, int]] = []

    def add(self, place: int, amount: Any, slopes: Mapping[int, Any], sign: float = 1.0) -> None:
        """Add a current, A, that leaves a terminal, with its derivative by each terminal, S."""
        if place < 0:
            return
        self.currents[..., place] += sign * amount
        self.sizes[..., place] += np.abs(amount)
        for other, slope in slopes.items():
            if other >= 0:
                self.between.append((place, other))
                self.slopes.append(np.broadcast_to(sign * slope, self.voltages.shape[:-1]))

    def through(self, head: int, tail: int, amount: Any, slopes: Mapping[int, Any]) -> None:
        """Add a current from head to tail."""
        self.add(head, amount, slopes)
        self.add(tail, amount, slopes, -1.0)


@attrs.frozen
class Term:
    """A current in proportion to voltages, or a constant one; linear elements consist of them.

    It is the sum of `drop` times the element's number, or divided by it.

    Args:
        targets: Terminals that it leaves, each with the sign with which it does.
        drop: Terminals, each with the factor of its voltage; empty: the term is constant.
        number: Name of the element whose number is the factor; empty: 1.
        is_inverse: The number divides.
    """

    targets: tuple[tuple[int, float], ...]
    drop: tuple[tuple[int, float], ...] = ()
    number: str = ""
    is_inverse: bool = False


def through(head: int, tail: int) -> tuple[tuple[int, float], ...]:
    """Return the targets of a current from head to tail, or the drop between both."""
    return (head, 1.0), (tail, -1.0)


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

    def with_gmin(self, gmin: float) -> "Part":
        """Return the element with another conductance across each of its junctions, S."""
        del gmin
        return self

    def terms(self) -> Sequence[Term]:
        """Return its currents that are constant, or in proportion to voltages."""
        return ()

    def add(self, sums: Sums) -> None:
        """Add the currents and slopes of an expression; terms and models are computed in groups."""
        del sums

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

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        """Return the contrast of its number between two phases; None: it cannot be trained."""
        return None


@attrs.frozen
class VoltagePart(Part):
    """An element that sets a voltage; its current is an unknown of the block, terminal `own`."""

    own: int

    def vectors(self, name: str) -> Mapping[int, str]:
        return {self.own: f"{name}#branch"}

    def terms(self) -> Sequence[Term]:
        ends = through(self.head, self.tail)
        drop = (Term(((self.own, sign),), ((place, 1.0),)) for place, sign in ends)
        return (Term(ends, ((self.own, 1.0),)), *drop, *self.voltage_terms())

    def voltage_terms(self) -> Sequence[Term]:
        """Return the negative of its voltage, as terms: added to its drop they must vanish."""
        return ()

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its two ends, and its current together with the node that it leaves."""
        return (self.head, self.tail), (self.own, self.head if self.head >= 0 else self.tail)
