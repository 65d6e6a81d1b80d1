"""The branches of element arrays: their ends, their values, and sums at their nodes."""

from collections.abc import Iterator, Mapping

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.elements import Branches, Crossbar, ElementArray, resolve, selector

CHUNK = 4_000_000
"""Branch values held at once, so that memory does not grow with samples x crossbar."""


def branch_ends(topology: Branches | Crossbar) -> tuple[IntArray, IntArray]:
    """Return heads and tails of all branches, in the order of a flattened value array."""
    if isinstance(topology, Branches):
        return topology.heads, topology.tails
    rows, columns = topology.rows, topology.columns
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))


def branch_chunks(
    array: ElementArray, n_samples: int
) -> Iterator[tuple[slice, IntArray, IntArray]]:
    """Yield slices of samples whose branch values fit into one chunk, with heads and tails."""
    heads, tails = branch_ends(array.topology)
    step = max(1, CHUNK // max(1, len(heads)))
    for start in range(0, n_samples, step):
        yield slice(start, min(start + step, n_samples)), heads, tails


def branch_values(
    array: ElementArray,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    rows: slice,
) -> dict[str, Array]:
    """Return the law's values, flattened over the branches; per sample only for inputs."""
    result = {}
    for name, value in array.values.items():
        resolved = resolve(value, parameters, inputs)
        size = int(np.prod(array.topology.shape))
        # A crossbar's values come as its matrix; its branches are numbered row by row.
        if resolved.shape == array.topology.shape:
            resolved = resolved.reshape(size)
        # Only inputs have a row per sample; everything else is shared by all of them.
        result[name] = resolved[rows] if resolved.ndim > 1 else resolved
    return result


def crossbar_sides(
    topology: Crossbar, conductance: Array
) -> Iterator[tuple[IntArray, IntArray, Array, Array]]:
    """Yield the rows and the columns of an ohmic crossbar, each with what sums its currents.

    Args:
        topology: The crossbar.
        conductance: Of each branch. Shape of the topology, S.

    Yields:
        The nodes of one side and of the other, and with these the terms of
        ``v[:, nodes]*own - v[:, others] @ matrix``, which leaves the nodes.
    """
    yield topology.rows, topology.columns, conductance.sum(axis=1), conductance.T
    yield topology.columns, topology.rows, conductance.sum(axis=0), conductance


def scatter(target: Array, nodes: IntArray, amounts: Array) -> None:
    """Add `amounts` ``(n_samples, n)`` to the columns `nodes` of `target`, which may repeat."""
    places = selector(nodes)
    if isinstance(places, slice):
        target[:, places] += amounts
        return
    n_samples, n_nodes = len(amounts), target.shape[1]
    each = n_nodes * np.arange(n_samples)[:, None] + nodes
    sums = np.bincount(each.ravel(), amounts.ravel(), n_samples * n_nodes)
    target += sums.reshape(n_samples, n_nodes)
