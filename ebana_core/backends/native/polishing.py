"""Operating points of another simulator, solved to the end."""

from collections.abc import Callable

import attrs

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.several_points import Stability


def polished(
    reduced: ReducedCircuit,
    points: OperatingPoints,
    solve: Callable[[Equations, Array], tuple[Outcome, BoolArray]],
) -> tuple[OperatingPoints, BoolArray]:
    """Return operating points that satisfy the equations of their phase.

    Args:
        reduced: The circuit at their parameters.
        points: Close to them.
        solve: Returns unknowns that satisfy equations, and in which samples rounding alone is
            known to be left; starts at those that it is given, V.

    Returns:
        The points, with their stability where all of them are known to be stable, and in which of
        them rounding alone is known to be left at every node.
    """
    plan = reduced.plan
    take, compiled = plan.library.take, plan.compiled
    if points.change is not None:
        injected = take(reduced.injected(points.nudge, points.n_samples))
        nudged = reduced.nudged_phase(points, injected)
        outcome, is_rounding = solve(nudged, take(points.change)[:, plan.nodes])
        moved = outcome.x
        unmoved = plan.library.zeros((points.n_samples, compiled.circuit.n_nodes))
        change = plan.spread(moved, reduced.scale, unmoved)
        return attrs.evolve(points, change=change), is_rounding
    shape = (points.n_samples, compiled.circuit.n_nodes)
    offsets = compiled.constraints.offsets(points.parameters, points.inputs, shape)
    free = reduced.free_phase(offsets)
    outcome, is_rounding = solve(free, take(points.free_voltages)[:, plan.nodes])
    stability = None
    if outcome.is_stable is not None and outcome.is_stable.all():
        stability = Stability(outcome.is_stable, ~outcome.is_stable)
    x, _ = outcome.settled or free.settled(outcome.x)
    voltages = plan.spread(x, reduced.scale, free.offsets)
    # Ideal diodes that nothing has settled yet move unknowns to their bounds only now.
    is_rounding &= not compiled.circuit.clamps or outcome.settled is not None
    return attrs.evolve(points, free_voltages=voltages, stability=stability), is_rounding
