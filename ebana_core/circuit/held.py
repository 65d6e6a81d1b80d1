"""Currents of the elements that hold nodes: sources, amplifiers and ideal diodes.

They follow from Kirchhoff's current law: an element delivers what leaves the held node into the
branches at it and into the nodes that follow it.
"""

from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array, BoolArray, precision_of
from ebana_core.circuit.branches import scatter
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Element,
    VoltageSources,
    resolve,
)

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
    """Return what the elements that hold nodes deliver.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        leaving: What leaves each node, less what is injected. Shape ``(n_samples, n_nodes)``.
        holding: Which ideal diodes hold; of several that hold one node alike, the first counts.
        is_weighted: `leaving` carries stage weights; see `Constraints.hand_back`.

    Returns:
        Of sources what leaves at the head, of amplifiers at the output, of ideal diodes into
        the node.
    """
    constraints, scale = compiled.constraints, compiled.scales(parameters)
    total = leaving.copy()
    result: dict[Element, Array] = {}
    if compiled.circuit.clamps:
        rest = leaving.copy()
        constraints.hand_back(rest, parameters, is_weighted=is_weighted)
        for clamps, holds in holding.items():
            result[clamps] = share = np.zeros(holds.shape)
            roots = constraints.root[clamps.nodes]
            for k, (node, root) in enumerate(zip(clamps.nodes, roots, strict=True)):
                # `rest` stands at the root. On the way to the node, weighted amounts shrink by the
                # scale by which voltages grow, and currents the other way round.
                factor = 1 / scale[node] if is_weighted else scale[node]
                share[:, k] = np.where(holds[:, k], rest[:, root] * factor, 0.0)
                rest[:, root] = np.where(holds[:, k], 0.0, rest[:, root])
            # What a diode carries no longer flows on to the source that its node follows.
            scatter(total, clamps.nodes, -share)
    constraints.hand_back(total, parameters, is_weighted=is_weighted)
    for tie in constraints.ties:
        own = result.setdefault(tie.element, np.zeros((len(total), _n_devices(tie.element))))
        own[:, tie.positions] = tie.sign * total[:, tie.children]
    return result


def _n_devices(element: VoltageSources | Amplifiers) -> int:
    return len(element.heads if isinstance(element, VoltageSources) else element.outputs)
