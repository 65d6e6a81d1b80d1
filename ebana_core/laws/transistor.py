"""The common part of transistor laws: terminals, junctions, resistances inside."""

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Self, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.laws.jets import Jet, either, exponential, inputs, smaller, stacked
from ebana_core.laws.limiting import LimitedJunction
from ebana_core.laws.spice_constants import JUMP

Found = tuple[Array, Array, Array, Array]
"""What leaves the terminals, A, the sizes of its terms, A, its slopes, S, and what cancelled, A, as
in `TerminalState`."""


class Flows:
    """Currents that leave the terminals' nodes into a device, and the sums of their sizes."""

    def __init__(self, voltages: Array) -> None:
        self.voltages, self.terminals = voltages, inputs(voltages)
        zero = np.zeros(voltages.shape[:-1])
        empty = np.zeros((voltages.shape[-1], *zero.shape))
        self.currents = [Jet(zero, empty) for _ in self.terminals]
        self.sizes = np.zeros(voltages.shape)

    def drop(self, head: int, tail: int) -> Jet:
        """Return the voltage between two terminals."""
        return self.terminals[head] - self.terminals[tail]

    def through(self, head: int, tail: int, current: Jet) -> None:
        """Add a current from one terminal to another."""
        self.currents[head] = self.currents[head] + current
        self.currents[tail] = self.currents[tail] - current
        # By size: rounding is relative to the terms, which may cancel in the current.
        for place in (head, tail):
            self.sizes[..., place] += np.abs(current.value)

    def all(self) -> Found:
        """Return them; no voltage cancels but those of the terminals, which slopes know."""
        currents, slopes = stacked(self.currents, self.voltages.shape[:-1])
        return currents, self.sizes, slopes, np.broadcast_to(0.0, currents.shape)


class Transistor(ABC):
    """A transistor of several terminals; those behind resistances inside it come last."""

    n_terminals: int
    paths: Sequence[tuple[int, int]]
    """Pairs of terminals that conduct at every voltage."""

    sign: int
    number: Mapping[str, Any]

    @property
    def kin(self) -> Hashable:
        """What transistors that are computed at once have in common; see `joined`."""
        return type(self), self.sign, tuple(sorted(self.number.items()))

    def joined(self, others: Sequence[Self]) -> Self:
        """Return the law of several transistors of one kin, this one among them."""
        del others
        return self

    @property
    def pattern(self) -> tuple[IntArray, IntArray]:
        """Terminals whose currents depend on voltages, and the terminals of these voltages."""
        rows, columns = np.divmod(np.arange(self.n_terminals**2), self.n_terminals)
        return rows, columns

    def with_gmin(self, gmin: float) -> Self:
        """Return the transistor with another conductance across each of its junctions, S."""
        if gmin == self.number["gmin"]:
            return self
        number = {**self.number, "gmin": gmin}
        return attrs.evolve(self, number=number)  # type: ignore[misc]  # every kind is attrs'

    @property
    def junctions(self) -> Sequence[LimitedJunction]:
        """Its junctions, whose voltages a search limits."""
        return ()

    @abstractmethod
    def at(self, voltages: Array) -> Found:
        """Return the currents into the terminals with their sizes and slopes.

        Args:
            voltages: Shape ``(..., n_terminals)``, V.

        Returns:
            Shapes ``(..., n_terminals)``, slopes ``(..., n_terminals, n_terminals)``.
        """

    def linear_at(self, voltages: Array) -> Found:
        """Return the share of resistances at its ends that compiled code leaves out."""
        shape = voltages.shape
        return np.zeros(shape), np.zeros(shape), np.zeros((*shape, shape[-1])), np.zeros(shape)


class FlowingTransistor(Transistor):
    """A transistor whose currents are written as flows between its terminals, as jets."""

    @abstractmethod
    def add(self, flows: Flows) -> None:
        """Add the currents of the transistor to `flows`."""

    def at(self, voltages: Array) -> Found:
        flows = Flows(voltages)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.add(flows)
            return flows.all()


@final
class Contributions:
    """Currents of transistors that leave nodes, their sizes, slopes, and what cancelled.

    Nodes come first and transistors last: what is done to a node is done to all transistors in a
    row.

    Args:
        n: Number of nodes.
        shape: Of the transistors.
        places: The node of each terminal; -1: ground, where nothing is counted. None: terminals
            are nodes.
    """

    def __init__(self, n: int, shape: tuple[int, ...], places: Sequence[int] | None = None) -> None:
        self.currents, self.sizes = np.zeros((n, *shape)), np.zeros((n, *shape))
        self.slopes, self.cancelled = np.zeros((n, n, *shape)), np.zeros((n, *shape))
        self._places = range(n) if places is None else places

    def add(
        self,
        head: int,
        tail: int,
        current: Array,
        slopes: Mapping[int, Array],
        cancelled: Array | None = None,
    ) -> None:
        """Add a current from head to tail, A.

        Args:
            head: Terminal that it leaves.
            tail: Terminal that it enters.
            current: A.
            slopes: Its derivative by each terminal, S.
            cancelled: What cancelled in it, A; see `TerminalState`. None: zero.
        """
        size = np.abs(current)
        for terminal, add in ((head, np.add), (tail, np.subtract)):
            place = self._places[terminal]
            if place < 0:
                continue
            add(self.currents[place], current, out=self.currents[place])
            self.sizes[place] += size
            if cancelled is not None:
                self.cancelled[place] += cancelled
            for other, slope in slopes.items():
                if (to := self._places[other]) >= 0:
                    add(self.slopes[place, to], slope, out=self.slopes[place, to])

    def leave(self, terminal: int, current: Array) -> None:
        """Add a current from a terminal to ground, A; its slopes are added elsewhere."""
        if (place := self._places[terminal]) >= 0:
            self.currents[place] += current
            self.sizes[place] += np.abs(current)

    def nodes_last(self) -> Found:
        """Return them with the nodes behind the transistors."""
        slopes = np.ascontiguousarray(np.moveaxis(self.slopes, (0, 1), (-2, -1)))
        currents, sizes, cancelled = (
            np.moveaxis(own, 0, -1) for own in (self.currents, self.sizes, self.cancelled)
        )
        return currents, sizes, slopes, cancelled


def joined_numbers(numbers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the numbers of several transistors: one where all have the same, else an array."""
    found: dict[str, Any] = {}
    for name in numbers[0]:
        own = np.array([float(item[name]) for item in numbers])
        found[name] = float(own[0]) if (own == own[0]).all() else own
    return found


def junction(drop: Jet, saturation: Any, voltage: Any, *, has_tail: bool = True) -> Jet:
    """Return the current of a junction without gmin, A.

    Args:
        drop: Across it, V.
        saturation: A.
        voltage: What the drop is divided by, V.
        has_tail: In reverse beyond three times `voltage` the current nears the saturation current
            by a cube; else it falls to it within `JUMP`.
    """
    is_open = drop.value > -3 * voltage
    held = either(is_open, drop, -3 * voltage)
    forward = saturation * exponential(held / voltage, less_one=True)
    if not has_tail:
        share = smaller(-3 - drop / voltage, JUMP / voltage) * (voltage / JUMP)
        return either(is_open, forward, -saturation * (1 - math.exp(-3) * (1 - share)))
    below = either(is_open, -3 * voltage, drop)
    third = (3 * voltage / math.e) / below
    return either(is_open, forward, -saturation * (1 + third * third * third))
