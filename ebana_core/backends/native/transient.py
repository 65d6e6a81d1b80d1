"""Transient analysis by the solver of operating points: capacitors as their companions.

A step of the second-order backward differentiation formula is an operating point with a
conductance ``3C/(2h)`` from each node to a source of ``(4*v[n-1] - v[n-2])/3``; the first step of a
phase, where currents jump, is backward Euler's. All samples take it together.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit import (
    GROUND,
    Branches,
    Circuit,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.circuit import NodeGroup
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import UnsupportedError
from ebana_core.laws import Ohm

if TYPE_CHECKING:
    from ebana_core.backends.native.simulator import NativeBackend

MEMORY = "ebana_memory"
"""Name of the sources that hold what capacitors remember, and of their conductances."""


def with_companions(circuit: Circuit, nodes: IntArray) -> Circuit:
    """Return a circuit with a conductance from each node to a source of its own."""
    first = circuit.n_nodes
    held = np.arange(first, first + len(nodes))
    sources = VoltageSources(
        name=MEMORY, layer=MEMORY, heads=held, tails=[GROUND] * len(nodes), voltage=Input(MEMORY)
    )
    companions = ElementArray(
        name=f"{MEMORY}_companion",
        layer=MEMORY,
        topology=Branches(nodes, held),
        law=Ohm(),
        values={"conductance": Parameter(MEMORY)},
    )
    return attrs.evolve(
        circuit,
        groups=(*circuit.groups, NodeGroup(MEMORY, "held", (len(nodes),), first)),
        elements=(*circuit.elements, sources, companions),
    )


def trajectory(
    backend: "NativeBackend",
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    capacitances: Array,
    phases: Sequence[TimedPhase],
) -> Trajectory:
    """Return node voltages in time, from discharged capacitors; see `Backend.trajectory`.

    Raises:
        UnsupportedError: A block holds capacitors or inductors of its own.
    """
    for ports in compiled.circuit.ports:
        if ports.law.stores:
            raise UnsupportedError(
                f"Layer {ports.layer!r} holds {ports.law.stores!r}, which native knows at DC only.",
                'use backend="ngspice" for its transients',
            )
    nodes = np.flatnonzero(capacitances)
    augmented = compile_circuit(with_companions(compiled.circuit, nodes))
    simulator = backend.compile(augmented)
    n_samples, n_nodes = len(next(iter(inputs.values()))), compiled.circuit.n_nodes
    voltages = [compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))]
    times = [0.0]
    for phase in phases:
        step = phase.duration / phase.n_steps
        euler = capacitances[nodes] / step
        conductance = 1.5 * euler  # one array for all steps: the circuit is reduced once
        begun, old = times[-1], voltages[-1][:, nodes]
        older: Array | None = None
        for n in range(1, phase.n_steps + 1):
            remembered = old if older is None else (4 * old - older) / 3
            points = simulator.operating_points(
                {**parameters, MEMORY: euler if older is None else conductance},
                {**inputs, MEMORY: remembered},
                phase.nudge or None,
            )
            voltages.append(points.node_voltages[:, :n_nodes])
            times.append(begun + n * step)
            older, old = old, voltages[-1][:, nodes]
    return Trajectory(np.array(times), np.stack(voltages))
