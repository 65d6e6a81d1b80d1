"""Webs: devices along the branches of a graph, with tags where it meets the rest."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit import GROUND
from ebana_core.derived import derived
from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.labels import Room
from ebana_core.schematics.parts import GREEN, INK, SMALL, Dot, Ground, Part, Text, Wire, text_width
from ebana_core.schematics.web_branch import Branch, point
from ebana_core.schematics.web_layout import spread

LENGTH = 2.2
"""Of a branch, if it is not bent."""
SIDE = 1.35
"""Free at both sides of a web, for labels."""
APART = 1.2
"""Between branches that join the same two nodes."""


@final
@attrs.frozen(eq=False)
class Web(Block):
    """Devices along the branches of a graph. Pins are joined to nodes of their names."""

    pitch = 0.6

    places: Array = derived(lambda own: own._places())
    """Of the nodes, as `_nodes` orders them, from the upper left corner. Shape ``(n, 2)``."""

    def _ends(self) -> list[tuple[int, int]]:
        """Return the nodes of every branch; ground is a node of its own, below zero, each time."""
        devices = self.devices
        ends = zip(devices.heads.tolist(), devices.tails.tolist(), strict=True)
        return [
            (-1 - k if head == GROUND else head, -1 - k if tail == GROUND else tail)
            for k, (head, tail) in enumerate(ends)
        ]

    @property
    def _nodes(self) -> list[int]:
        return sorted({node for ends in self._ends() for node in ends})

    def _places(self) -> Array:
        number = {node: k for k, node in enumerate(self._nodes)}
        branches = np.array([[number[a], number[b]] for a, b in self._ends()], dtype=np.intp)
        lefts, rights = (
            np.array([number[node] for node in side if node in number], dtype=np.intp)
            for side in (self.lefts, self.rights)
        )
        places = LENGTH * spread(len(number), branches, lefts, rights)
        return np.asarray(places - places.min(axis=0))

    @property
    def _tags(self) -> float:
        names = [self.nets.name(node) for node in (*self.lefts, *self.rights)]
        return max(text_width(name, SMALL) for name in names) + 0.3

    @property
    def inner_width(self) -> float:
        return float(self.places[:, 0].max()) + 2 * (self._tags + MARGIN + SIDE)

    def _top(self, lefts: Heights, rights: Heights) -> float:
        ends = [*lefts, *rights]
        return (min(ends) + max(ends)) / 2 - float(self.places[:, 1].max()) / 2

    def above(self, lefts: Heights, rights: Heights) -> float:
        return min([self._top(lefts, rights) - 0.9, *lefts, *rights])

    def bottom(self, lefts: Heights, rights: Heights) -> float:
        end = self._top(lefts, rights) + float(self.places[:, 1].max())
        return max([end + 1.2, *lefts, *rights])

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        origin = np.array([self._tags + MARGIN + SIDE, self._top(lefts, rights)])
        at = dict(zip(self._nodes, self.places + origin, strict=True))
        outer = {*self.lefts, *self.rights}
        branches = list(self._branches(at))
        known = {node: place for node, place in at.items() if node > GROUND}
        names = [self._named(node, at, GREEN if node in outer else INK) for node in known]
        lines = [line for branch in branches for line in branch.lines]
        room = Room(lines, names)
        for branch in branches:
            yield from branch.draw(self.devices)
            if branch.label:
                yield room.placed(branch.label, self.devices.colour, branch.label_places())
        for node, place in known.items():
            yield Dot(point(place), GREEN if node in outer else INK)
        yield from (Ground(point(place)) for node, place in at.items() if node < GROUND)
        yield from names
        yield from self._pins(lefts, rights)

    def _pins(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        for node, y in zip(self.lefts, lefts, strict=True):
            yield Wire(((0.0, y), (0.15, y)))
            yield Text((0.2, y), self.nets.name(node), "start", GREEN, SMALL)
        for node, y in zip(self.rights, rights, strict=True):
            yield Wire(((self.width - 0.15, y), (self.width, y)))
            yield Text((self.width - 0.2, y), self.nets.name(node), "end", GREEN, SMALL)

    def _named(self, node: int, at: Mapping[int, Array], colour: str) -> Text:
        """Return the name of a node, where branches leave most room for it."""
        others = [set(ends) - {node} for ends in self._ends() if node in ends]
        ways = [at[other] for found in others for other in found]
        dx, dy = _outwards(at[node], ways)
        anchor = "middle" if abs(dx) < 0.1 else "start" if dx > 0 else "end"
        x, y = at[node] + np.array([0.14 * np.sign(round(dx, 3)), 0.24 * dy])
        return Text((float(x), float(y)), self.nets.name(node), anchor, colour, SMALL)

    def _branches(self, at: Mapping[int, Array]) -> Iterator[Branch]:
        ends = self._ends()
        total = Counter(frozenset(pair) for pair in ends)
        used: Counter[frozenset[int]] = Counter()
        for k, (head, tail) in enumerate(ends):
            pair = frozenset((head, tail))
            aside = (used[pair] - (total[pair] - 1) / 2) * APART
            used[pair] += 1
            # Branches between the same nodes lie side by side, whichever way they run.
            side = aside if head < tail else -aside
            yield Branch(self.devices.symbol, self.devices.label(k), at[head], at[tail], side)


def _outwards(place: Array, others: Sequence[Array]) -> tuple[float, float]:
    """Return the way from a node, along an axis or between two, with most room for its name."""
    taken = [np.arctan2(*(other - place)[::-1]) for other in others]
    ways = [np.pi / 4 * k for k in (7, 5, 1, 3, 0, 4, 6, 2)]

    def room(angle: float) -> float:
        return min((abs(np.angle(np.exp(1j * (angle - one)))) for one in taken), default=np.pi)

    best = max(ways, key=lambda angle: round(room(angle), 1))
    return float(np.cos(best)), float(np.sin(best))
