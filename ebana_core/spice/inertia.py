"""Terminals of a block with inertia, which decides the operating points that are stable."""

from collections.abc import Sequence

from ebana_core.spice.parts import Part, SourcePart, StatePart


def _held(parts: Sequence[Part]) -> set[int]:
    """Return ground and the terminals that states and sources hold against it."""
    held, holders = {-1}, [part for part in parts if isinstance(part, StatePart | SourcePart)]
    for _ in holders:
        for part in holders:
            if held & {part.head, part.tail}:
                held |= {part.head, part.tail}
    return held


def inertial_terminals(parts: Sequence[Part]) -> Sequence[int]:
    """Return the terminals with a capacitance or an inductance; see `TerminalLaw.inertial`."""
    held = frozenset(_held(parts))  # a voltage that never changes needs neither
    return sorted({place for part in parts for place in part.inertial(held)} - held)
