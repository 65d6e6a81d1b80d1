"""Sums over a batch of what each device measured locally in two phases.

For a value theta with ``q = integral of dcurrent/dtheta from 0 to the drop`` the contrast is
``q(second phase) - q(first phase)``, computed from the change between the phases so that no
digits are lost when the nudge is small.
"""

from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.branches import branch_chunks, branch_values
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Parameter
from ebana_core.circuit.stages import StageWeights
from ebana_core.laws import Ohm


def contrast_sums(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    trainable: tuple[str, ...],
    voltages: Array,
    change: Array,
    weights: StageWeights | None,
) -> dict[str, Array]:
    """Return the contrasts of the trainable values, summed over samples.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        trainable: Parameter names.
        voltages: First phase. Shape ``(n_samples, n_nodes)``, V.
        change: Second phase minus first. Same shape, V.
        weights: Stage weights; None leaves them out.

    Returns:
        Parameter name to array of the parameter's shape, W per unit of the parameter.
    """
    sums = {name: np.zeros_like(parameters[name]) for name in trainable}
    for array in compiled.circuit.element_arrays:
        for value_name, value in array.values.items():
            if isinstance(value, Parameter) and value.name in sums:
                contrast = _array_contrast(array, value_name, parameters, voltages, change)
                if weights is not None:
                    contrast = contrast * weights.of_branches(
                        array.topology, compiled.stages.of_node
                    )
                _collect(sums[value.name], value, contrast)
    return sums


def _array_contrast(
    array: ElementArray,
    value_name: str,
    parameters: Mapping[str, Array],
    voltages: Array,
    change: Array,
) -> Array:
    """Return the contrast of each branch, summed over samples. Shape of the topology."""
    topology = array.topology
    if isinstance(array.law, Ohm) and isinstance(topology, Crossbar):
        return crossbar_contrast(topology, voltages, change)
    total = np.zeros(int(np.prod(topology.shape)))
    for rows, heads, tails in branch_chunks(array, len(voltages)):
        values = branch_values(array, parameters, {}, rows)
        drop = voltages[rows][:, heads] - voltages[rows][:, tails]
        moved = change[rows][:, heads] - change[rows][:, tails]
        total += array.law.contrast(value_name, drop, moved, values).sum(axis=0)
    return total.reshape(topology.shape)


def crossbar_contrast(topology: Crossbar, voltages: Array, change: Array) -> Array:
    """Return ``(drop_second**2 - drop_first**2)/2`` summed over samples, ``(n_in, n_out)``, V².

    With D the change and m the mean of both phases, the sum over samples of
    ``(D_in - D_out)*(m_in - m_out)`` is two matrix products and two vectors.
    """
    moved_in, moved_out = change[:, topology.rows], change[:, topology.columns]
    mean_in = voltages[:, topology.rows] + moved_in / 2
    mean_out = voltages[:, topology.columns] + moved_out / 2
    result = -(mean_in.T @ moved_out) + np.einsum("sj,sj->j", moved_out, mean_out)
    if moved_in.any():
        result -= moved_in.T @ mean_out
        result += np.einsum("si,si->i", moved_in, mean_in)[:, None]
    return result


def _collect(target: Array, value: Parameter, contrast: Array) -> None:
    """Add branch contrasts to the parameter that the branches share."""
    if value.index is not None:
        np.add.at(target.reshape(-1), value.index, contrast)
    elif target.shape == contrast.shape:
        target += contrast
    else:
        target += contrast.sum()
