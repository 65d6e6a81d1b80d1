"""Last resorts for samples that Newton's method does not solve: gmin stepping, source stepping.

Both start where the equations are easy and follow their solution. First every device has a large
conductance across it, which shrinks; then what drives the circuit grows from nothing to all of it.

Source:
    Nagel 1975, SPICE2, UCB/ERL M520; ngspice 39, src/spicelib/analysis/cktop.c.
"""

from collections.abc import Callable, Iterator

import attrs

from ebana_core.arrays import Array, IntArray, namespace, put_rows, rows
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.newton import newton
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.step_solver import StepSolver

STAGE_ITERATIONS = 60
"""Newton steps allowed for one stage; from one stage to the next few are needed."""
LARGE, SMALL, FALL = 1e2, 1e-10, 10**-0.5
"""First and last conductance across devices relative to the largest one of a node, and the factor
from one stage to the next."""
FIRST_SHARE, SMALLEST_SHARE = 0.1, 1e-5
"""Share of the sources that the first stage adds, and the smallest share that is tried."""

Solve = Callable[[Equations, Array, IntArray | None, int], Outcome]
"""Solves equations from a start for some samples, within some steps."""


def by_last_resorts(
    equations: Equations,
    factor: StepSolver,
    outcome: Outcome,
    *,
    largest: float,
    weights: Array | None,
    max_iterations: int,
) -> Outcome:
    """Solve the equations of the samples on which Newton's method failed.

    Args:
        equations: The phase to solve.
        factor: Solver of its Jacobian.
        outcome: What Newton's method left.
        largest: Conductance of a node to all others, S.
        weights: Stage weight of each unknown; None where the circuit is not reciprocal.
        max_iterations: Stages of a last resort.
    """

    def solve(phase: Equations, x: Array, which: IntArray | None, steps: int) -> Outcome:
        return newton(phase, factor, x, weights=weights, max_iterations=steps, samples=which)

    if not outcome.failed.shape[0]:
        return outcome
    outcome = _by_gmin(equations, solve, outcome, max_iterations, largest)
    if outcome.failed.shape[0]:
        outcome = _by_sources(equations, solve, outcome, max_iterations)
    return outcome


def _by_gmin(
    equations: Equations, solve: Solve, outcome: Outcome, n_stages: int, largest: float
) -> Outcome:
    """Follow the solution while the conductances across devices shrink."""
    # With conductances this large across all devices the equations are nearly linear.
    x, left = 0 * outcome.x, outcome.failed
    falling = list(_falling(largest or 1.0))
    # With so few iterations allowed, the conductances could not fall far enough.
    if len(falling) > n_stages:
        return outcome
    for gmin in falling:
        stage = solve(equations.stepped(1.0, gmin), x, left, STAGE_ITERATIONS)
        x, left = stage.x, _without(left, stage.failed)
        if not left.shape[0]:
            return outcome
    return merged(outcome, solve(equations, x, left, STAGE_ITERATIONS), left)


def _falling(largest: float) -> Iterator[float]:
    gmin = LARGE * largest
    while gmin > SMALL * largest:
        yield gmin
        gmin *= FALL


def _by_sources(equations: Equations, solve: Solve, outcome: Outcome, n_stages: int) -> Outcome:
    """Follow the solution while the sources grow, guessing the next one from the last two."""
    left, x = outcome.failed, 0 * outcome.x
    last, share, grows, before = 0.0, 0.0, FIRST_SHARE, x
    for _ in range(n_stages):
        goal = min(1.0, share + grows)
        ahead = (goal - share) / (share - last) if share > last else 0.0
        # The last stage solves the equations themselves.
        phase = equations if goal == 1.0 else equations.stepped(goal, 0.0)
        stage = solve(phase, x + ahead * (x - before), left, STAGE_ITERATIONS)
        if stage.failed.shape[0] and grows > SMALLEST_SHARE:
            grows /= 4
            continue
        # At the smallest step those that still fail are left behind, and the others go on.
        left = _without(left, stage.failed)
        if not left.shape[0]:
            break
        if goal == 1.0:
            return merged(outcome, stage, left)
        before, x, last, share = x, stage.x, share, goal
        grows *= 2
    return outcome


def _without(samples: IntArray, failed: IntArray) -> IntArray:
    """Return the samples that did not fail."""
    xp = namespace(samples)
    result: IntArray = samples[~xp.any(samples[:, None] == failed[None, :], axis=1)]
    return result


def merged(outcome: Outcome, stage: Outcome, tried: IntArray) -> Outcome:
    """Return an outcome with the samples of `tried` that a later attempt has solved."""
    won = _without(tried, stage.failed)
    if not won.shape[0]:
        return outcome
    xp = namespace(outcome.x)
    x, residual = xp.asarray(outcome.x, copy=True), xp.asarray(outcome.residual, copy=True)
    put_rows(x, won, rows(stage.x, won))
    put_rows(residual, won, rows(stage.residual, won))
    failed = _without(outcome.failed, won)
    return attrs.evolve(outcome, x=x, residual=residual, failed=failed)
