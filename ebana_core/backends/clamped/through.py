"""Outputs that are clamped through resistances to a source of each of their nodes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, fixed
from ebana_core.backends.backend import Simulator
from ebana_core.backends.clamped.outputs import missed
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.circuit import GROUND, Circuit, NodeGroup
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import (
    Branches,
    Element,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
    resolve,
)
from ebana_core.circuit.senses import SenseResistors
from ebana_core.errors import CircuitError

CLAMP = "ebana_clamp"
"""Name of the sources that clamp nodes, of the parameter that holds the conductances of their
resistors, S, and of the input that says at which voltages they stand."""

S = TypeVar("S", bound=Simulator)


@final
class Through(Generic[S]):
    """The simulator of a circuit whose outputs end at sources, made when it is first asked for.

    Args:
        compiled: The circuit without these sources.
        compile: Makes a simulator.
        near: Returns points of that simulator from points close to them, right or not, and in
            which rounding alone is known to be left; None: it begins anew.
    """

    def __init__(
        self,
        compiled: CompiledCircuit,
        compile: Callable[[CompiledCircuit], S],
        near: Callable[[S, OperatingPoints], tuple[OperatingPoints, BoolArray]] | None = None,
    ) -> None:
        self._compiled, self._compile, self._near = compiled, compile, near
        self._made: S | None = None
        self._derived: CompiledCircuit | None = None

    def points(
        self, free: OperatingPoints, voltages: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> OperatingPoints:
        """Return points with some nodes of outputs clamped; see `Clamper.points`."""
        senses = self._compiled.circuit.senses
        goal = np.concatenate([voltages[sense.name] for sense in senses], axis=1)
        is_closed = ~np.isnan(goal)
        before = free.free_voltages
        change, injected = np.zeros_like(before), np.zeros_like(goal)
        for rows, own in _alike(is_closed):
            # All samples together need no copies.
            start = free if len(rows) == len(goal) else free.subset(rows)
            found = self._solved(start, goal[rows], own, parameters)
            change[rows] = found.free_voltages[:, : before.shape[1]] - before[rows]
        rows = np.flatnonzero(is_closed.any(axis=1))
        clamped = attrs.evolve(
            free.subset(rows), parameters=parameters, free_voltages=before[rows] + change[rows]
        )
        injected[rows] = self._injected(clamped, goal[rows], is_closed[rows])
        ends = np.cumsum([sense.topology.size for sense in senses])[:-1]
        parts = zip(senses, np.split(injected, ends, axis=1), strict=True)
        return attrs.evolve(
            free,
            parameters=parameters,
            nudge={sense.clamps.name: currents for sense, currents in parts},
            free_voltages=before,
            change=change,
        )

    def _solved(
        self,
        free: OperatingPoints,
        goal: Array,
        is_closed: BoolArray,
        parameters: Mapping[str, Array],
    ) -> OperatingPoints:
        """Return points of the circuit with sources, of samples with the same nodes clamped."""
        simulator, derived = self._simulator()
        conductances = np.where(is_closed, *_conductances(self._compiled.circuit))
        values = fixed({**parameters, CLAMP: conductances})
        own = {**free.inputs, CLAMP: np.where(is_closed, goal, 0.0)}
        at_rest = free.free_voltages
        if self._near is None:
            return simulator.operating_points(values, own)
        start = OperatingPoints(
            compiled=derived,
            parameters=values,
            inputs=own,
            nudge={},
            free_voltages=np.hstack([at_rest, own[CLAMP].astype(at_rest.dtype)]),
        )
        found, is_rounding = self._near(simulator, start)
        others = np.flatnonzero(~is_rounding)
        astray = others[missed(found.subset(others))] if len(others) else others
        if len(astray):
            again = simulator.operating_points(
                values, {name: array[astray] for name, array in own.items()}
            )
            voltages = found.free_voltages.copy()
            voltages[astray] = again.free_voltages
            found = attrs.evolve(found, free_voltages=voltages)
        return found

    def _simulator(self) -> tuple[S, CompiledCircuit]:
        if self._made is None or self._derived is None:
            self._derived = compile_circuit(_ended(self._compiled))
            self._made = self._compile(self._derived)
        return self._made, self._derived

    def _injected(self, clamped: OperatingPoints, goal: Array, is_closed: BoolArray) -> Array:
        """Return what the clamps inject beside what the open resistors would take, A.

        Zero where a node is not clamped. Shape ``(n_samples, n_senses)``.

        Args:
            clamped: Points of the circuit without the sources, clamped.
            goal: What the sources are at, V. Shape ``(n_samples, n_senses)``.
            is_closed: Which of them clamp. Same shape.
        """
        circuit, after = self._compiled.circuit, clamped.free_voltages
        nodes = _nodes(circuit)
        closed, opened = _conductances(circuit)
        currents = (goal - after[:, nodes]) * closed + after[:, nodes] * opened
        currents = np.where(is_closed, currents, 0.0)
        parts = np.split(currents, np.cumsum([s.topology.size for s in circuit.senses])[:-1], 1)
        nudge = {s.clamps.name: own for s, own in zip(circuit.senses, parts, strict=True)}
        left = attrs.evolve(clamped, nudge=nudge, change=None).balance("unknowns").residual
        # The difference of two voltages behind a small resistance keeps few digits: what the
        # other branches at the node leave is known better, where one clamp alone stands there.
        roots = self._compiled.constraints.root[nodes]
        n_there = is_closed.astype(int) @ (roots[:, None] == roots).astype(int)
        alone = is_closed & (n_there == 1)
        scale = self._compiled.scales(clamped.parameters)[nodes]
        return np.asarray(currents + np.where(alone, scale * left[:, roots], 0.0))


def check_clampable(compiled: CompiledCircuit) -> None:
    """Refuse outputs that cannot be clamped through a resistance.

    Raises:
        CircuitError: Names an output whose node a source fixes, or that has no sense resistance.
    """
    sensed = {sense.layer for sense in compiled.circuit.senses}
    for output in compiled.circuit.outputs:
        if output.layer not in sensed:
            raise CircuitError(
                f"Output {output.name!r} has no sense resistance to be clamped through.",
                "read it by a SenseLayer",
            )
    for sense in compiled.circuit.senses:
        fixed_nodes = sense.topology.heads[
            compiled.constraints.root[sense.topology.heads] == GROUND
        ]
        if len(fixed_nodes):
            raise CircuitError(
                f"Output {sense.layer!r} reads node {compiled.circuit.node_names[fixed_nodes[0]]!r}"
                ", which a source holds: a clamp would change nothing there.",
                "read a node that the circuit sets",
            )


def _alike(is_closed: BoolArray) -> Iterator[tuple[IntArray, BoolArray]]:
    """Yield the samples that clamp the same nodes, and these; none of those that clamp none."""
    kinds, kind_of = np.unique(is_closed, axis=0, return_inverse=True)
    for number, own in enumerate(kinds):
        if own.any():
            yield np.flatnonzero(kind_of.ravel() == number), own


def _nodes(circuit: Circuit) -> IntArray:
    return np.concatenate([sense.topology.heads for sense in circuit.senses])


def _conductances(circuit: Circuit) -> tuple[Array, Array]:
    """Return what the resistors have while closed, and while open. Shape ``(n_nodes,)``, S."""
    closed, opened = [], []
    for sense in circuit.senses:
        closed.append(np.full(sense.topology.size, 1 / sense.clamp_resistance))
        own = resolve(sense.values["conductance"], {}, {})
        opened.append(np.broadcast_to(own, sense.topology.shape))
    return np.concatenate(closed), np.concatenate(opened)


def _ended(compiled: CompiledCircuit) -> Circuit:
    """Return the circuit with the sense resistors leading to sources instead of ground."""
    circuit = compiled.circuit
    nodes = _nodes(circuit)
    group = NodeGroup(CLAMP, "source", (len(nodes),), circuit.n_nodes)
    resistors = ElementArray(
        name=f"{CLAMP}__r",
        layer=CLAMP,
        topology=Branches(nodes, group.nodes),
        law=circuit.senses[0].law,
        values={"conductance": Parameter(CLAMP)},
    )
    sources = VoltageSources(
        name=CLAMP,
        layer=CLAMP,
        heads=group.nodes,
        tails=np.full(len(nodes), GROUND),
        voltage=Input(CLAMP),
    )
    kept: list[Element] = [e for e in circuit.elements if not isinstance(e, SenseResistors)]
    return attrs.evolve(
        circuit, groups=(*circuit.groups, group), elements=(*kept, resistors, sources)
    )
