"""The lanes that the transistors of a network fill, and which of them belong to which node."""

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.solvers.branch_blocks import LANES
from ebana_core.circuit.circuit import GROUND

MOST_OPEN = 1.5
"""Lanes over transistors up to which nodes that move no other have blocks of their own: an open
lane takes as long as a transistor."""
Places = tuple[IntArray, Array, IntArray, IntArray]
"""The first block of each unknown, and the end; of every lane, as 0 or 1, whether its head and its
tail are at the unknown, ``(2, n_lanes)``; and, as the first two of `settling.Near`, the first
resistor at each node and the end, and resistors by node."""


def side_by_side(groups: IntArray) -> IntArray:
    """Return the lane of each transistor, those of a group side by side: they move together."""
    lanes: IntArray = np.empty(len(groups), dtype=np.intp)
    lanes[np.argsort(groups, kind="stable")] = np.arange(len(groups))
    return lanes


def first_blocks(groups: IntArray, of_unknowns: IntArray) -> IntArray | None:
    """Return the first block of each unknown, and the end, if each has blocks of its own.

    Args:
        groups: Of each transistor, the number of the group of nodes that it joins.
        of_unknowns: The group of each node that no source fixes.

    Returns:
        None where some unknown moves another, or too many lanes would be open.
    """
    if len(np.unique(of_unknowns)) < len(of_unknowns):
        return None
    counts = np.bincount(groups, minlength=1 + int(of_unknowns.max()))[of_unknowns]
    ends = np.cumsum([0, *-(-counts // LANES)])
    return ends if LANES * ends[-1] <= MOST_OPEN * len(groups) else None


def in_own_blocks(groups: IntArray, of_unknowns: IntArray, blocks: IntArray) -> IntArray:
    """Return the lane of each transistor in the blocks of its node; see `first_blocks`.

    What moves nobody comes last.
    """
    n_groups = 1 + max(int(groups.max()), int(of_unknowns.max()))
    of_group = np.full(n_groups, blocks[-1])
    of_group[of_unknowns] = blocks[:-1]
    number = side_by_side(of_group[groups])
    firsts = np.searchsorted(np.sort(of_group[groups]), of_group[groups])
    lanes: IntArray = LANES * of_group[groups] + number - firsts
    return lanes


def at_lanes(lanes: IntArray, heads: IntArray, tails: IntArray) -> tuple[IntArray, IntArray]:
    """Return head and tail of every lane, ``(2, n_lanes)``, and the number of its transistor.

    Open lanes have both ends at ground, and the number of another transistor.
    """
    n_lanes = -(-(int(lanes.max(initial=-1)) + 1) // LANES) * LANES
    ends = np.full((2, n_lanes), GROUND)
    of_lane: IntArray = np.zeros(n_lanes, dtype=np.intp)
    ends[:, lanes], of_lane[lanes] = (heads, tails), np.arange(len(lanes))
    return ends, of_lane


def owned(ends: IntArray, unknowns: IntArray, blocks: IntArray) -> Array:
    """Return of every lane, as 0 or 1, whether its ends are at the unknown whose block it is in."""
    own = np.repeat(unknowns, LANES * np.diff(blocks))
    found = np.zeros(ends.shape)
    found[:, : len(own)] = ends[:, : len(own)] == own
    return found


def by_node(n_nodes: int, heads: IntArray, tails: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first branch at each node, and the end, and the branches by node."""
    ends, branches = np.concatenate([heads, tails]), np.tile(np.arange(len(heads)), 2)
    order = np.argsort(ends, kind="stable")
    return np.searchsorted(ends[order], np.arange(n_nodes + 1)), branches[order]
