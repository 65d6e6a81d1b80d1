"""Displaced phases: points that hold their change, and nudges both ways solved in one go."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, namespace
from ebana_core.backends.finishing import finished_change
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.phase_solver import PhaseSolver
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints


def displaced(
    reduced: ReducedCircuit, start: OperatingPoints, nudge: Mapping[str, Array], change: Array
) -> OperatingPoints:
    """Return the points that a nudge displaces.

    Args:
        reduced: The circuit.
        start: The free phase.
        nudge: Output name to the current injected into its heads, A.
        change: By how much nodes move. Shape ``(n_samples, n_nodes)``, V.
    """
    points = OperatingPoints(
        compiled=start.compiled,
        parameters=start.parameters,
        inputs=start.inputs,
        nudge=nudge,
        free_voltages=start.solved_free,
        change=change,
        stability=start.stability,
    )
    return points if reduced.is_held else finished_change(points)


def both_ways(
    reduced: ReducedCircuit,
    start: OperatingPoints,
    nudge: Mapping[str, Array],
    max_iterations: int,
) -> tuple[OperatingPoints, OperatingPoints] | None:
    """Return the points under a nudge and under its opposite.

    Args:
        reduced: The circuit.
        start: The free phase.
        nudge: Output name to the current injected into its heads, A.
        max_iterations: Newton iterations after which a sample counts as failed.

    Returns:
        None where something else solves the phase, or has to solve a sample.
    """
    steps, layered = reduced.compiled_steps, reduced.layered
    if steps is None and layered is None:
        return None
    plan, n_samples = reduced.plan, start.n_samples
    injected = plan.library.take(reduced.injected(nudge, n_samples))
    rest = reduced.nudged_phase(start, namespace(injected).zeros_like(injected))
    solver = reduced.phase_solver(rest, n_samples)
    x: Array | None = None
    if steps is not None and solver is steps:
        x = _in_one_call(steps, rest, injected, max_iterations)
    elif layered is not None and solver is layered:
        x = _mirrored(layered, rest, injected, max_iterations)
    if x is None:
        return None

    nodes = plan.library.zeros((2 * n_samples, plan.compiled.circuit.n_nodes))
    change = plan.spread(x, reduced.scale, nodes)
    opposite = {name: -current for name, current in nudge.items()}
    return (
        displaced(reduced, start, nudge, change[:n_samples, :]),
        displaced(reduced, start, opposite, change[n_samples:, :]),
    )


def _in_one_call(
    solver: PhaseSolver, rest: NudgedPhase, injected: Array, max_iterations: int
) -> Array | None:
    """Return the unknowns under the currents, then under their opposite; None: some are left.

    Compiled code solves sample by sample, so that these are the bits of two calls.
    """
    # All but the currents repeats from the first half to the second.
    both = np.concatenate([rest.injected + injected, rest.injected - injected])
    x = np.zeros_like(both)
    left = solver.solve(attrs.evolve(rest, injected=both), x, max_iterations)
    return None if len(left.samples) else x


def _mirrored(
    solver: PhaseSolver, rest: NudgedPhase, injected: Array, max_iterations: int
) -> Array | None:
    """Return the same, of which the second begins where the first is reflected.

    A circuit answers small currents as a linear one does, but for the few nodes that meet a bound
    or begin to conduct: of the samples without such nodes, one sweep finds that they balance.
    """
    xp = namespace(injected)
    one = xp.zeros_like(injected)
    left = solver.solve(attrs.evolve(rest, injected=rest.injected + injected), one, max_iterations)
    if left.samples.shape[0]:
        return None
    other = 0.0 - one  # and not -one, which has zeros below zero
    left = solver.solve(
        attrs.evolve(rest, injected=rest.injected - injected), other, max_iterations
    )
    return None if left.samples.shape[0] else xp.concat([one, other])
