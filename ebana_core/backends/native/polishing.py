"""Operating points of another simulator, solved to the end."""

from collections.abc import Callable

import attrs

from ebana_core.arrays import Array
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints


def polished(
    reduced: ReducedCircuit, points: OperatingPoints, solve: Callable[[Equations, Array], Array]
) -> OperatingPoints:
    """Return operating points that satisfy the equations of their phase.

    Args:
        reduced: The circuit at their parameters.
        points: Close to them.
        solve: Returns the unknowns, V, that satisfy equations; starts at those that it is given.
    """
    plan = reduced.plan
    take, compiled = plan.library.take, plan.compiled
    if points.change is not None:
        injected = take(reduced.injected(points.nudge, points.n_samples))
        nudged = reduced.nudged_phase(points, injected)
        moved = solve(nudged, take(points.change)[:, plan.nodes])
        unmoved = plan.library.zeros((points.n_samples, compiled.circuit.n_nodes))
        return attrs.evolve(points, change=plan.spread(moved, reduced.scale, unmoved))
    shape = (points.n_samples, compiled.circuit.n_nodes)
    offsets = compiled.constraints.offsets(points.parameters, points.inputs, shape)
    free = reduced.free_phase(offsets)
    x, _ = free.settled(solve(free, take(points.free_voltages)[:, plan.nodes]))
    return attrs.evolve(points, free_voltages=plan.spread(x, reduced.scale, free.offsets))
