"""Transient analysis: how a network settles, how long that takes, what energy."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.analysis.transient.checks import (
    checked_capacitances,
    checked_positive,
    checked_switch,
    require_transient,
)
from ebana_core.analysis.transient.energy import (
    power_in_time,
    switched,
    uncounted_charge,
)
from ebana_core.analysis.transient.result import Transient
from ebana_core.backends.trajectory import TimedPhase
from ebana_core.checking import checked_whole
from ebana_core.execution.backend_choice import find_backend
from ebana_core.execution.simulated import BackendChoice, SimulatedNetwork
from ebana_core.network.checks import checked_input_arrays

if TYPE_CHECKING:
    pass


def transient(
    simulated: SimulatedNetwork,
    inputs: Mapping[str, Any],
    *,
    capacitance: float | Mapping[str, float],
    duration: float,
    nudge: Mapping[str, Any] | None = None,
    n_steps: int = 200,
    backend: BackendChoice = "native",
) -> Transient:
    """Let the circuit settle in time: inputs switched on at 0 s, then the nudge.

    Args:
        simulated: The network on simulators.
        inputs: Input layer to ``(n_samples, units)``, V.
        capacitance: From every node that a layer presents to ground, F, discharged at 0 s;
            or layer name to that of the nodes which the layer creates.
        duration: Of each phase, s.
        nudge: Output to the current injected into its first node, ``(n_samples,
            n_predictions)``, A, from `duration` to twice that; None: the free phase alone.
        n_steps: Steps of time in a phase, short at its begin and long at its end.
        backend: See `operating_points`.

    Raises:
        ParameterError: A capacitance, the duration or the number of steps is not above zero,
            or a capacitance is for a layer without nodes that can move.
        UnknownNameError: `capacitance` names a layer that the model lacks.
        DataError: `inputs` or `nudge` are not finite numbers of the right shape.
        UnsupportedError: native: a device or a block stores charge by itself.
        NotEnoughMemoryError: The result does not fit; says how many samples do.
        ConvergenceError: The backend finds no next point.
    """
    network, compiled = simulated.network, simulated.network.compiled
    seconds = checked_positive(duration, "duration", "s")
    steps = checked_whole(n_steps, "n_steps")
    capacitances = checked_capacitances(network, capacitance)
    samples = checked_input_arrays(network, inputs)
    n = len(next(iter(samples.values())))
    injected = None if nudge is None else checked_switch(network, nudge, n)
    values, simulator = simulated.values.readings(), simulated.simulator(backend)
    phases = [TimedPhase(seconds, steps, {})]
    phases += [] if injected is None else [TimedPhase(seconds, steps, injected)]
    require_transient(compiled, simulator, values, n, len(phases) * (steps + 1))
    free = simulator.operating_points(values, samples)
    settled = [free]
    if injected is not None:
        settled.append(simulator.operating_points(values, samples, injected, free))
    found = find_backend(backend).trajectory(compiled, values, samples, capacitances, phases)
    shown = compiled.circuit.visible_nodes
    return Transient(
        found.times,
        found.voltages[..., shown],
        free.node_names,
        seconds,
        tuple(settled),
        power_in_time(found, free),
        np.einsum("n,tsn,tsn->ts", capacitances, found.voltages, found.voltages) / 2,
        *switched(found, free, capacitances, len(phases)),
        uncounted_charge(compiled),
    )
