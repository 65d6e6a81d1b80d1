"""Where blocks stand: column after column, each as near as it can to what feeds it."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from ebana_core.schematics.block import MARGIN, Block
from ebana_core.schematics.choosing import block_of
from ebana_core.schematics.columns import Member
from ebana_core.schematics.nets import Nets
from ebana_core.schematics.parts import LINE

LANE = 0.35
"""Free above and below a wire that passes a column."""
FAR = 1e9

Pin = tuple[int, float]
"""A node, and its height at the edge of a column."""


@attrs.define(eq=False)
class Placed:
    """A block at its height.

    Attributes:
        lefts: Heights of its pins on the left.
        rights: Likewise on the right.
        caption: Where its caption begins.
    """

    block: Block
    lefts: list[float]
    rights: list[float]
    caption: float


@attrs.frozen(eq=False)
class Column:
    """Blocks below each other, and wires that pass between them.

    Args:
        placed: The blocks.
        lanes: Node to height, of the wires that pass.
    """

    placed: list[Placed]
    lanes: dict[int, float]

    @property
    def width(self) -> float:
        """Of its widest block."""
        return max((one.block.width for one in self.placed), default=0.0)

    @property
    def entering(self) -> list[Pin]:
        """The pins at its left edge."""
        own = (zip(one.block.lefts, one.lefts, strict=True) for one in self.placed)
        return [*(pin for pins in own for pin in pins), *self.lanes.items()]

    @property
    def leaving(self) -> list[Pin]:
        """The pins at its right edge."""
        own = (zip(one.block.rights, one.rights, strict=True) for one in self.placed)
        return [*(pin for pins in own for pin in pins), *self.lanes.items()]


def place(
    columns: Sequence[Sequence[Member]], spans: Mapping[int, tuple[int, int]], nets: Nets
) -> list[Column]:
    """Return all blocks at their heights.

    Args:
        columns: What stands in each.
        spans: First and last column of every node that is drawn.
        nets: The nodes.
    """
    heights: dict[int, float] = {}
    placed = []
    for k, members in enumerate(columns):
        blocks = [_block(member, k, spans, nets, heights) for member in members]
        passed = {node for block in blocks for node in set(block.lefts) & set(block.rights)}
        lanes = [n for n in heights if spans[n][0] < k < spans[n][1] and n not in passed]
        column = _stacked(blocks, lanes, heights)
        heights = dict(column.leaving)
        placed.append(column)
    return placed


def _block(
    member: Member,
    column: int,
    spans: Mapping[int, tuple[int, int]],
    nets: Nets,
    heights: Mapping[int, float],
) -> Block:
    own = [node for node in nets.shown(_in_order(member)) if node in spans]
    lefts = [node for node in own if spans[node][0] < column]
    if not member.wires:  # wires say the order of rows
        lefts.sort(key=lambda node: heights[node])
    rights = [n for n in own if spans[n][0] == column]
    return block_of(member, nets, lefts, rights, {n for n in own if spans[n][1] > column})


def _in_order(member: Member) -> Iterator[int]:
    """Yield the nodes of devices as they name them, which puts the units of a layer in order."""
    devices = member.devices
    if devices.terminals is not None:
        yield from devices.terminals.ravel().tolist()
        return
    yield from devices.heads.tolist()
    yield from devices.tails.tolist()


def _stacked(blocks: Sequence[Block], lanes: Sequence[int], heights: Mapping[int, float]) -> Column:
    """Return blocks and lanes below each other, in the order of what feeds them."""

    def wanted(item: Block | int) -> float:
        if isinstance(item, int):
            return heights[item]
        known = [heights[node] for node in item.lefts]
        return sum(known) / len(known) if known else FAR

    column, end = Column([], {}), -FAR
    items: list[Block | int] = [*blocks, *lanes]
    for item in sorted(items, key=wanted):
        if isinstance(item, int):
            column.lanes[item] = max(heights[item], end + LANE)
            end = column.lanes[item] + LANE
            continue
        placed = _placed(item, [heights[node] for node in item.lefts], end)
        column.placed.append(placed)
        end = placed.caption + LINE * len(item.caption) + MARGIN
    return column


def _placed(block: Block, wanted: Sequence[float], end: float) -> Placed:
    """Return a block whose pins stand as near as they can to where their wires come from."""
    lefts = block.left_heights(wanted)
    rights = block.right_heights(lefts)
    down = max(0.0, end - block.above(lefts, rights))
    lefts, rights = ([y + down for y in side] for side in (lefts, rights))
    return Placed(block, lefts, rights, block.bottom(lefts, rights))
