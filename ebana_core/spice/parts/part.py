"""What an element promises: currents and slopes, and itself in SPICE's words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity

Names = Mapping[int, str]
"""Terminal to the name that an element gives it: a node, or the source whose current it is."""


class Sums:
    """Currents, their sizes and slopes of a batch, terminal by terminal; the last is ground."""

    def __init__(self, voltages: Array) -> None:
        *leading, n = voltages.shape
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
        """Add a current that leaves a terminal, with its slopes by terminals."""
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
        name: In the flattened subcircuit.
        head: Terminal; -1 is ground.
        tail: Likewise.
    """

    letter: ClassVar[str]
    """What SPICE calls its kind."""
    is_linear: ClassVar[bool] = True
    is_active: ClassVar[bool] = False
    """It delivers power by itself, so that no energy belongs to it."""
    stores: ClassVar[bool] = False
    """It stores energy."""
    learns: ClassVar[bool] = False
    """Its number has a contrast between phases."""
    quantity: ClassVar[Quantity | None] = None
    """What its number is; its name is that of the element."""

    name: str
    head: int
    tail: int

    @abstractmethod
    def add(self, sums: Sums, values: Values) -> None:
        """Add currents and slopes."""

    @property
    def n_junctions(self) -> int:
        """Junctions whose voltages a search limits."""
        return 0

    def add_near(self, sums: Sums, before: Array | None) -> Array:
        """Add currents and slopes on tangents at junction voltages near those of before.

        Args:
            sums: At the voltages of the nodes.
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
        """Return terminal to ngspice's vector, for terminals that no netlist names."""
        del name
        return {}

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Pairs of terminals that conduct at every voltage."""
        return ()

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        """Return the contrast of its number, for those that learn."""
        return None


@attrs.frozen
class VoltagePart(Part):
    """An element that says a voltage; its current is an unknown, terminal `own`."""

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
        """Subtract the voltage that it says from what must vanish."""

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its ends, and its current with the node that it is counted at."""
        return (self.head, self.tail), (self.own, self.head if self.head >= 0 else self.tail)
