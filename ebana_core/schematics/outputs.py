"""Outputs: current sources that are off in the free phase, between the nodes that are read."""

from collections.abc import Iterator
from typing import final

import attrs

from ebana_core.circuit import GROUND
from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.parts import (
    GREEN,
    PURPLE,
    Dot,
    Ground,
    Part,
    Symbol,
    Text,
    Wire,
    text_width,
)

LENGTH = 1.1


@final
@attrs.frozen(eq=False)
class Outputs(Block):
    """A current source from the second node of each output, or ground, into the first."""

    @property
    def below(self) -> float:  # type: ignore[override]  # it follows the outputs
        return 1.75 if any(tail == GROUND for _, _, tail in self.drawn()) else 0.5

    @property
    def caption(self) -> list[str]:
        return [*super().caption, "0 A in the free phase"]

    def drawn(self) -> Iterator[tuple[int, int, int]]:
        """Yield place, first and second node of the outputs that are drawn."""
        devices, wanted = self.devices, {*self.lefts, GROUND}
        ends = zip(devices.heads.tolist(), devices.tails.tolist(), strict=True)
        for k, (head, tail) in enumerate(ends):
            if head in wanted and tail in wanted:
                yield k, head, tail

    def _name(self, place: int) -> str:
        return f"{self.devices.layer}[{place}]"

    @property
    def inner_width(self) -> float:
        wide = max(text_width(self._name(place)) for place, *_ in self.drawn())
        return MARGIN + 0.8 + 1.2 * self._n_lanes + wide + 0.4

    @property
    def _n_lanes(self) -> int:
        order = {node: k for k, node in enumerate(self.lefts)}
        spans = [abs(order[head] - order[tail]) for _, head, tail in self.drawn() if tail != GROUND]
        return 1 if max(spans, default=1) == 1 else len(spans)

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        heights = dict(zip(self.lefts, lefts, strict=True))
        passing = dict(zip(self.rights, rights, strict=True))
        for k, (place, head, tail) in enumerate(self.drawn()):
            x = MARGIN + 0.6 + (1.2 * k if self._n_lanes > 1 else 0.0)
            start, name = heights[head], self._name(place)
            end = start + LENGTH if tail == GROUND else heights[tail]
            yield Wire(((0.0, start), (x, start)))
            if tail == GROUND:
                yield Ground((x, end))
            else:
                yield Wire(((0.0, end), (x, end)))
            # It injects into the first node what it takes from the second.
            yield Symbol("output", (x, end), (x, start), self.devices.element, PURPLE)
            middle = (start + end) / 2
            yield Text((x + 0.65, middle), name, "start", GREEN)
            if tail != GROUND:
                yield Text((x + 0.2, start), "+", "start", GREEN)
                yield Text((x + 0.2, end), "−", "start", GREEN)
        for node, y in passing.items():
            yield Wire(((0.0, heights[node]), (self.width, y)))
            yield Dot((MARGIN + 0.6, y))
        yield from self.gaps(self.lefts, lefts, 0.12)
