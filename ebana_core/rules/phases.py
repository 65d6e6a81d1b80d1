"""The two phases that a rule compares, and the sums of contrasts by parameter."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, columns
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter, Selector
from ebana_core.circuit.tiles import Tiles


@attrs.frozen(eq=False, kw_only=True)
class Phases:
    """Node voltages of the two phases that a contrast compares.

    Args:
        free: Free phase. Shape ``(n_samples, n_nodes)``, V.
        before: First phase minus the free one. Same shape; None where they are the same.
        after: Second phase minus the free one. Same shape.
        factor: Multiplies every contrast.
        injected: Nudges of the first and of the second phase; output name to A.
        is_read: Nodes that sources hold move, too: voltages are readings with noise, or sources
            are off in one phase.
    """

    free: Array
    before: Array | None
    after: Array
    factor: float
    injected: tuple[Mapping[str, Array], Mapping[str, Array]] = ({}, {})
    is_read: bool = False

    @property
    def solved(self) -> tuple[Array, ...]:
        """The arrays of voltages, each as its simulator holds it."""
        return tuple(a for a in (self.free, self.before, self.after) if a is not None)

    def of(self, samples: slice, nodes: Selector) -> tuple[Array, Array]:
        """Return the first phase of some nodes, and second minus first, V."""
        free, after = _part(self.free, samples, nodes), _part(self.after, samples, nodes)
        if self.before is None:
            return free, after
        before = _part(self.before, samples, nodes)
        # Both are changes from one free phase, so that their difference keeps its digits.
        return free + before, after - before


def behind_sources(compiled: CompiledCircuit) -> frozenset[ElementArray]:
    """Return the crossbars and tiles whose rows sources hold: they stand still in every phase."""
    root = compiled.constraints.root
    return frozenset(
        array
        for array in compiled.circuit.element_arrays
        if isinstance(array.topology, Crossbar | Tiles)
        and not root[array.topology.rows.ravel()].any()
    )


def _part(array: Array, samples: slice, nodes: Selector) -> Array:
    if isinstance(array, np.ndarray):
        return array[samples, nodes]
    return columns(array[samples, :], nodes)


def collect(
    sums: dict[str, Array], value: Parameter, contrast: Array, shape: tuple[int, ...]
) -> None:
    """Add the contrasts of branches to the sum of the parameter that they share."""
    if value.index is None and contrast.shape == shape and value.name not in sums:
        sums[value.name] = contrast
        return
    target = sums.setdefault(value.name, np.zeros(shape))
    if isinstance(value.index, slice):
        target.reshape(-1)[value.index] += contrast
    elif value.index is not None:
        flat = target.reshape(-1)
        flat += np.bincount(value.index.ravel(), contrast.ravel(), flat.size)
    elif target.shape == contrast.shape:
        target += contrast
    else:
        target += contrast.sum()
