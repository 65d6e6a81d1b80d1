"""Nodes inside of devices that give way to their ends: small systems of equations, many at once.

Nodes come first and devices last: what is done to a node is done to all devices in a row.
"""

from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import Array, Values


def eliminated(matrix: Array, right: Array) -> Array:
    """Return the solutions of small systems of equations, ``(n, n_columns, n_devices)``.

    No rows are exchanged: what leaves a node enters others, so that in its column the slope at the
    node itself outweighs those at all others.

    Args:
        matrix: Slopes between the nodes inside. Shape ``(n, n, n_devices)``.
        right: Shape ``(n, n_columns, n_devices)``.
    """
    n, found = len(matrix), right.copy()
    rows = [[matrix[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            for j in range(k + 1, n):
                rows[i][j] = rows[i][j] - factor * rows[k][j]
            found[i] -= factor * found[k]
    for k in reversed(range(n)):
        for j in range(k + 1, n):
            found[k] -= rows[k][j] * found[j]
        found[k] /= rows[k][k]
    return found


def sums_at(ends: Sequence[Sequence[int]], amounts: Array) -> Array:
    """Return the sums of amounts at the nodes that count for each end; nodes come first."""
    return np.stack([sum(amounts[node] for node in nodes) for nodes in ends])


def at_ends(ends: Sequence[Sequence[int]], slopes: Array, amounts: Array) -> Array:
    """Return amounts at the ends, once the nodes inside have given way to theirs.

    Args:
        ends: The nodes that count for each end; see `Inside`.
        slopes: Between all nodes. Shape ``(n_nodes, n_nodes, n_devices)``, S.
        amounts: At all nodes, in some columns. Shape ``(n_nodes, n_columns, n_devices)``.

    Returns:
        Shape ``(2, n_columns, n_devices)``.
    """
    own = sums_at(ends, amounts)
    if len(slopes) == 2:
        return own
    back = eliminated(slopes[2:, 2:], amounts[2:])
    for end, nodes in enumerate(ends):
        for k, moved in enumerate(back, start=2):
            own[end] -= sum(slopes[node, k] for node in nodes) * moved
    return own


def in_a_row(voltages: Array, values: Values) -> tuple[Array, Values]:
    """Return the voltages and the values of the devices of all samples in a row.

    Args:
        voltages: Shape ``(n_samples, n_devices, n_ends)``, V.
        values: One number each, or one per device.
    """
    shape = voltages.shape[:-1]
    each = {name: np.broadcast_to(value, shape).ravel() for name, value in values.items()}
    return voltages.reshape(-1, voltages.shape[-1]), each
