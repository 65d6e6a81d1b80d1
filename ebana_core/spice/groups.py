"""The elements of a block in groups, each of which is computed at once.

A thousand transistors of one kind are one group: their law is evaluated once for all of them, all
blocks and all samples, and what it gives is added up at the terminals in one product.
"""

from collections.abc import Hashable, Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.diode_numbers import diode_terms
from ebana_core.laws.junction import Junction
from ebana_core.laws.limiting import critical_voltage, limited_voltages
from ebana_core.laws.mosfet import D1, S1, B, G, Mosfet1
from ebana_core.laws.slopes import SlopePlaces, Slopes, slopes_of
from ebana_core.laws.tables import (
    DIODE_ENDS,
    DIODE_NUMBERS,
    TRANSISTOR_ENDS,
    TRANSISTOR_NUMBERS,
    Table,
    Tables,
)
from ebana_core.laws.terminal_state import TerminalState, changed
from ebana_core.laws.transistor import Transistor
from ebana_core.spice.parts import (
    CurrentExpressionPart,
    DiodePart,
    Part,
    Sums,
    TransistorPart,
    VoltageExpressionPart,
)
from ebana_core.spice.shares import Group, Layout, Shares, numbered


@final
class Diodes(Group):
    """Diodes of one model.

    Args:
        parts: The diodes; their junctions are equal.
    """

    def __init__(self, parts: Sequence[DiodePart]) -> None:
        self._junction: Junction = parts[0].junction
        names = parts[0].numbers
        self._values: Values = {
            name: np.array([float(part.numbers[name]) for part in parts]) for name in names
        }
        heads, tails = numbered(part.head for part in parts), numbered(part.tail for part in parts)
        self._heads, self._tails = heads, tails
        self.n_junctions = len(parts)
        self.layout = Layout(
            np.concatenate([heads, tails]),
            np.concatenate([heads, heads, tails, tails]),
            np.concatenate([heads, tails, heads, tails]),
        )

    def at(self, voltages: Array) -> Shares:
        with np.errstate(over="ignore", invalid="ignore"):
            return _of_branches(
                *self._junction.current_and_slope(self._drop(voltages), self._values)
            )

    def near(self, voltages: Array, before: Array | None) -> tuple[Shares, Array]:
        wished = self._drop(voltages)
        own, near = self._junction.near(wished, before, self._values)
        with np.errstate(over="ignore", invalid="ignore"):
            current, slope = self._junction.current_and_slope(near, self._values)
            return _of_branches(current + slope * (wished - near), slope), own

    def change(self, voltages: Array, change: Array) -> tuple[Array, Array]:
        drop, moved = self._drop(voltages), self._drop(change)
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._junction.current_change(drop, moved, self._values)
        both = np.concatenate([found, -found], axis=-1)
        return both, np.zeros(both.shape)

    @property
    def tables(self) -> Tables | None:
        terms = diode_terms(self._junction.numbers, self._values)
        others = terms.recombination, terms.forward_knee, terms.reverse_knee
        (first, *more), is_plain = terms.diffusions, others == (None, None, None)
        if more or terms.tunnels or first.breakdown is not None or not is_plain:
            return None
        critical = critical_voltage(first.saturation, first.voltage)
        gmin = np.full(len(self._heads), terms.gmin)
        numbers = first.saturation, first.voltage, terms.resistance, critical, gmin
        own = Table(np.stack([self._heads, self._tails], axis=1), np.stack(numbers, axis=1))
        return Tables(own, Table.joined([], TRANSISTOR_ENDS, TRANSISTOR_NUMBERS))

    def _drop(self, voltages: Array) -> Array:
        return np.asarray(voltages[..., self._heads] - voltages[..., self._tails])


def _of_branches(current: Array, slope: Array) -> Shares:
    size = np.abs(current)
    return Shares(
        np.concatenate([current, -current], axis=-1),
        np.concatenate([size, size], axis=-1),
        np.concatenate([slope, -slope, -slope, slope], axis=-1),
    )


