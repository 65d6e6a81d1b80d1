"""Where the rooms of the house stand on paper, and how arrows are led around them."""

import textwrap
from collections import defaultdict
from collections.abc import Iterator

import attrs

WIDTH, MARGIN = 1180, 30
"""Of the picture, and left free at its sides, px."""
BOX, WIDE = 255, 400
"""Widths of a room beside others, and of one alone on its floor."""
TOP, HEAD, LINE, GAP = 84.0, 30, 15, 28
"""Upper edge of the first floor, a room's height without its lines, that of a line, and the least
height between two floors."""
LANE, LETTER = 9, 5.5
"""Between arrows side by side, and the mean width of a letter."""


@attrs.frozen
class Room:
    """What is written on a room.

    Args:
        name: Of the folder or file.
        purpose: What it holds, in one sentence.
        folders: Names of the folders in it.
    """

    name: str
    purpose: str
    folders: tuple[str, ...] = ()


@attrs.frozen
class Box:
    """A room on the paper.

    Args:
        room: What is written on it.
        floor: Counted from the top.
        left: Where it begins, px.
        width: px.
    """

    room: Room
    floor: int
    left: float
    width: float

    @property
    def lines(self) -> list[str]:
        """The purpose, broken to fit."""
        return textwrap.wrap(self.room.purpose, int((self.width - 24) / LETTER))

    @property
    def height(self) -> float:
        """What it takes to hold its lines, px."""
        return HEAD + LINE * (len(self.lines) + bool(self.room.folders))

    @property
    def middle(self) -> float:
        """Half-way between its sides."""
        return self.left + self.width / 2


@attrs.define
class Arrow:
    """A way from the lower edge of one room to the upper edge of another one.

    Attributes:
        start: Where it leaves, px from the left.
        end: Where it arrives.
        lane: Where it passes the floors between; None: there is none.
        runs: Gap, by the floor above it, to the place of its horizontal run, counted from 0.
    """

    source: Box
    target: Box
    start: float = 0.0
    end: float = 0.0
    lane: float | None = None
    runs: dict[int, int] = attrs.field(factory=dict)

    def spans(self) -> Iterator[tuple[int, float, float]]:
        """Yield its horizontal runs: the gap, and the ends."""
        if self.lane is None:
            yield self.source.floor, self.start, self.end
        else:
            yield self.source.floor, self.start, self.lane
            yield self.target.floor - 1, self.lane, self.end


def laid_out(storeys: list[list[Room]]) -> list[Box]:
    """Return the rooms of all floors, those of one floor evenly spread."""
    boxes = []
    for floor, rooms in enumerate(storeys):
        width = WIDE if len(rooms) == 1 else BOX
        space = (WIDTH - 2 * MARGIN - len(rooms) * width) / (len(rooms) + 1)
        for k, room in enumerate(rooms):
            boxes.append(Box(room, floor, MARGIN + space + k * (width + space), width))
    return boxes


def lead(ways: list[Arrow], boxes: list[Box]) -> None:
    """Find a way for every arrow."""
    _spread_ends(ways)
    for way in sorted(ways, key=lambda way: way.target.floor - way.source.floor):
        way.lane = _lane(way, ways, boxes)
    _straighten(ways)
    _place_runs(ways)


def _spread_ends(ways: list[Arrow]) -> None:
    """Let the arrows at one edge stand side by side, in the order of where they lead."""
    for near, far, end in (("source", "target", "start"), ("target", "source", "end")):
        groups = defaultdict(list)
        for way in ways:
            groups[getattr(way, near).room.name].append(way)
        for group in groups.values():
            group.sort(key=lambda way: (getattr(way, far).middle, getattr(way, far).floor))
            box = getattr(group[0], near)
            for k, way in enumerate(group):
                setattr(way, end, box.left + box.width * (k + 1) / (len(group) + 1))


def _lane(way: Arrow, ways: list[Arrow], boxes: list[Box]) -> float | None:
    """Return where an arrow passes the floors between without touching a room or an arrow."""
    first, last = way.source.floor, way.target.floor
    if last == first + 1:
        return None
    walls = [(b.left, b.left + b.width) for b in boxes if first < b.floor < last]
    taken = [
        other.lane
        for other in ways
        if other.lane is not None and other.source.floor < last and other.target.floor > first
    ]
    wanted = [way.end, way.start]
    steps = [way.end + sign * k * LANE / 2 for k in range(1, 300) for sign in (1, -1)]
    for place in (*wanted, *steps):
        is_inside = MARGIN / 3 < place < WIDTH - MARGIN / 3
        is_clear = all(not left - LANE < place < right + LANE for left, right in walls)
        if is_inside and is_clear and all(abs(place - lane) >= LANE for lane in taken):
            return place
    names = way.source.room.name, way.target.room.name
    raise ValueError(f"no way from {names[0]} to {names[1]}: widen the picture")


def _straighten(ways: list[Arrow]) -> None:
    """Let an arrow that has an edge for itself leave or arrive without a bend."""
    for near, end, other in (("source", "start", "end"), ("target", "end", "start")):
        for way in ways:
            box = getattr(way, near)
            is_alone = sum(getattr(each, near) is box for each in ways) == 1
            place = getattr(way, other) if way.lane is None else way.lane
            if is_alone and box.left + 12 < place < box.left + box.width - 12:
                setattr(way, end, place)


def _place_runs(ways: list[Arrow]) -> None:
    """Give every horizontal run in a gap a height of its own, where it would touch another one."""
    gaps = defaultdict(list)
    for way in ways:
        for gap, one, other in way.spans():
            if abs(one - other) > 1:
                gaps[gap].append((min(one, other), max(one, other), way))
    for gap, runs in gaps.items():
        ends: list[float] = []
        for left, right, way in sorted(runs, key=lambda run: run[:2]):
            free = next((k for k, end in enumerate(ends) if end + LANE < left), len(ends))
            ends[free : free + 1] = [right]
            way.runs[gap] = free


def edges_of(boxes: list[Box], ways: list[Arrow]) -> list[tuple[float, float]]:
    """Return the upper and lower edge of every floor, and behind these where the last one ends."""
    edges, top = [], TOP
    for floor in range(max(box.floor for box in boxes) + 1):
        bottom = top + max(box.height for box in boxes if box.floor == floor)
        edges.append((top, bottom))
        top = bottom + GAP + LANE * max(way.runs.get(floor, 0) for way in ways)
    return [*edges, (top, top)]
