"""Wires between two columns: level where they can be, upright in lanes of their own elsewhere."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from ebana_core.schematics.parts import Dot, Part, Wire
from ebana_core.schematics.placing import Pin

LANE, EDGE = 0.28, 0.25
"""Between upright wires, and between them and the columns."""
SAME = 0.12
"""Two wires this near to each other would look like one."""


@attrs.frozen
class Net:
    """A node's pins at both edges of a channel.

    Args:
        lefts: Heights of those on the left.
        rights: Heights of those on the right.
    """

    lefts: tuple[float, ...]
    rights: tuple[float, ...]

    @property
    def is_level(self) -> bool:
        """One straight wire joins the pins."""
        ends = (*self.lefts, *self.rights)
        return max(ends) - min(ends) < 1e-9

    @property
    def is_joined(self) -> bool:
        """There is something to join."""
        return len(self.lefts) + len(self.rights) > 1 and bool(self.lefts)


class Channel:
    """The wires between two columns.

    Args:
        leaving: Pins at the right edge of the first.
        entering: Pins at the left edge of the second.
    """

    def __init__(self, leaving: Sequence[Pin], entering: Sequence[Pin]) -> None:
        sides: defaultdict[int, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
        for k, pins in enumerate((leaving, entering)):
            for node, y in pins:
                sides[node][k].append(y)
        found = {n: Net(tuple(left), tuple(right)) for n, (left, right) in sides.items()}
        self._nets = {n: net for n, net in found.items() if net.is_joined and net.rights}
        bent = {n: net for n, net in self._nets.items() if not net.is_level}
        self._order, self._detours = _ordered(bent)

    @property
    def width(self) -> float:
        """What its wires take."""
        n = len(self._order) + 2 * len(self._detours)
        return 2 * EDGE + LANE * max(n - 1, 0)

    def draw(self, x: float) -> Iterator[Part]:
        """Yield the wires, from the left edge at x."""
        right = x + self.width
        lanes = {n: x + EDGE + LANE * (len(self._detours) + k) for k, n in enumerate(self._order)}
        for node, net in self._nets.items():
            if net.is_level:
                yield Wire(((x, net.lefts[0]), (right, net.lefts[0])))
            elif node in lanes:
                yield from _upright(net, x, lanes[node], right)
        lowest = max(
            (y for net in self._nets.values() for y in (*net.lefts, *net.rights)), default=0
        )
        for k, node in enumerate(self._detours):
            net, level = self._nets[node], lowest + 0.3 * (k + 1)
            near, far = x + EDGE + LANE * k, right - EDGE - LANE * k
            yield from _upright(Net(net.lefts, (level,)), x, near, far)
            yield from _upright(Net((level,), net.rights), far, far, right)


def _upright(net: Net, left: float, lane: float, right: float) -> Iterator[Part]:
    """Yield an upright wire with its branches, and dots where three meet."""
    ends = (*net.lefts, *net.rights)
    low, high = min(ends), max(ends)
    yield Wire(((lane, low), (lane, high)))
    for y in sorted(set(ends)):
        is_left, is_right = y in net.lefts, y in net.rights
        yield from (Wire(((left, y), (lane, y))) for _ in range(is_left and left < lane))
        yield from (Wire(((lane, y), (right, y))) for _ in range(is_right))
        if is_left + is_right + (y > low) + (y < high) > 2:
            yield Dot((lane, y))


def _ordered(nets: Mapping[int, Net]) -> tuple[list[int], list[int]]:
    """Return nodes in the order of their lanes, and those that have to make a detour.

    A level wire from the left ends at its lane, one from the right begins there: where both have
    one height, the first has to stand left of the second.
    """
    before = {
        node: {o for o, other in nets.items() if o != node and _meet(other.lefts, net.rights)}
        for node, net in nets.items()
    }
    order: list[int] = []
    detours: list[int] = []
    left = sorted(nets, key=lambda node: _preference(nets[node]))
    while left:
        free = [node for node in left if not before[node] & set(left)]
        chosen = free[0] if free else left[0]
        (order if free else detours).append(chosen)
        left.remove(chosen)
    return order, detours


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return any(abs(a - b) < SAME for a in one for b in other)


def _preference(net: Net) -> tuple[bool, float]:
    """Order wires so that those side by side, which bend the same way, do not cross."""
    rises = min(net.rights) < min(net.lefts)
    return rises, min(net.lefts) if rises else -max(net.lefts)
