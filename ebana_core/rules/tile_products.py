"""Sums over the drops of tiles by matrix products, without an array of all drops."""

from collections.abc import Callable

import numpy as np

from ebana_core.arrays import Array, columns, exact, host, namespace
from ebana_core.circuit.branches import CHUNK
from ebana_core.circuit.elements import Selector
from ebana_core.circuit.tiles import Tiles
from ebana_core.rules.phases import Phases

Ends = Callable[[slice, Selector], tuple[Array, Array]]
"""Gives the means and the changes of some samples at some nodes."""
Means = Callable[[slice, Selector], Array]
"""Likewise of nodes that do not change."""


def tile_contrast(
    topology: Tiles, phases: Phases, *, rows_move: bool, share: float, are_shared: bool
) -> Array:
    """Return ``change*(drop + share*change)`` summed over samples, V².

    Args:
        topology: The tiles.
        phases: What was measured.
        rows_move: Some row is not fixed by a source.
        share: One half for the difference of squares over two.
        are_shared: Sum over the tiles, too.

    Returns:
        One per branch, or, where they are shared, one per branch of a whole tile. Flat.
    """

    def ends(samples: slice, nodes: Selector) -> tuple[Array, Array]:
        first, moved = phases.of(samples, nodes)
        return first + share * moved, phases.factor * moved

    def fixed(samples: slice, nodes: Selector) -> Array:
        return in_order(phases.free[samples, :], nodes)

    n_samples = phases.free.shape[0]
    return tile_products(topology, ends, None if rows_move else fixed, n_samples, are_shared)


def in_order(voltages: Array, nodes: Selector) -> Array:
    """Return columns in the order in which products read them: tiles need no second copy."""
    if isinstance(voltages, np.ndarray) and not isinstance(nodes, slice):
        return np.take(voltages, nodes, axis=1)
    return columns(voltages, nodes)


def tile_products(
    topology: Tiles, ends: Ends, fixed: Means | None, n_samples: int, are_shared: bool
) -> Array:
    """Return ``(moved_in - moved_out)*(mean_in - mean_out)`` summed over samples, and over tiles.

    Args:
        topology: The tiles.
        ends: Gives means and changes.
        fixed: Gives the means of rows that do not change; None: rows change.
        n_samples: How many samples they know.
        are_shared: Sum over the tiles, too.

    Returns:
        See `tile_contrast`.
    """
    (n_tiles, n_rows), n_columns = topology.rows.shape, topology.columns.shape[1]
    total = np.zeros((n_rows, n_columns) if are_shared else (n_tiles, n_rows, n_columns))
    step = max(1, CHUNK // max(1, n_tiles * max(n_rows, n_columns)))
    for start in range(0, n_samples, step):
        part = slice(start, min(start + step, n_samples))
        # Missing rows stand at ground, 0 V, and so add nothing but what columns have alone.
        nodes = topology.row_selector
        given = ends(part, nodes) if fixed is None else (fixed(part, nodes),)
        mean_in, *moved_in = (_tiled(a, n_tiles) for a in given)
        mean_out, moved_out = (_tiled(a, n_tiles) for a in ends(part, topology.column_selector))
        total += _products(mean_in, moved_in, mean_out, moved_out, are_shared)
        alone = _summed(mean_out * moved_out)
        total += topology.is_there.T @ alone if are_shared else alone[:, None, :]
    return total.reshape(-1) if are_shared else total[topology.is_there].reshape(-1)


def _products(
    mean_in: Array, moved_in: list[Array], mean_out: Array, moved_out: Array, are_shared: bool
) -> Array:
    """Return the sums of all products but those of two columns; no `moved_in`: rows rest."""
    result = -_crossed(mean_in, moved_out, are_shared)
    for moved in moved_in:
        result -= _crossed(moved, mean_out, are_shared)
        alone = _summed(mean_in * moved)
        result += alone.sum(axis=0)[:, None] if are_shared else alone[:, :, None]
    return result


def _crossed(first: Array, second: Array, are_shared: bool) -> Array:
    """Return products of rows and columns, summed over samples, and over tiles if shared."""
    xp = namespace(first)
    if are_shared:
        one, other = (xp.reshape(a, (-1, a.shape[2])) for a in (first, second))
        return exact(host(one.T @ other))
    return exact(host(xp.permute_dims(first, (1, 2, 0)) @ xp.permute_dims(second, (1, 0, 2))))


def _tiled(ends: Array, n_tiles: int) -> Array:
    return namespace(ends).reshape(ends, (ends.shape[0], n_tiles, -1))


def _summed(products: Array) -> Array:
    """Return the sums over samples, on the host."""
    return exact(host(namespace(products).sum(products, axis=0)))
