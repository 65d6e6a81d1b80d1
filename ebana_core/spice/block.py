"""The law of a block: all elements of a subcircuit, as one device of several terminals."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.errors import UnsupportedError
from ebana_core.laws.charges import charges_of
from ebana_core.laws.spice import Element
from ebana_core.laws.terminal_law import TerminalLaw, TerminalState, changed, times
from ebana_core.quantities import Quantity
from ebana_core.spice.parts import DiodePart, Part, SourcePart, StatePart, Sums
from ebana_core.spice.subcircuit import Subcircuit
from ebana_core.spice.translation import Translation
from ebana_core.spice.words import safe_names


@final
@attrs.frozen(eq=False, slots=False)
class BlockLaw(TerminalLaw):
    """A subcircuit between its ports, with a 0 V ammeter behind each.

    Terminals: the ports, the nodes inside (the first of them behind the ammeters), the currents
    of the ammeters, those of voltage sources and the like. Values: the numbers of R, C, L, V, I,
    E, F, G and H elements, by the elements' names.
    """

    subcircuit: Subcircuit
    translation: Translation

    @cached_property
    def values(self) -> tuple[Quantity, ...]:  # type: ignore[override]  # per block
        """The numbers of its elements, those of the netlist as defaults."""
        return tuple(
            attrs.evolve(part.quantity, name=part.name, default=self.translation.numbers[part.name])
            for part in self.translation.parts
            if part.quantity is not None
        )

    @property
    def n_outer(self) -> int:  # type: ignore[override]  # per block
        """Number of ports."""
        return len(self.subcircuit.ports)

    @property
    def inner_nodes(self) -> Sequence[str]:  # type: ignore[override]  # per block
        """Nodes inside: behind the ports' ammeters, then the others."""
        return self.translation.nodes

    @property
    def n_terminals(self) -> int:  # type: ignore[override]  # per block
        """Ports, nodes inside, currents."""
        return self.n_outer + len(self.translation.nodes) + len(self.translation.currents)

    def learns(self, name: str) -> bool:
        """Tell whether a value has a contrast between phases: those of R, V and I elements."""
        return any(part.name == name for part in self.translation.parts if part.learns)

    @cached_property
    def is_linear(self) -> bool:  # type: ignore[override]  # per block
        """No element bends."""
        return all(part.is_linear for part in self.translation.parts)

    @property
    def refusal(self) -> str:  # type: ignore[override]  # per block
        """Why native cannot run it."""
        return self.translation.refusal

    @cached_property
    def active(self) -> str:  # type: ignore[override]  # per block
        """The element that delivers power by itself."""
        if self.refusal:
            return self.refusal
        return next((part.name for part in self.translation.parts if part.is_active), "")

    @cached_property
    def may_fall(self) -> bool:  # type: ignore[override]  # per block
        """A current that an expression gives may do anything."""
        return any(part.letter == "b" for part in self.translation.parts)

    @property
    def stores(self) -> str:  # type: ignore[override]  # per block
        """Its first element that stores energy."""
        return next((part.name for part in self.translation.parts if _stores(part)), "")

    @property
    def still(self) -> str:  # type: ignore[override]  # per block
        """A waveform, a time, a state that is held, inductors that are coupled."""
        return self.translation.still

    @cached_property
    def inertial(self) -> Sequence[int]:
        """What devices touch, and what steers sources; ground and what is held are no matter."""
        held, parts = frozenset(_held(self.translation.parts)), self.translation.parts
        return sorted({place for part in parts for place in part.inertial(held)} - held)

    @cached_property
    def paths(self) -> Sequence[tuple[int, int]]:  # type: ignore[override]  # per block
        """Pairs of terminals that conduct; a current belongs to the head of its element."""
        if self.refusal:
            return [(k, -1) for k in range(self.n_terminals)]
        return [path for part in self.translation.parts for path in part.paths]

    def at(self, voltages: Array, values: Values) -> TerminalState:
        sums = self._summed(self.translation.parts, voltages, values)
        return self._state(sums)

    @cached_property
    def _limited(self) -> Sequence[Part]:
        return [part for part in self.translation.parts if part.n_junctions]

    @property
    def n_junctions(self) -> int:
        """Of its diodes and transistors."""
        return sum(part.n_junctions for part in self._limited)

    def near(
        self, voltages: Array, values: Values, before: Array | None
    ) -> tuple[TerminalState, Array]:
        others = [part for part in self.translation.parts if not part.n_junctions]
        sums = self._summed(others, voltages, values)
        found = np.zeros((*voltages.shape[:-1], self.n_junctions))
        first = 0
        for part in self._limited:
            own = slice(first, first + part.n_junctions)
            found[..., own] = part.add_near(sums, None if before is None else before[..., own])
            first = own.stop
        return self._state(sums), found

    def _summed(self, parts: Sequence[Part], voltages: Array, values: Values) -> Sums:
        sums = Sums(voltages)
        for part in parts:
            part.add(sums, values)
        return sums

    def _state(self, sums: Sums) -> TerminalState:
        state = TerminalState(
            sums.currents[..., :-1], sums.sizes[..., :-1], sums.slopes[..., :-1, :-1]
        )
        if self.refusal:  # its own equations are ngspice's; ports and their currents are known
            first = self.n_outer
            known = np.zeros(self.n_terminals)
            known[:first] = 1.0
            state.currents[...] *= known
        return state

    def change(self, voltages: Array, change: Array, values: Values) -> tuple[Array, Array]:
        linear = self._summed(self._linear, voltages, values)
        padded = np.concatenate([change, np.zeros((*change.shape[:-1], 1))], axis=-1)
        total = times(linear.slopes, padded)
        rounding = np.zeros_like(total)
        for part in self.translation.parts:
            if isinstance(part, DiodePart):
                moved = part.change(linear, padded)
                total[..., part.head] += moved
                total[..., part.tail] -= moved
            elif not part.is_linear:
                own, reach = changed(partial(self._bent, part, values), voltages, change)
                total[..., :-1] += own
                rounding[..., :-1] += reach
        return total[..., :-1], rounding[..., :-1]

    @cached_property
    def _linear(self) -> Sequence[Part]:
        return [part for part in self.translation.parts if part.is_linear]

    def _bent(self, part: Part, values: Values, voltages: Array) -> TerminalState:
        """Return what one part adds."""
        sums = self._summed([part], voltages, values)
        return TerminalState(
            sums.currents[..., :-1], sums.sizes[..., :-1], sums.slopes[..., :-1, :-1]
        )

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        part = next(part for part in self.translation.parts if part.name == name)
        padded = np.concatenate([change, np.zeros((*change.shape[:-1], 1))], axis=-1)
        found = part.contrast(Sums(voltages), padded, values)
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
        for part in self.translation.parts:
            name = self._element_name(part, device)
            ends = names[part.head], names[part.tail]
            elements += part.elements(name, ends, names, values.get(part.name, 0.0))
        return elements

    def vectors(self, device: str) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for part in self.translation.parts:
            found |= part.vectors(self._element_name(part, device))
        return found

    def _element_name(self, part: Part, device: str) -> str:
        return f"{part.letter}{device}__{self._names[part.name]}"

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return safe_names(part.name for part in self.translation.parts)


def _held(parts: Sequence[Part]) -> set[int]:
    """Return ground and the terminals that states and sources hold against it."""
    held, holders = {-1}, [part for part in parts if isinstance(part, StatePart | SourcePart)]
    for _ in holders:
        for part in holders:
            if held & {part.head, part.tail}:
                held |= {part.head, part.tail}
    return held


def _stores(part: Part) -> bool:
    card = getattr(part, "card", None)
    return part.stores or (card is not None and bool(charges_of(card)))
