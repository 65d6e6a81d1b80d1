"""The law of a block: all elements of a subcircuit, as one device of several terminals."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.derived import derived
from ebana_core.errors import UnsupportedError
from ebana_core.laws.charges import charges_of
from ebana_core.laws.slopes import SlopePlaces
from ebana_core.laws.spice import Element
from ebana_core.laws.tables import (
    DIODE_ENDS,
    DIODE_NUMBERS,
    TRANSISTOR_ENDS,
    TRANSISTOR_NUMBERS,
    Table,
    Tables,
)
from ebana_core.laws.terminal_law import TerminalLaw
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.quantities import Quantity
from ebana_core.spice.groups import grouped
from ebana_core.spice.inertia import inertial_terminals
from ebana_core.spice.linear_terms import LinearTerms
from ebana_core.spice.parts import ModelPart, Part, Voltages, followers
from ebana_core.spice.shares import Group, Shares, Summing
from ebana_core.spice.subcircuit import Subcircuit
from ebana_core.spice.translation import Translation
from ebana_core.spice.words import safe_names


class StackedValues(dict[str, Array]):
    """Numbers of elements, and what the terms of a block make of them.

    Args:
        values: Element name to its numbers.
        scales: See `LinearTerms.scales`.
    """

    def __init__(self, values: Values, scales: Array) -> None:
        super().__init__(values)
        self.scales = scales


@final
@attrs.frozen(eq=False)
class BlockLaw(TerminalLaw):
    """A subcircuit between its ports, with a 0 V ammeter behind each.

    The terminals are the ports, then the nodes inside (first those behind the ammeters), then the
    unknown currents: those of the ammeters, of voltage sources and the like. The values are the
    numbers of R, C, L, V, I, E, F, G and H elements, under the names of the elements; the netlist's
    own numbers are their defaults.

    Args:
        subcircuit: As it was read.
        translation: Its elements as parts that compute currents and slopes.
    """

    subcircuit: Subcircuit
    translation: Translation

    values: tuple[Quantity, ...] = derived(lambda law: _quantities(law.translation))
    n_outer: int = derived(lambda law: len(law.subcircuit.ports))
    terminal_names: Sequence[str] = derived(lambda law: tuple(law.subcircuit.ports))
    title: str = derived(lambda law: law.subcircuit.name)
    inner_nodes: Sequence[str] = derived(lambda law: law.translation.nodes)
    n_terminals: int = derived(lambda law: law.n_nodes + len(law.translation.currents))
    _computed: tuple[LinearTerms, Sequence[Group], Summing] = derived(
        lambda law: _groups_of(law.parts, law.n_terminals)
    )
    """All linear elements, the groups of the others, and how what they add is summed."""
    n_junctions: int = derived(lambda law: sum(g.n_junctions for g in law._computed[1]))
    is_linear: bool = derived(lambda law: all(part.is_linear for part in law.parts))
    refusal: str = derived(lambda law: law.translation.refusal)
    active: str = derived(
        lambda law: law.refusal or next((part.name for part in law.parts if part.is_active), "")
    )
    may_fall: bool = derived(lambda law: any(part.letter == "b" for part in law.parts))
    """An expression may give any current."""
    stores: str = derived(lambda law: next((part.name for part in law.parts if _stores(part)), ""))
    still: str = derived(lambda law: law.translation.still)
    inertial: Sequence[int] = derived(lambda law: inertial_terminals(law.parts))
    paths: Sequence[tuple[int, int]] = derived(lambda law: law._conducting())
    _following: Sequence[tuple[int, int, float, str]] = derived(
        lambda law: followers(law.parts, law.n_outer)
    )
    _by_name: Mapping[str, Part] = derived(lambda law: {part.name: part for part in law.parts})
    _names: Mapping[str, str] = derived(lambda law: safe_names(part.name for part in law.parts))

    def with_gmin(self, gmin: float) -> "BlockLaw":
        parts = tuple(part.with_gmin(gmin) for part in self.parts)
        # A law is costly to make, and most circuits leave gmin alone.
        if all(new is old for new, old in zip(parts, self.parts, strict=True)):
            return self
        return BlockLaw(self.subcircuit, attrs.evolve(self.translation, parts=parts))

    @property
    def shunted(self) -> Sequence[int]:
        # The nodes behind the ammeters of the ports are the ports.
        return range(2 * self.n_outer, self.n_nodes)

    @property
    def parts(self) -> Sequence[Part]:
        """Its elements."""
        return self.translation.parts

    def _conducting(self) -> Sequence[tuple[int, int]]:
        """Return the pairs of terminals that conduct; a current belongs to its element's head."""
        if self.refusal:  # only ngspice knows them: what it holds is taken to lead to ground
            return [(k, -1) for k in range(self.n_terminals)]
        return [path for part in self.parts for path in part.paths]

    def learns(self, name: str) -> bool:
        """Tell whether a value has a contrast between phases: those of R, V and I elements."""
        return name in self._by_name and self._by_name[name].learns

    @property
    def slope_places(self) -> SlopePlaces:
        return self._computed[2].places

    def stacked(self, values: Values) -> StackedValues:
        return StackedValues(values, self._scales(values))

    def _scales(self, values: Values) -> Array:
        return (
            values.scales if isinstance(values, StackedValues) else self._computed[0].scales(values)
        )

    def at(self, voltages: Array, values: Values) -> TerminalState:
        padded, (linear, groups, _) = _with_ground(voltages), self._computed
        shares = linear.at(padded, self._scales(values))
        return self._state([shares, *(group.at(padded) for group in groups)])

    @property
    def tables(self) -> Tables | None:
        known = [] if self.refusal else [group.tables for group in self._computed[1]]
        found = [own for own in known if own is not None]
        if self.refusal or len(found) < len(known):
            return None
        return Tables(
            Table.joined([own.diodes for own in found], DIODE_ENDS, DIODE_NUMBERS),
            Table.joined([own.transistors for own in found], TRANSISTOR_ENDS, TRANSISTOR_NUMBERS),
        )

    def linear_at(self, voltages: Array, values: Values) -> TerminalState:
        padded, (linear, groups, _) = _with_ground(voltages), self._computed
        shares = linear.at(padded, self._scales(values))
        return self._state([shares, *(group.linear_at(padded) for group in groups)])

    def near(
        self, voltages: Array, values: Values, before: Array | None
    ) -> tuple[TerminalState, Array]:
        padded, (linear, groups, _) = _with_ground(voltages), self._computed
        shares, found, first = [linear.at(padded, self._scales(values))], [], 0
        for group in groups:
            own = slice(first, first + group.n_junctions)
            share, junctions = group.near(padded, None if before is None else before[..., own])
            shares.append(share)
            found.append(junctions)
            first = own.stop
        touched = np.concatenate([np.zeros((*voltages.shape[:-1], 0)), *found], axis=-1)
        return self._state(shares), touched

    def _state(self, shares: Sequence[Shares]) -> TerminalState:
        state = self._computed[2].state(shares)
        if self.refusal:  # its own equations are ngspice's; ports and their currents are known
            state.currents[..., self.n_outer :] = 0.0
        return state

    def change(self, voltages: Array, change: Array, values: Values) -> tuple[Array, Array]:
        before, moved = _with_ground(voltages), _with_ground(change)
        linear, groups, summing = self._computed
        own = linear.change(moved, self._scales(values))
        bent = [group.change(before, moved) for group in groups]
        reaches = [np.zeros(own.shape), *(reach for _, reach in bent)]
        return summing.of([own, *(change for change, _ in bent)]), summing.of(reaches)

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        found = self._by_name[name].contrast(Voltages(voltages), Voltages(change), values)
        if found is None:
            raise UnsupportedError(
                f"The value of {name!r} has no contrast between phases.",
                "train R, V and I elements, or use rule=Adjoint()",
            )
        return found

    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        names = dict(enumerate(nodes)) | {-1: "0"}
        for place, vector in self.vectors(device).items():
            names[place] = vector.removesuffix("#branch")
        elements: list[Element] = []
        for part in self.parts:
            name = self._element_name(part, device)
            ends = names[part.head], names[part.tail]
            elements += part.elements(name, ends, names, values.get(part.name, 0.0))
        return elements

    def followers(self, values: Values) -> Sequence[tuple[int, int, Array]]:
        return [
            (place, base, sign * np.asarray(values[name]) if name else np.zeros(()))
            for place, base, sign, name in self._following
        ]

    def vectors(self, device: str) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for part in self.parts:
            found |= part.vectors(self._element_name(part, device))
        return found

    def _element_name(self, part: Part, device: str) -> str:
        return f"{part.letter}{device}__{self._names[part.name]}"


def _groups_of(
    parts: Sequence[Part], n_terminals: int
) -> tuple[LinearTerms, Sequence[Group], Summing]:
    linear = LinearTerms([term for part in parts for term in part.terms()], n_terminals)
    groups = grouped(parts, n_terminals)
    summing = Summing([linear.layout, *(group.layout for group in groups)], n_terminals)
    return linear, groups, summing


def _with_ground(voltages: Array) -> Array:
    return np.concatenate([voltages, np.zeros((*voltages.shape[:-1], 1))], axis=-1)


def _quantities(translation: Translation) -> tuple[Quantity, ...]:
    """Return the numbers of elements as values, with those of the netlist as defaults."""
    return tuple(
        attrs.evolve(part.quantity, name=part.name, default=translation.numbers[part.name])
        for part in translation.parts
        if part.quantity is not None
    )


def _stores(part: Part) -> bool:
    """Tell whether an element stores energy: by itself, or in the charges of its model."""
    has_charge = isinstance(part, ModelPart) and bool(charges_of(part.card))
    return part.stores or has_charge
