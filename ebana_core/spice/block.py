"""The law of a block: all elements of a subcircuit, as one device of several terminals."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.derived import derived
from ebana_core.errors import UnsupportedError
from ebana_core.laws.charges import charges_of
from ebana_core.laws.spice import Element
from ebana_core.laws.terminal_law import TerminalLaw, TerminalState, changed, times
from ebana_core.quantities import Quantity
from ebana_core.spice.parts import DiodePart, ModelPart, Part, SourcePart, StatePart, Sums
from ebana_core.spice.subcircuit import Subcircuit
from ebana_core.spice.translation import Translation
from ebana_core.spice.words import safe_names


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
    inner_nodes: Sequence[str] = derived(lambda law: law.translation.nodes)
    n_terminals: int = derived(
        lambda law: law.n_outer + len(law.inner_nodes) + len(law.translation.currents)
    )
    _limited: Sequence[Part] = derived(lambda law: [p for p in law.parts if p.n_junctions])
    """Diodes and transistors, whose junction voltages a search limits."""
    _linear: Sequence[Part] = derived(lambda law: [p for p in law.parts if p.is_linear])
    n_junctions: int = derived(lambda law: sum(part.n_junctions for part in law._limited))
    is_linear: bool = derived(lambda law: all(part.is_linear for part in law.parts))
    refusal: str = derived(lambda law: law.translation.refusal)
    active: str = derived(
        lambda law: law.refusal or next((part.name for part in law.parts if part.is_active), "")
    )
    may_fall: bool = derived(lambda law: any(part.letter == "b" for part in law.parts))
    """An expression may give any current."""
    stores: str = derived(lambda law: next((part.name for part in law.parts if _stores(part)), ""))
    still: str = derived(lambda law: law.translation.still)
    inertial: Sequence[int] = derived(lambda law: _inertial(law.parts))
    paths: Sequence[tuple[int, int]] = derived(lambda law: law._conducting())
    _names: Mapping[str, str] = derived(lambda law: safe_names(part.name for part in law.parts))

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
        return any(part.name == name for part in self.parts if part.learns)

    def at(self, voltages: Array, values: Values) -> TerminalState:
        sums = self._summed(self.parts, voltages, values)
        return self._state(sums)

    def near(
        self, voltages: Array, values: Values, before: Array | None
    ) -> tuple[TerminalState, Array]:
        others = [part for part in self.parts if not part.n_junctions]
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
        for part in self.parts:
            if isinstance(part, DiodePart):
                moved = part.change(linear, padded)
                total[..., part.head] += moved
                total[..., part.tail] -= moved
            elif not part.is_linear:
                own, reach = changed(partial(self._bent, part, values), voltages, change)
                total[..., :-1] += own
                rounding[..., :-1] += reach
        return total[..., :-1], rounding[..., :-1]

    def _bent(self, part: Part, values: Values, voltages: Array) -> TerminalState:
        """Return what one part adds."""
        sums = self._summed([part], voltages, values)
        return TerminalState(
            sums.currents[..., :-1], sums.sizes[..., :-1], sums.slopes[..., :-1, :-1]
        )

    def contrast(self, name: str, voltages: Array, change: Array, values: Values) -> Array:
        part = next(part for part in self.parts if part.name == name)
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
        for part in self.parts:
            name = self._element_name(part, device)
            ends = names[part.head], names[part.tail]
            elements += part.elements(name, ends, names, values.get(part.name, 0.0))
        return elements

    def vectors(self, device: str) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for part in self.parts:
            found |= part.vectors(self._element_name(part, device))
        return found

    def _element_name(self, part: Part, device: str) -> str:
        return f"{part.letter}{device}__{self._names[part.name]}"


def _quantities(translation: Translation) -> tuple[Quantity, ...]:
    """Return the numbers of elements as values, with those of the netlist as defaults."""
    return tuple(
        attrs.evolve(part.quantity, name=part.name, default=translation.numbers[part.name])
        for part in translation.parts
        if part.quantity is not None
    )


def _held(parts: Sequence[Part]) -> set[int]:
    """Return ground and the terminals that states and sources hold against it."""
    held, holders = {-1}, [part for part in parts if isinstance(part, StatePart | SourcePart)]
    for _ in holders:
        for part in holders:
            if held & {part.head, part.tail}:
                held |= {part.head, part.tail}
    return held


def _inertial(parts: Sequence[Part]) -> Sequence[int]:
    """Return the terminals with a capacitance or an inductance; see `TerminalLaw.inertial`."""
    held = frozenset(_held(parts))  # what never changes needs neither
    return sorted({place for part in parts for place in part.inertial(held)} - held)


def _stores(part: Part) -> bool:
    """Tell whether an element stores energy: by itself, or in the charges of its model."""
    has_charge = isinstance(part, ModelPart) and bool(charges_of(part.card))
    return part.stores or has_charge
