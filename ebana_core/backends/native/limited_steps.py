"""A start for Newton's method on circuits of transistors: from tangent to tangent, as SPICE goes.

A search along a step is as short as the steepest junction asks for, and may not move at all. Full
steps, in which every junction is evaluated at a voltage near its last one, come close to an
operating point there.
"""

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.patience import is_over, spend
from ebana_core.backends.native.step_solver import StepSolver, steps_of

MOST_STEPS = 100
NEAR = 1e-3
"""Length of a step below which a sample counts as near, relative to its voltages or 1 V."""
STEPS_FROM_NEAR = 3
"""Number of near steps after which a sample has arrived: each squares what is left. Where large
currents cancel, more steps would bring it no nearer."""


def by_limited_steps(
    phase: FreePhase, factor: StepSolver, start: Array, samples: IntArray, max_iterations: int
) -> Array:
    """Return where limited steps lead from a start; samples that lead nowhere stay there, V.

    Args:
        phase: The equations.
        factor: Solver of their Jacobian.
        start: Unknowns of all samples, V.
        samples: Those that take steps.
        max_iterations: How many at most.
    """
    result, x = start.copy(), start[samples]
    n_near = np.zeros(len(samples), dtype=int)
    touched: list[Array | None] = [None] * (len(phase.devices) + len(phase.terminals))
    for _ in range(min(MOST_STEPS, max_iterations)):
        spend(x.size)
        at, near = phase.near(x, samples, touched)
        step, _ = steps_of(factor, at, at.residual)
        with np.errstate(over="ignore", invalid="ignore"):
            x = x + step
            size = np.abs(step).max(axis=1, initial=0.0)
            is_near = size <= NEAR * np.maximum(1.0, np.abs(x).max(axis=1, initial=0.0))
        for own, before in zip(near, touched, strict=True):
            # In the first round nothing was evaluated before, so nothing can be near.
            is_near &= before is not None and _farthest(own - before) <= NEAR
        n_near = np.where(is_near, n_near + 1, 0)
        result[samples[is_near]] = x[is_near]
        goes_on = (n_near < STEPS_FROM_NEAR) & np.isfinite(x).all(axis=1)
        if not goes_on.any() or is_over():
            break
        x, samples, n_near = x[goes_on], samples[goes_on], n_near[goes_on]
        touched = [own[goes_on] for own in near]
    return result


def _farthest(moved: Array) -> Array:
    return np.abs(moved).reshape(len(moved), -1).max(axis=1, initial=0.0)
