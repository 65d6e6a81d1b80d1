"""Draws the house as SVG: rooms floor by floor, and arrows between them."""

import itertools
from collections.abc import Iterable, Iterator
from html import escape

from tools.house_layout import LANE, LINE, MARGIN, WIDTH, Arrow, Box, Room, edges_of, laid_out, lead
from tools.imports import Floors

ROUND = 6
"""Radius of an arrow's corners, px."""
HUES = ("#1d5fa8", "#b3541e", "#2f7d4f", "#7a3f9d", "#a02c4a", "#5b6b1f", "#0f7c86", "#8a6d12")


def draw(
    storeys: Floors, ground: Floors, rooms: Iterable[Room], arrows: Iterable[tuple[str, str]]
) -> str:
    """Return the picture.

    Args:
        storeys: Names of rooms from top to bottom, with arrows.
        ground: The floors below, without.
        rooms: All of them.
        arrows: Importer and imported room.
    """
    by_name = {room.name: room for room in rooms}
    boxes = laid_out([[by_name[name] for name in floor] for floor in storeys])
    by_room = {box.room.name: box for box in boxes}
    ways = [Arrow(by_room[one], by_room[other]) for one, other in sorted(arrows)]
    lead(ways, boxes)
    edges = edges_of(boxes, ways)
    hues = {name: HUES[k % len(HUES)] for k, name in enumerate(by_room)}
    drawn = [_path(way, hues[way.source.room.name], edges) for way in ways]
    drawn += [_panel(box, edges[box.floor], hues[box.room.name]) for box in boxes]
    base, height = _ground([[by_name[name] for name in floor] for floor in ground], edges[-1][0])
    return "\n".join([*_frame(height), *drawn, *base, "</svg>"]) + "\n"


def _path(way: Arrow, hue: str, edges: list[tuple[float, float]]) -> str:
    points = [(way.start, edges[way.source.floor][1])]
    for gap, one, other in way.spans():
        place = edges[gap][1] + 10 + LANE * way.runs.get(gap, 0)
        points += [(one, place), (other, place)]
    points.append((way.end, edges[way.target.floor][0] - 6))
    return (
        f"<path d='{_rounded(points)}' fill='none' stroke='{hue}' stroke-width='1.5' "
        f"marker-end='url(#tip{HUES.index(hue)})'/>"
    )


def _rounded(points: list[tuple[float, float]]) -> str:
    """Return a way through points whose corners are round."""
    corners = [
        point
        for before, point in itertools.pairwise(points)
        if abs(point[0] - before[0]) + abs(point[1] - before[1]) > 0.5
    ]
    text, before = f"M{points[0][0]:.1f} {points[0][1]:.1f}", points[0]
    for corner, after in zip(corners, [*corners[1:], None], strict=True):
        if after is None or _is_straight(before, corner, after):
            text += f" L{corner[0]:.1f} {corner[1]:.1f}"
        else:
            first, second = _towards(corner, before), _towards(corner, after)
            text += f" L{first} Q{corner[0]:.1f} {corner[1]:.1f} {second}"
        before = corner
    return text


def _is_straight(*points: tuple[float, float]) -> bool:
    return any(len({round(point[axis], 1) for point in points}) == 1 for axis in (0, 1))


def _towards(corner: tuple[float, float], point: tuple[float, float]) -> str:
    """Return the place a little before a corner, on the way from a point."""
    length = max(abs(point[0] - corner[0]), abs(point[1] - corner[1]))
    share = min(ROUND, length / 2) / length
    x, y = (corner[k] + share * (point[k] - corner[k]) for k in (0, 1))
    return f"{x:.1f} {y:.1f}"


def _panel(box: Box, edges: tuple[float, float], hue: str) -> str:
    """Return a room: its name, under it what it holds, and its folders."""
    (top, bottom), left = edges, box.left + 14
    lines = [(line, "purpose") for line in box.lines]
    if box.room.folders:
        lines.append((" ".join(f"{name}/" for name in box.room.folders), "folders"))
    words = "".join(
        f"<text x='{left:.1f}' y='{top + 37 + LINE * k:.1f}' class='{kind}'>{escape(line)}</text>"
        for k, (line, kind) in enumerate(lines)
    )
    return (
        f"<rect x='{box.left:.1f}' y='{top:.1f}' width='{box.width:.1f}' "
        f"height='{bottom - top:.1f}' rx='7' fill='#fff' stroke='#c9ced6'/>"
        f"<rect x='{box.left:.1f}' y='{top + 7:.1f}' width='4' height='{bottom - top - 14:.1f}' "
        f"rx='2' fill='{hue}'/>"
        f"<text x='{left:.1f}' y='{top + 20:.1f}' class='name'>{escape(box.room.name)}</text>"
        f"{words}"
    )


def _ground(floors: list[list[Room]], top: float) -> tuple[list[str], float]:
    """Return the rooms that every other one may use, and how high the picture is with them."""
    drawn: list[str] = []
    place = top + 42
    for floor, rooms in enumerate(floors):
        width = (WIDTH - 2 * MARGIN - 28 - 10 * (len(rooms) - 1)) / len(rooms)
        boxes = [
            Box(room, floor, MARGIN + 14 + k * (width + 10), width) for k, room in enumerate(rooms)
        ]
        bottom = place + max(box.height for box in boxes)
        drawn += [_panel(box, (place, bottom), "#8a929e") for box in boxes]
        place = bottom + 10
    base = (
        f"<rect x='{MARGIN}' y='{top:.1f}' width='{WIDTH - 2 * MARGIN}' "
        f"height='{place + 4 - top:.1f}' rx='10' fill='#e9ecf0'/>"
        f"<text x='{MARGIN + 14}' y='{top + 27:.1f}' class='name'>The ground floor</text>"
        f"<text x='{MARGIN + 160}' y='{top + 27:.1f}' class='purpose'>Every room may stand on it, "
        "so that no arrows lead here. Its own rooms import those below them.</text>"
    )
    return [base, *drawn], place + 4 + MARGIN


def _frame(height: float) -> Iterator[str]:
    """Yield the beginning of the picture: its size, its letters, its arrow tips, its title."""
    yield (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:.0f}' "
        f"width='{WIDTH}' height='{height:.0f}'>"
    )
    yield (
        "<style>text{font-family:Helvetica,Arial,sans-serif}"
        ".name{font:bold 14px Menlo,Consolas,monospace;fill:#1b1f24}"
        ".purpose{font-size:11.5px;fill:#4a5260}"
        ".folders{font:11px Menlo,Consolas,monospace;fill:#6a7280}"
        ".title{font-size:22px;fill:#1b1f24}</style>"
    )
    tips = "".join(
        f"<marker id='tip{k}' viewBox='0 0 8 8' refX='5' refY='4' markerWidth='7' "
        f"markerHeight='7' orient='auto'><path d='M0 0 L8 4 L0 8 z' fill='{hue}'/></marker>"
        for k, hue in enumerate(HUES)
    )
    yield f"<defs>{tips}</defs>"
    yield f"<rect width='{WIDTH}' height='{height:.0f}' fill='#f7f8fa'/>"
    yield f"<text x='{MARGIN}' y='42' class='title'>The rooms of ebana_core</text>"
    yield (
        f"<text x='{MARGIN}' y='64' class='purpose'>An arrow says: imports. All arrows lead down; "
        "one that follows from others is left out.</text>"
    )