@final
class Transistors(Group):
    """Transistors of one law, whose numbers are arrays where they differ.

    Args:
        law: Of all of them.
        parts: The transistors.
    """

    def __init__(self, law: Transistor, parts: Sequence[TransistorPart]) -> None:
        self._law = law
        self._places = np.array([part.places for part in parts], dtype=np.intp)
        self._junctions = law.junctions
        self.n_junctions = len(parts) * len(self._junctions)
        rows, columns = self._pattern = law.pattern
        self.layout = Layout(
            self._places.ravel(), self._places[:, rows].ravel(), self._places[:, columns].ravel()
        )

    def at(self, voltages: Array) -> Shares:
        return self._shares(*self._law.at(voltages[..., self._places]))

    def near(self, voltages: Array, before: Array | None) -> tuple[Shares, Array]:
        wished = voltages[..., self._places]
        lead = wished.shape[:-1]
        last = None if before is None else before.reshape(*lead, len(self._junctions))
        near, junctions = limited_voltages(self._junctions, wished, last)
        currents, sizes, slopes, cancelled = self._law.at(near)
        currents = currents + slopes_of(slopes).times(wished - near)
        shares = self._shares(currents, sizes, slopes, cancelled)
        return shares, junctions.reshape(*lead[:-1], self.n_junctions)

    def change(self, voltages: Array, change: Array) -> tuple[Array, Array]:
        before, moved = voltages[..., self._places], change[..., self._places]
        own, reach = changed(lambda v: TerminalState(*self._law.at(v)), before, moved)
        shape = (*before.shape[:-2], self._places.size)
        return own.reshape(shape), reach.reshape(shape)

    @property
    def tables(self) -> Tables | None:
        if not isinstance(self._law, Mosfet1):
            return None
        terminals = self._places[:, [D1, G, S1, B]]
        own = Table(terminals, self._law.table(len(terminals)))
        return Tables(Table.joined([], DIODE_ENDS, DIODE_NUMBERS), own)

    def linear_at(self, voltages: Array) -> Shares:
        return self._shares(*self._law.linear_at(voltages[..., self._places]))

    def _shares(self, currents: Array, sizes: Array, slopes: Array, cancelled: Array) -> Shares:
        rows, columns = self._pattern
        lead = currents.shape[:-2]
        shape = (*lead, self._places.size)
        chosen = slopes[..., rows, columns].reshape(*lead, len(self._places) * len(rows))
        currents, sizes, cancelled = (own.reshape(shape) for own in (currents, sizes, cancelled))
        return Shares(currents, sizes, chosen, cancelled)


@final
class Expressions(Group):
    """Sources that expressions control, one after the other.

    Args:
        parts: The sources.
        n_terminals: Of the block.
    """

    def __init__(self, parts: Sequence[Part], n_terminals: int) -> None:
        self._parts, self._n = parts, n_terminals
        rows, columns = np.array(self._sums(np.zeros(n_terminals + 1)).between or [(0, 0)]).T
        self._own = SlopePlaces(rows, columns, n_terminals)
        self.layout = Layout(np.arange(n_terminals), rows, columns)

    def at(self, voltages: Array) -> Shares:
        sums = self._sums(voltages)
        slopes = sums.slopes or [np.zeros(voltages.shape[:-1])]
        return Shares(sums.currents, sums.sizes, np.stack(slopes, axis=-1))

    def change(self, voltages: Array, change: Array) -> tuple[Array, Array]:
        return changed(self._state, voltages[..., :-1], change[..., :-1])

    def _state(self, voltages: Array) -> TerminalState:
        shares = self.at(voltages)
        return TerminalState(shares.currents, shares.sizes, Slopes(shares.slopes, self._own))

    def _sums(self, voltages: Array) -> Sums:
        sums = Sums(voltages[..., : self._n])
        for part in self._parts:
            part.add(sums)
        return sums


def grouped(parts: Sequence[Part], n_terminals: int) -> Sequence[Group]:
    """Return the groups of all elements that are more than terms."""
    diodes: dict[Junction, list[DiodePart]] = {}
    transistors: dict[Hashable, list[TransistorPart]] = {}
    expressions: list[Part] = []
    for part in parts:
        match part:
            case DiodePart():
                diodes.setdefault(part.junction, []).append(part)
            case TransistorPart():
                transistors.setdefault(part.transistor.kin, []).append(part)
            case CurrentExpressionPart() | VoltageExpressionPart():
                expressions.append(part)
    groups: list[Group] = [Diodes(own) for own in diodes.values()]
    for own in transistors.values():
        laws = [part.transistor for part in own]
        groups.append(Transistors(laws[0].joined(laws), own))
    if expressions:
        groups.append(Expressions(expressions, n_terminals))
    return groups
