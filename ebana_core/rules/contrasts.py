"""Sums over a batch of what each device measured locally in two phases.

For a value theta with ``q = integral of dcurrent/dtheta from 0 to the drop`` the contrast is
``q(second phase) - q(first phase)``, computed from the change between the phases so that no
digits are lost when the nudge is small.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter, Selector
from ebana_core.circuit.stages import StageWeights
from ebana_core.laws import Ohm


@attrs.frozen(eq=False, kw_only=True)
class Phases:
    """Node voltages of the two phases that a contrast compares.

    Args:
        free: Free phase. Shape ``(n_samples, n_nodes)``, V.
        before: First phase minus the free one. Same shape; None where they are the same.
        after: Second phase minus the free one. Same shape.
        factor: Multiplies every contrast.
    """

    free: Array
    before: Array | None
    after: Array
    factor: float

    def of(self, samples: slice, nodes: Selector) -> tuple[Array, Array]:
        """Return the first phase of some nodes, and second minus first, V."""
        free, after = self.free[samples][:, nodes], self.after[samples][:, nodes]
        if self.before is None:
            return free, after
        before = self.before[samples][:, nodes]
        return free + before, after - before


def contrast_sums(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    trainable: tuple[str, ...],
    phases: Phases,
    weights: StageWeights | None,
) -> dict[str, Array]:
    """Return the contrasts of the trainable values, summed over samples.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        trainable: Parameter names.
        phases: What was measured.
        weights: Stage weights; None leaves them out.

    Returns:
        Parameter name to array of the parameter's shape, W per unit of the parameter.
    """
    sums: dict[str, Array] = {}
    wanted = set(trainable)
    for array in compiled.circuit.element_arrays:
        for value_name, value in array.values.items():
            if isinstance(value, Parameter) and value.name in wanted:
                contrast = _array_contrast(array, value_name, parameters, phases, compiled)
                if weights is not None:
                    contrast = contrast * weights.of_branches(
                        array.topology, compiled.stages.of_node
                    )
                _collect(sums, value, contrast, parameters[value.name].shape)
    for name in wanted - set(sums):
        sums[name] = np.zeros_like(parameters[name])
    return sums


def _array_contrast(
    array: ElementArray,
    value_name: str,
    parameters: Mapping[str, Array],
    phases: Phases,
    compiled: CompiledCircuit,
) -> Array:
    """Return the contrast of each branch, summed over samples. Shape of the topology."""
    topology = array.topology
    if isinstance(array.law, Ohm) and isinstance(topology, Crossbar):
        moves = compiled.constraints.root[topology.rows].any()
        return crossbar_contrast(topology, phases, rows_move=bool(moves))
    total = np.zeros(int(np.prod(topology.shape)))
    for rows, heads, tails in branch_chunks(array, len(phases.free)):
        values = branch_values(array, parameters, {}, rows)
        head_voltage, head_change = phases.of(rows, heads)
        tail_voltage, tail_change = phases.of(rows, tails)
        drop, moved = head_voltage - tail_voltage, head_change - tail_change
        total += array.law.contrast(value_name, drop, moved, values).sum(axis=0)
    return phases.factor * total.reshape(topology.shape)


def crossbar_contrast(topology: Crossbar, phases: Phases, *, rows_move: bool) -> Array:
    """Return ``(drop_second**2 - drop_first**2)/2`` summed over samples, ``(n_in, n_out)``, V².

    With D the change and m the mean of both phases, the sum over samples of
    ``(D_in - D_out)*(m_in - m_out)`` is two matrix products and two vectors.

    Args:
        topology: The crossbar.
        phases: What was measured.
        rows_move: Some row is not fixed by a source.
    """
    everything = slice(None)
    first_out, moved_out = phases.of(everything, topology.column_selector)
    mean_out = first_out + moved_out / 2
    moved_out = phases.factor * moved_out
    own_out = np.einsum("sj,sj->j", moved_out, mean_out)
    if not rows_move:
        return bordered(phases.free[:, topology.row_selector], -moved_out, own_out)
    first_in, moved_in = phases.of(everything, topology.row_selector)
    mean_in = first_in + moved_in / 2
    moved_in = phases.factor * moved_in
    result = bordered(mean_in, -moved_out, own_out)
    result -= moved_in.T @ mean_out
    result += np.einsum("si,si->i", moved_in, mean_in)[:, None]
    return result


def bordered(left: Array, right: Array, row: Array) -> Array:
    """Return ``left.T @ right + row`` in one product: large results are written once."""
    ones = np.ones((1, left.shape[1]))
    return np.concatenate([left, ones]).T @ np.concatenate([right, row[None]])


def _collect(
    sums: dict[str, Array], value: Parameter, contrast: Array, shape: tuple[int, ...]
) -> None:
    """Add branch contrasts to the parameter that the branches share."""
    if value.index is None and contrast.shape == shape and value.name not in sums:
        sums[value.name] = contrast
        return
    target = sums.setdefault(value.name, np.zeros(shape))
    if value.index is not None:
        np.add.at(target.reshape(-1), value.index, contrast)
    elif target.shape == contrast.shape:
        target += contrast
    else:
        target += contrast.sum()
