"""Crossbars whose rows and columns have a resistance: cells, and the metal between them."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import Branches
from ebana_core.schematics.devices import Devices
from ebana_core.schematics.nets import Nets


@attrs.frozen(eq=False)
class Wired:
    """A crossbar with wires, as one between the ends of its rows and columns.

    Args:
        cells: The cells, from the end of a row to the end of a column.
        wires: The segments before each cell of a ``"row"``, and behind each of a ``"column"``; of
            ideal metal there are none.
    """

    cells: Devices
    wires: Mapping[str, Devices]


def wired_of(found: Sequence[Devices], nets: Nets) -> dict[int, Wired]:
    """Return the crossbars with wires, by the place of their cells among all devices."""
    crossbars = {}
    for k, cells in enumerate(found):
        others = [one for one in found if one.layer == cells.layer and one is not cells]
        if cells.terminals is None and isinstance(cells.topology, Branches) and others:
            wired = _wired(cells, others, nets)
            if wired is not None:
                crossbars[k] = wired
    return crossbars


def _wired(cells: Devices, others: Sequence[Devices], nets: Nets) -> Wired | None:
    """Return cells with the wires that lead to them; None: they are no such crossbar."""
    metal = [one for one in others if one.symbol == "resistor" and one.n == cells.n]
    if len(metal) != len(others) or len(metal) > 2:
        return None
    rows = next(
        (one for one in metal if set(one.tails.tolist()) == set(cells.heads.tolist())), None
    )
    columns = next(
        (one for one in metal if set(one.heads.tolist()) == set(cells.tails.tolist())), None
    )
    if len([one for one in (rows, columns) if one is not None]) != len(metal):
        return None
    starts, row_steps = _ends(cells.heads, None if rows is None else (rows.tails, rows.heads))
    ends, column_steps = _ends(
        cells.tails, None if columns is None else (columns.heads, columns.tails)
    )
    outer = np.unique(starts), np.unique(ends)
    if len(outer[0]) * len(outer[1]) != cells.n or any(
        nets.group(node).label for node in np.concatenate(outer).tolist()
    ):
        return None
    # Each row passes the columns in one order, and each column the rows.
    if rows is not None and not _agree(ends, row_steps):
        return None
    if columns is not None and not _agree(starts, column_steps):
        return None
    order = np.lexsort((row_steps, -column_steps))
    whole = Branches(starts[order], ends[order])
    numbers = {
        name: None if one is None else np.broadcast_to(one, (cells.n,))[order]
        for name, one in cells.numbers.items()
    }
    wires = {name: one for name, one in (("row", rows), ("column", columns)) if one is not None}
    return Wired(attrs.evolve(cells, topology=whole, numbers=numbers), wires)


def _ends(nodes: IntArray, segments: tuple[IntArray, IntArray] | None) -> tuple[IntArray, IntArray]:
    """Return where chains of segments lead from some nodes, and over how many segments."""
    if segments is None:
        return nodes, np.zeros_like(nodes)
    n = 1 + max(int(found.max()) for found in (nodes, *segments))
    behind = np.arange(n)
    behind[segments[0]] = segments[1]
    counts = (behind != np.arange(n)).astype(np.intp)
    # Each time they are twice as far from where they began.
    for _ in range(n.bit_length()):
        counts, behind = counts + counts[behind], behind[behind]
    return behind[nodes], counts[nodes]


def _agree(ends: IntArray, places: IntArray) -> bool:
    """Tell whether all cells with one end have one place, and others another one."""
    found: dict[int, set[int]] = {}
    for end, place in zip(ends.tolist(), places.tolist(), strict=True):
        found.setdefault(end, set()).add(place)
    own = [min(each) for each in found.values()]
    return all(len(each) == 1 for each in found.values()) and len(set(own)) == len(own)
