"""The common part of transistor laws: terminals, junctions, resistances inside."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.jets import Jet, either, exponential, inputs, stacked
from ebana_core.laws.limiting import LimitedJunction
from ebana_core.laws.spice_constants import GMIN


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

    def all(self) -> tuple[Array, Array, Array]:
        """Return currents, A, sizes, A, and slopes, S."""
        currents, slopes = stacked(self.currents, self.voltages.shape[:-1])
        return currents, self.sizes, slopes


class Transistor(ABC):
    """A transistor of several terminals; those behind resistances inside it come last."""

    n_terminals: int
    paths: Sequence[tuple[int, int]]
    """Pairs of terminals that conduct at every voltage."""

    @abstractmethod
    def add(self, flows: Flows) -> None:
        """Add the currents of the transistor to `flows`."""

    @property
    def junctions(self) -> Sequence[LimitedJunction]:
        """Its junctions, whose voltages a search limits."""
        return ()

    def at(self, voltages: Array) -> tuple[Array, Array, Array]:
        """Return the currents into the terminals, A, their sizes, A, and their slopes, S.

        Args:
            voltages: Shape ``(..., n_terminals)``, V.

        Returns:
            Shapes ``(..., n_terminals)`` twice and ``(..., n_terminals, n_terminals)``.
        """
        flows = Flows(voltages)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.add(flows)
            return flows.all()


def junction(drop: Jet, saturation: float, voltage: float, *, has_tail: bool = True) -> Jet:
    """Return the current of a junction without gmin, A.

    Args:
        drop: Across it, V.
        saturation: A.
        voltage: What the drop is divided by, V.
        has_tail: In reverse beyond three times `voltage` the current nears the saturation current
            by a cube; else it equals it.
    """
    is_open = drop.value > -3 * voltage
    held = either(is_open, drop, -3 * voltage)
    forward = saturation * exponential(held / voltage, less_one=True)
    if not has_tail:
        return either(is_open, forward, -saturation)
    below = either(is_open, -3 * voltage, drop)
    third = (3 * voltage / math.e) / below
    return either(is_open, forward, -saturation * (1 + third * third * third))


def leaky(drop: Jet) -> Jet:
    """Return the current of gmin, A."""
    return GMIN * drop
