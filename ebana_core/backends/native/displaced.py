"""Displaced phases: points that hold their change, and nudges both ways solved in one go."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.finishing import finished_change
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
    """Return the points under a nudge and under its opposite, solved by one call of compiled code.

    Such code solves sample by sample, so that these are the bits of two calls.

    Args:
        reduced: The circuit.
        start: The free phase.
        nudge: Output name to the current injected into its heads, A.
        max_iterations: Newton iterations after which a sample counts as failed.

    Returns:
        None where something else solves the phase, or has to solve a sample.
    """
    steps, plan, n_samples = reduced.compiled_steps, reduced.plan, start.n_samples
    if steps is None:
        return None
    injected = plan.library.take(reduced.injected(nudge, n_samples))
    rest = reduced.nudged_phase(start, np.zeros_like(injected))
    if not steps.takes(rest, n_samples):
        return None
    # All but the currents repeats from the first half to the second.
    both = np.concatenate([rest.injected + injected, rest.injected - injected])
    x = np.zeros_like(both)
    if len(steps.solve(attrs.evolve(rest, injected=both), x, max_iterations).samples):
        return None

    nodes = plan.library.zeros((2 * n_samples, plan.compiled.circuit.n_nodes))
    change = plan.spread(x, reduced.scale, nodes)
    opposite = {name: -current for name, current in nudge.items()}
    return (
        displaced(reduced, start, nudge, change[:n_samples]),
        displaced(reduced, start, opposite, change[n_samples:]),
    )
