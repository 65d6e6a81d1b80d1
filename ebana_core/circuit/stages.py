"""Stages and their weights: how a gradient shrinks on its way back through amplifiers.

A stage is a set of nodes joined by branches and floating sources; nodes that sources fix
separate stages. Across an amplifier of gain A the weights obey ``W_in = A**2 * W_out``, and
W = 1 at the outputs.
"""

from collections import deque
from collections.abc import Callable, Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.constraints import Constraints
from ebana_core.circuit.elements import Branches, Crossbar, ElementArray, resolve
from ebana_core.circuit.graph import components
from ebana_core.errors import ReciprocityError

WEIGHT_TOLERANCE = 1e-9
"""Relative difference above which two weights of a stage disagree."""


@attrs.frozen(eq=False)
class Stages:
    """The stages of a circuit.

    Args:
        circuit: The circuit.
        of_node: Stage number of every node; -1 where sources fix it. Shape ``(n_nodes,)``.
        n_stages: How many.
    """

    circuit: Circuit
    of_node: IntArray
    n_stages: int

    def weights(self, parameters: Mapping[str, Array]) -> "StageWeights":
        """Return the weight of every node at the present gains."""
        edges: list[list[tuple[int, float, str]]] = [[] for _ in range(self.n_stages)]
        for amplifier in self.circuit.amplifiers:
            gain = np.broadcast_to(resolve(amplifier.gain, parameters, {}), amplifier.inputs.shape)
            for place, (source, drain) in enumerate(
                zip(self.of_node[amplifier.inputs], self.of_node[amplifier.outputs], strict=True)
            ):
                if source >= 0 and drain >= 0:
                    factor = float(gain[place]) ** 2
                    name = f"{amplifier.layer}[{place}] (gain {float(gain[place]):g})"
                    # Towards the input weights grow by the square of the gain, and shrink on the
                    # way back.
                    edges[drain].append((int(source), factor, name))
                    edges[source].append((int(drain), 1 / factor, name))
        weights, conflict = self._spread(edges)
        for devices in self.circuit.terminal_devices:
            if devices.law.active:
                conflict = conflict or (
                    f"layer {devices.layer!r} holds {devices.law.active!r}, which acts one way",
                )
        # Nodes that sources fix have the stage -1, and find this number at the end.
        padded = np.append(weights, 1.0)
        return StageWeights(padded[self.of_node], conflict)

    def _spread(
        self, edges: list[list[tuple[int, float, str]]]
    ) -> tuple[Array, tuple[str, ...] | None]:
        weights = np.full(self.n_stages, np.nan)
        # Outputs weigh 1. Stages without a route to an output start from 1 on their own: no
        # gradient passes there.
        starts = [
            int(stage)
            for output in self.circuit.outputs
            for stage in self.of_node[output.heads]
            if stage >= 0
        ]
        conflict = None
        for start in [*starts, *range(self.n_stages)]:
            if not np.isnan(weights[start]):
                continue
            weights[start] = 1.0
            queue = deque([start])
            while queue:
                stage = queue.popleft()
                for other, factor, name in edges[stage]:
                    weight = weights[stage] * factor
                    if np.isnan(weights[other]):
                        weights[other] = weight
                        queue.append(other)
                    # Where two routes disagree no energy exists; the first such pair is named.
                    elif abs(weights[other] - weight) > WEIGHT_TOLERANCE * weight:
                        conflict = conflict or self._route(name, stage, other, weight, weights)
        return weights, conflict

    def _route(
        self, amplifier: str, stage: int, other: int, weight: float, weights: Array
    ) -> tuple[str, ...]:
        """Name the amplifier and the layers that give one stage two weights."""
        layers = sorted(
            {
                array.layer
                for array in self.circuit.element_arrays
                if array.law.always_conducts
                and np.isin(self._stages_of(array), [stage, other]).any()
            }
        )
        return (
            f"the stage of {layers} would weigh {weight:g} through amplifier {amplifier} "
            f"and {float(weights[other]):g} by another route",
        )

    def _stages_of(self, array: ElementArray) -> IntArray:
        topology = array.topology
        if isinstance(topology, Crossbar):
            return self.of_node[np.concatenate([topology.rows, topology.columns])]
        return self.of_node[np.concatenate([topology.heads, topology.tails])]


@attrs.frozen(eq=False)
class StageWeights:
    """The weights at the present gains.

    Args:
        of_node: Weight of each node's stage; 1 at fixed nodes. Shape ``(n_nodes,)``.
        conflict: The route that gives one stage two weights; None in a reciprocal circuit.
    """

    of_node: Array
    conflict: tuple[str, ...] | None

    def of_branches(self, topology: Branches | Crossbar, of_stage: IntArray) -> Array:
        """Return the weight of each branch: that of its end which no source fixes."""
        if isinstance(topology, Crossbar):
            heads, tails = topology.rows[:, None], topology.columns[None, :]
        else:
            heads, tails = topology.heads, topology.tails
        return np.where(of_stage[tails] >= 0, self.of_node[tails], self.of_node[heads])

    def require_reciprocal(self) -> None:
        """Raise where the circuit has no energy.

        Raises:
            ReciprocityError: Two routes give one stage two weights.
        """
        if self.conflict:
            raise ReciprocityError(
                f"The circuit is not reciprocal: {self.conflict[0]}.",
                'use gradient="local", or make the gains agree or remove the skip connection',
            )


def find_stages(circuit: Circuit, constraints: Constraints) -> Stages:
    """Group the nodes of a circuit into stages."""
    free = constraints.root != GROUND
    heads: list[IntArray] = []
    tails: list[IntArray] = []

    def join(first: IntArray, second: IntArray) -> None:
        # What sources fix separates stages: neither side feels what the other does.
        both = free[first] & free[second]
        heads.append(first[both])
        tails.append(second[both])

    for element in circuit.elements:
        if isinstance(element, ElementArray):
            topology = element.topology
            if isinstance(topology, Branches):
                join(topology.heads, topology.tails)
            else:
                _join_crossbar(topology, free, join)
    for devices in circuit.terminal_devices:
        for k in range(1, devices.nodes.shape[1]):
            join(devices.nodes[:, 0], devices.nodes[:, k])
        for k in range(1, devices.nodes.shape[1]):  # where the first ones are fixed
            join(devices.nodes[:, -1], devices.nodes[:, k - 1])
    for source in circuit.voltage_sources:
        join(source.heads, source.tails)
    of_node = components(circuit.n_nodes, heads, tails)
    stage = np.full(circuit.n_nodes, -1, dtype=np.intp)
    _, stage[free] = np.unique(of_node[free], return_inverse=True)
    return Stages(circuit, stage, int(stage.max(initial=-1)) + 1)


def _join_crossbar(
    topology: Crossbar, free: np.ndarray, join: Callable[[IntArray, IntArray], None]
) -> None:
    rows, columns = topology.rows[free[topology.rows]], topology.columns[free[topology.columns]]
    if len(rows) and len(columns):
        # One node of either side joined to all of the other connects what all branches do.
        join(rows, np.full(len(rows), columns[0]))
        join(np.full(len(columns), rows[0]), columns)
