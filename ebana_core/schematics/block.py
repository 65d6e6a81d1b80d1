"""A block of a schematic: some equal devices with pins on both sides, drawn in columns."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import attrs

from ebana_core.schematics.devices import Devices
from ebana_core.schematics.nets import Nets
from ebana_core.schematics.parts import (
    BLUE,
    INK,
    LINE,
    PALE,
    SMALL,
    Part,
    Text,
    Wire,
    text_width,
)

PITCH = 1.75
"""Between the pins of a block, at least."""
MARGIN = 0.35
"""Free at both sides of a block, and between what stands below each other."""
LONGEST = 22
"""Letters in a line of a caption."""

Heights = Sequence[float]
"""Of the pins on one side, from the top."""


@attrs.frozen(eq=False)
class Block(ABC):
    """Some equal devices with pins on both sides.

    Args:
        devices: What it draws.
        nets: Which nodes are drawn.
        lefts: Nodes of the pins on the left, from the top.
        rights: Nodes of the pins on the right; one that is on both sides passes through.
        wires: The metal along a crossbar's ``"row"`` and ``"column"``, of those that have some.
    """

    devices: Devices
    nets: Nets
    lefts: tuple[int, ...]
    rights: tuple[int, ...]
    wires: Mapping[str, Devices] = attrs.field(factory=dict, kw_only=True)

    pitch = PITCH
    """Between two pins on the left, at least."""
    below = 0.5
    """What it takes below its last pin, without its caption."""

    @property
    @abstractmethod
    def inner_width(self) -> float:
        """Width of what it draws."""

    @abstractmethod
    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        """Yield its parts, from x = 0 to its width, its wires as far as its pins."""

    def left_heights(self, wanted: Heights) -> list[float]:
        """Return where the pins on the left are, as near as can be to where wires come from."""
        heights: list[float] = []
        for y in wanted:
            heights.append(max(y, heights[-1] + self.pitch) if heights else y)
        return heights

    def right_heights(self, lefts: Heights) -> list[float]:
        """Return where the pins on the right are: beside the same node, or in the middle."""
        known = dict(zip(self.lefts, lefts, strict=True))
        others = [node for node in self.rights if node not in known]
        middle = (lefts[0] + lefts[-1]) / 2 if lefts else 0.0
        first = middle - PITCH * (len(others) - 1) / 2
        known |= {node: first + PITCH * k for k, node in enumerate(others)}
        return [known[node] for node in self.rights]

    def above(self, lefts: Heights, rights: Heights) -> float:
        """Return its upper edge."""
        return min([*lefts, *rights], default=0.0) - 0.6

    def bottom(self, lefts: Heights, rights: Heights) -> float:
        """Return where its caption begins."""
        return max([*lefts, *rights], default=0.0) + self.below

    @property
    def caption(self) -> list[str]:
        """Name, count, and values, in lines."""
        devices = self.devices
        learns = ["learns"] if devices.is_trained else []
        metal = [
            f"{kind} wires: {one.n:,} × {', '.join(one.told())}" for kind, one in self.wires.items()
        ]
        name = devices.element.replace("__", " ")
        return [name, self.count, *self.told, *metal, *learns]

    @property
    def told(self) -> list[str]:
        """Values of its devices, in lines of about equal length."""
        lines: list[str] = []
        for item in self.devices.told():
            if lines and len(lines[-1]) + len(item) + 2 <= LONGEST:
                lines[-1] += f", {item}"
            else:
                lines.append(item)
        return lines

    @property
    def count(self) -> str:
        """How many devices of what, in words."""
        n, noun = self.devices.n, self.devices.noun
        return f"{n:,} {noun}" if n > 1 else f"1 {noun.removesuffix('s')}"

    @property
    def width(self) -> float:
        """Its width, with that of its caption."""
        widest = max(text_width(line, SMALL) for line in self.caption)
        return max(self.inner_width, widest + 2 * MARGIN)

    @property
    def centre(self) -> float:
        """Below which point its caption stands, as far as that has room."""
        return self.inner_width / 2

    def captioned(self, top: float) -> Iterator[Text]:
        """Yield the lines of the caption below a height."""
        half = max(text_width(line, SMALL) for line in self.caption) / 2 + 0.1
        x = min(max(self.centre, half), self.width - half)
        for k, line in enumerate(self.caption):
            colour = BLUE if k == 0 else self.devices.colour if line == "learns" else INK
            at = x, top + (k + 0.5) * LINE
            yield Text(at, line, "middle", colour, SMALL)

    def gaps(self, nodes: Sequence[int], heights: Heights, x: float) -> Iterator[Text]:
        """Yield an ellipsis wherever nodes are left out."""
        pairs = zip(nodes[:-1], nodes[1:], heights[:-1], heights[1:], strict=True)
        for one, other, upper, lower in pairs:
            if self.nets.is_gap(one, other):
                yield Text((x, (upper + lower) / 2), "⋮", "middle", PALE, 14.0)

    def named(self, heights: Heights, wire_from: float) -> Iterator[Part]:
        """Yield the wires to the pins on the right, with the names of new nodes above them."""
        for node, y in zip(self.rights, heights, strict=True):
            yield Wire(((wire_from, y), (self.width, y)))
            if node not in self.lefts:
                name = self.nets.name(node)
                yield Text((self.width - 0.05, y - 0.2), name, "end", PALE, SMALL)

    def name_width(self) -> float:
        """Return the width of the longest name of a new node."""
        new = [self.nets.name(node) for node in self.rights if node not in self.lefts]
        return max((text_width(name, SMALL) for name in new), default=0.0) + 0.1
