"""Transient analysis by the solver of operating points: capacitors as their companions.

A capacitor becomes a conductance to a source of the voltage that it remembers. All samples take
every step together, in the two stages of TR-BDF2: second order, and quiet where a step is long.

Source:
    Bank et al. 1985, IEEE Trans. CAD 4(4), 436; Hosea and Shampine 1996, Appl. Numer. Math. 20, 21.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.companions import (
    CompanionSolver,
    NotHeldError,
    with_companions,
)
from ebana_core.backends.native.planned import PlannedSimulator
from ebana_core.backends.native.precision import tell_of
from ebana_core.backends.trajectory import TimedPhase, Trajectory, require_motion, times_of
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import ElementArray, TerminalDevices
from ebana_core.errors import UnsupportedError

HOLD = 1e3
"""Conductance of the companions at a switch, over that of a first step: so large that capacitors
keep their voltages."""
SQRT_HALF = np.sqrt(0.5)
FIRST = 2 - np.sqrt(2)
"""Length of a step's first stage over that of the step, chosen so that the companions of both
stages have the same conductance."""


def trajectory(
    make: Callable[[CompiledCircuit, str], PlannedSimulator],
    dtype: str,
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    capacitances: Array,
    phases: Sequence[TimedPhase],
) -> Trajectory:
    """Return node voltages in time, from discharged capacitors; see `Backend.trajectory`.

    Raises:
        UnsupportedError: A device or a block stores energy by itself.
    """
    require_motion(compiled)
    _require_no_charge(compiled)
    try:
        return _trajectory(make, dtype, compiled, parameters, inputs, capacitances, phases)
    except NotHeldError as error:
        tell_of(error.problem)
    return _trajectory(make, "float64", compiled, parameters, inputs, capacitances, phases)


def _trajectory(
    make: Callable[[CompiledCircuit, str], PlannedSimulator],
    dtype: str,
    compiled: CompiledCircuit,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    capacitances: Array,
    phases: Sequence[TimedPhase],
) -> Trajectory:
    nodes = np.flatnonzero(capacitances)
    simulator = make(compile_circuit(with_companions(compiled.circuit, nodes)), dtype)
    n_samples, n_nodes = len(next(iter(inputs.values()))), compiled.circuit.n_nodes
    parts = times_of(phases)
    n_times = sum(map(len, parts))
    voltages = np.empty((n_times, n_samples, n_nodes), dtype=dtype)
    held = compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))[:, nodes]
    solver = CompanionSolver(simulator, parameters, inputs, nodes)
    place = 0
    for phase, times in zip(phases, parts, strict=True):
        solver.nudge = phase.nudge
        for solved in _phase(solver, capacitances[nodes], held, np.diff(times)):
            voltages[place] = solved[:, :n_nodes]
            place += 1
        held = solver.at_capacitors
    return Trajectory(np.concatenate(parts), voltages)


def _phase(
    solver: CompanionSolver, capacitances: Array, held: Array, steps: Array
) -> Iterator[Array]:
    """Yield the voltages of all nodes just after a switch, then after every step.

    The first step, before which currents jumped, is backward Euler's.
    """
    euler = capacitances / steps[0]
    # Capacitors so large that they hold their voltages: what is solved is the jump of all other
    # nodes.
    yield solver.solved(HOLD * euler, held)
    before = solver.at_capacitors
    yield solver.solved(euler, before)
    current = euler * (solver.at_capacitors - before)
    for step in steps[1:]:
        before = solver.at_capacitors
        # First stage, trapezoidal: the current that flowed before counts like a source.
        conductance = 2 / FIRST * capacitances / step
        solver.solved(conductance, before + current / conductance)
        middle = solver.at_capacitors
        # Second stage, BDF2, from two points before. `FIRST` makes its conductance that of the
        # first stage, so that the circuit is reduced once a step.
        remembered = middle + (SQRT_HALF - 0.5) * (middle - before)
        yield solver.solved(conductance, remembered)
        current = conductance * (solver.at_capacitors - remembered)


def _require_no_charge(compiled: CompiledCircuit) -> None:
    circuit = compiled.circuit
    devices: list[ElementArray | TerminalDevices] = [
        *circuit.element_arrays,
        *circuit.terminal_devices,
    ]
    for device in devices:
        if device.law.stores:
            raise UnsupportedError(
                f"Layer {device.layer!r} holds {device.law.stores!r}, which native knows at DC "
                "only.",
                'use backend="ngspice" for its transients',
            )
