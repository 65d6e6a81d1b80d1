"""V and I, and the ammeters of ports."""

from collections.abc import Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.parts.part import Names, Part, Term, VoltagePart, Voltages, through


@final
@attrs.frozen
class CurrentPart(Part):
    """``I``: from head to tail."""

    letter = "i"
    learns = True
    quantity = Quantity("", "A")

    def terms(self) -> Sequence[Term]:
        return (Term(through(self.head, self.tail), number=self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentSource(name, *ends, value)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        return change.drop(self.head, self.tail)


@final
@attrs.frozen
class SourcePart(VoltagePart):
    """``V``."""

    letter = "v"
    learns = True
    quantity = Quantity("", "V")

    def voltage_terms(self) -> Sequence[Term]:
        return (Term(((self.own, -1.0),), number=self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, value)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        return -change.at(self.own)


@final
@attrs.frozen
class AmmeterPart(VoltagePart):
    """A source of 0 V behind a port, whose current is read."""

    letter = "v"

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, 0.0)


def followers(parts: Sequence[Part], n_outer: int) -> Sequence[tuple[int, int, float, str]]:
    """Return which terminals follow others through ammeters and sources.

    Args:
        parts: Elements of a block.
        n_outer: Number of its first terminals, which follow nothing.

    Returns:
        Terminal, the one that it follows, and sign and name of the number between them; no name:
        the number is 0.
    """
    known, found = {-1, *range(n_outer)}, list[tuple[int, int, float, str]]()
    left: list[VoltagePart] = [p for p in parts if isinstance(p, AmmeterPart | SourcePart)]
    while True:
        # One end of each is known: the other one follows; with both it is a loop of sources.
        next_ = [part for part in left if len({part.head, part.tail} & known) == 1]
        if not next_:
            return found
        for part in next_:
            name = part.name if isinstance(part, SourcePart) else ""
            if part.tail not in known:
                found.append((part.tail, part.head, -1.0, name))
            elif part.head not in known:
                found.append((part.head, part.tail, 1.0, name))
            known |= {part.head, part.tail}
            left.remove(part)
