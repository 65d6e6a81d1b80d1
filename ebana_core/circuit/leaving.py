"""What leaves the nodes of a circuit into its devices: the one place where this is summed.

Solved voltages, changes between two phases and the multipliers of an adjoint are summed alike;
they differ in what they ask of a law, which a `Response` says.
"""

from collections.abc import Mapping
from typing import Protocol

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.branches import branch_chunks, branch_values, crossbar_sides, scatter
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, TerminalDevices, resolve, resolved
from ebana_core.circuit.stages import StageWeights
from ebana_core.circuit.terminals import terminal_chunks


class Response(Protocol):
    """The response of devices to numbers at the nodes: of currents to voltages, for example."""

    @property
    def at_nodes(self) -> Array:
        """Numbers that ohmic branches multiply by conductances. ``(n_samples, n_nodes)``."""
        ...

    def of_branches(
        self, array: ElementArray, samples: slice, heads: IntArray, tails: IntArray
    ) -> Array:
        """Return what enters the heads of branches. Shape ``(n_samples, n_branches)``."""
        ...

    def of_terminals(self, devices: TerminalDevices) -> Array:
        """Return what enters the terminals. ``(n_samples, n_devices, n_terminals)``."""
        ...


@attrs.frozen(eq=False)
class Currents:
    """The currents that voltages drive, A.

    Args:
        voltages: Shape ``(n_samples, n_nodes)``, V.
        parameters: Parameter name to array.
        inputs: Input name to ``(n_samples, n_elements)``, V.
    """

    voltages: Array
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]

    @property
    def at_nodes(self) -> Array:
        return self.voltages

    def of_branches(
        self, array: ElementArray, samples: slice, heads: IntArray, tails: IntArray
    ) -> Array:
        values = branch_values(array, self.parameters, self.inputs, samples)
        return array.law.current(drops(self.voltages, samples, heads, tails), values)

    def of_terminals(self, devices: TerminalDevices) -> Array:
        law, values = devices.law, resolved(devices.values, self.parameters)
        found = np.empty((len(self.voltages), *devices.nodes.shape))
        for part in terminal_chunks(devices, len(found)):
            found[part] = law.at(self.voltages[part][:, devices.nodes], values).currents
        return found


@attrs.frozen(eq=False)
class CurrentChanges:
    """Changes of currents with the voltages, without cancellation, A.

    Args:
        voltages: Before the change. Shape ``(n_samples, n_nodes)``, V.
        change: Of the voltages. Same shape.
        parameters: Parameter name to array.
        inputs: Input name to ``(n_samples, n_elements)``, V.
    """

    voltages: Array
    change: Array
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]

    @property
    def at_nodes(self) -> Array:
        return self.change

    def of_branches(
        self, array: ElementArray, samples: slice, heads: IntArray, tails: IntArray
    ) -> Array:
        values = branch_values(array, self.parameters, self.inputs, samples)
        before = drops(self.voltages, samples, heads, tails)
        return array.law.current_change(before, drops(self.change, samples, heads, tails), values)

    def of_terminals(self, devices: TerminalDevices) -> Array:
        law, values = devices.law, resolved(devices.values, self.parameters)
        found = np.empty((len(self.voltages), *devices.nodes.shape))
        for part in terminal_chunks(devices, len(found)):
            before, moved = (own[part][:, devices.nodes] for own in (self.voltages, self.change))
            found[part] = law.change(before, moved, values)[0]
        return found


def drops(at_nodes: Array, samples: slice, heads: IntArray, tails: IntArray) -> Array:
    """Return the differences between heads and tails. Shape ``(n_samples, n_branches)``."""
    return at_nodes[samples][:, heads] - at_nodes[samples][:, tails]


def sum_leaving(
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    response: Response,
    *,
    weights: StageWeights | None = None,
    branch_by_branch: bool = False,
) -> Array:
    """Return what leaves every node into devices. Shape ``(n_samples, n_nodes)``.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
        response: What devices answer.
        weights: Stage weights that multiply it; None: as it is.
        branch_by_branch: Look at every branch of ohmic crossbars too, where matrix products
            would be faster: what a branch takes from one node it then gives to the other to
            the last digit.
    """
    total = np.zeros(response.at_nodes.shape)
    for array in compiled.circuit.element_arrays:
        topology = array.topology
        factor: Array | float = 1.0
        if weights is not None:
            # A branch lies in one stage, so that its weight may multiply its conductance.
            factor = weights.of_branches(topology, compiled.stages.of_node)
        if array.is_ohmic and isinstance(topology, Crossbar) and not branch_by_branch:
            given = resolve(array.values["conductance"], parameters, {})
            conductance = np.broadcast_to(given, topology.shape) * factor
            for ends, others, own, matrix in crossbar_sides(topology, conductance):
                at_ends, at_others = (response.at_nodes[:, nodes] for nodes in (ends, others))
                scatter(total, ends, at_ends * own - at_others @ matrix)
            continue
        flat = factor if weights is None else np.reshape(factor, -1)
        for samples, heads, tails in branch_chunks(array, len(total)):
            amounts = flat * response.of_branches(array, samples, heads, tails)
            scatter(total[samples], heads, amounts)
            scatter(total[samples], tails, -amounts)
    for devices in compiled.circuit.terminal_devices:
        shared = 1.0 if weights is None else weights.of_node[devices.nodes[:, -1:]]
        amounts = shared * response.of_terminals(devices)
        scatter(total, devices.nodes.ravel(), amounts.reshape(len(total), -1))
    return total


def add_injected(
    total: Array,
    compiled: CompiledCircuit,
    injected: Mapping[str, Array],
    *,
    weights: StageWeights | None = None,
    sign: float = 1.0,
) -> None:
    """Take off what a nudge injects into the nodes of outputs: it leaves them backwards.

    Args:
        total: What leaves every node. Shape ``(n_samples, n_nodes)``; changed in place.
        compiled: The circuit.
        injected: Output name to the current into its heads, A.
        weights: Stage weights; None: leave them out.
        sign: 1, or -1 for a nudge that ends.
    """
    for output in compiled.circuit.injections:
        current = injected.get(output.name)
        if current is None:
            continue
        for nodes, direction in ((output.heads, -sign), (output.tails, sign)):
            weighted = direction * (1.0 if weights is None else weights.of_node[nodes])
            scatter(total, nodes, weighted * current)
