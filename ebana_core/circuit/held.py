"""What the elements that hold nodes carry: sources, amplifiers and ideal diodes.

Kirchhoff's current law gives it: what leaves a held node into the branches at it, and into the
nodes that follow it, is what its element delivers.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, precision_of
from ebana_core.circuit.branches import branch_chunks, branch_values, scatter
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.constraints import Tie, gain_of
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Crossbar,
    Element,
    ElementArray,
    VoltageSources,
    resolve,
)
from ebana_core.circuit.stages import StageWeights
from ebana_core.laws import Ohm

Sums = Mapping[Element, Array]
"""Element to one number per sample and device, ``(n_samples, n_devices)``."""


def at_bound(
    compiled: CompiledCircuit, parameters: Mapping[str, Array], voltages: Array
) -> dict[Clamps, BoolArray]:
    """Return which ideal diodes hold their node at the bound, ``(n_samples, n_diodes)``."""
    held = {}
    for clamps in compiled.circuit.clamps:
        own = voltages[:, clamps.nodes]
        reach = precision_of(own).at_bound * np.maximum(np.abs(own), 1.0)
        held[clamps] = np.abs(own - resolve(clamps.bound, parameters, {})) <= reach
    return held


def delivered(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    leaving: Array,
    holding: Mapping[Clamps, BoolArray],
    *,
    is_weighted: bool = True,
) -> Sums:
    """Return what held nodes' elements deliver, from what leaves each node into branches.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        leaving: What leaves each node, less what is injected. Shape ``(n_samples, n_nodes)``.
        holding: Which ideal diodes hold; of several that hold one node alike, the first counts.
        is_weighted: `leaving` carries stage weights, so that an amplifier hands its gain times
            what leaves its output back to its input; else a current, which it divides.

    Returns:
        Of sources what leaves at the head, of amplifiers at the output, of ideal diodes into
        the node.
    """
    ties, scale = compiled.constraints.ties, compiled.scales(parameters)
    total = leaving.copy()
    result: dict[Element, Array] = {}
    if compiled.circuit.clamps:
        rest = leaving.copy()
        for tie in reversed(ties):
            scatter(rest, tie.parents, _handed_back(tie, rest, parameters, is_weighted))
        for clamps, holds in holding.items():
            result[clamps] = share = np.zeros(holds.shape)
            roots = compiled.constraints.root[clamps.nodes]
            for k, (node, root) in enumerate(zip(clamps.nodes, roots, strict=True)):
                factor = 1 / scale[node] if is_weighted else scale[node]
                share[:, k] = np.where(holds[:, k], rest[:, root] * factor, 0.0)
                rest[:, root] = np.where(holds[:, k], 0.0, rest[:, root])
            scatter(total, clamps.nodes, -share)
    for tie in reversed(ties):
        scatter(total, tie.parents, _handed_back(tie, total, parameters, is_weighted))
    for tie in ties:
        own = result.setdefault(tie.element, np.zeros((len(total), _n_devices(tie.element))))
        own[:, tie.positions] = tie.sign * total[:, tie.children]
    return result


def _handed_back(
    tie: Tie, leaving: Array, parameters: Mapping[str, Array], is_weighted: bool
) -> Array:
    gain = gain_of(tie, parameters)
    return leaving[:, tie.children] * (gain if is_weighted else 1 / gain)


def _n_devices(element: VoltageSources | Amplifiers) -> int:
    return len(element.heads if isinstance(element, VoltageSources) else element.outputs)


@attrs.frozen(eq=False)
class Leaving:
    """What leaves every node into branches, less what is injected.

    Args:
        first: In the first phase. Shape ``(n_samples, n_nodes)``, A times the stage weight.
        change: Second phase minus first. Same shape.
    """

    first: Array
    change: Array


def leaving_nodes(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    first: Array,
    moved: Array,
    injected: tuple[Mapping[str, Array], Mapping[str, Array]],
    weights: StageWeights | None,
) -> Leaving:
    """Return the sums of branch currents at the nodes in two phases, without cancellation.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        first: Node voltages of the first phase. Shape ``(n_samples, n_nodes)``, V.
        moved: Second phase minus first. Same shape.
        injected: Nudges of the first and of the second phase.
        weights: Stage weights; None: currents as they are.
    """
    result = Leaving(np.zeros(first.shape), np.zeros(first.shape))
    for array in compiled.circuit.element_arrays:
        factor = (
            1.0 if weights is None else weights.of_branches(array.topology, compiled.stages.of_node)
        )
        if isinstance(array.law, Ohm) and isinstance(array.topology, Crossbar):
            given = resolve(array.values["conductance"], parameters, {})
            g = np.broadcast_to(given, array.topology.shape) * factor
            for target, voltages in ((result.first, first), (result.change, moved)):
                _add_crossbar(target, array.topology, g, voltages)
        else:
            flat = factor if weights is None else np.reshape(factor, -1)
            _add_branches(result, array, parameters, first, moved, flat)
    for ports in compiled.circuit.ports:
        nodes = ports.nodes
        values = {name: resolve(value, parameters, {}) for name, value in ports.values.items()}
        factor = 1.0 if weights is None else weights.of_node[nodes[:, -1:]]
        for target, current in (
            (result.first, ports.law.at(first[:, nodes], values).currents),
            (result.change, ports.law.change(first[:, nodes], moved[:, nodes], values)[0]),
        ):
            scatter(target, nodes.ravel(), (factor * current).reshape(len(first), -1))
    before, after = injected
    for output in compiled.circuit.outputs:
        for nodes, sign in ((output.heads, -1.0), (output.tails, 1.0)):
            weighted = sign * (1.0 if weights is None else weights.of_node[nodes])
            start = before.get(output.name)
            end = after.get(output.name)
            if start is not None:
                scatter(result.first, nodes, weighted * start)
                scatter(result.change, nodes, -weighted * start)
            if end is not None:
                scatter(result.change, nodes, weighted * end)
    return result


def _add_crossbar(target: Array, topology: Crossbar, g: Array, voltages: Array) -> None:
    rows, columns = (voltages[:, nodes] for nodes in (topology.rows, topology.columns))
    scatter(target, topology.rows, rows * g.sum(axis=1) - columns @ g.T)
    scatter(target, topology.columns, columns * g.sum(axis=0) - rows @ g)


def _add_branches(
    result: Leaving,
    array: ElementArray,
    parameters: Mapping[str, Array],
    first: Array,
    moved: Array,
    factor: Array | float,
) -> None:
    for part, heads, tails in branch_chunks(array, len(first)):
        values = branch_values(array, parameters, {}, part)
        drop, change = (v[part][:, heads] - v[part][:, tails] for v in (first, moved))
        for target, current in (
            (result.first, array.law.current(drop, values)),
            (result.change, array.law.current_change(drop, change, values)),
        ):
            scatter(target[part], heads, factor * current)
            scatter(target[part], tails, -factor * current)
