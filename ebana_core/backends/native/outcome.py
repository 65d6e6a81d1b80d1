"""The end of Newton's method on a batch, and one step more where rounding needs it."""

import attrs

from ebana_core.arrays import Array, BoolArray, IntArray, namespace
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.residuals import worst_excess
from ebana_core.backends.native.step_solver import SINGULAR, StepSolver


@attrs.frozen(eq=False)
class Outcome:
    """The end of Newton's method.

    Args:
        x: Unknown voltages. Shape ``(n_samples, n_unknowns)``, V.
        failed: Samples that did not reach their tolerance.
        residual: Residual at the end. Shape of `x`, A.
        singular: Why a Jacobian could not be solved, where that is why samples failed.
        is_cut_short: Other ways than Newton's method were left when their steps were used up.
        is_stable: Samples whose points are known to be stable; None: of none is it known.
        settled: What `FreePhase.settled` returns, where that is known.
        kept: See `Left`.
    """

    x: Array
    failed: IntArray
    residual: Array
    singular: Exception | None = None
    is_cut_short: bool = False
    is_stable: BoolArray | None = None
    settled: tuple[Array, Array] | None = None
    kept: tuple[Array, Array] | None = None


def refined(
    outcome: Outcome, equations: Equations, factor: StepSolver, samples: IntArray
) -> Outcome:
    """Take one step more with all of the residual, where it leaves no more of it.

    A node inside a device, between milliohms, has a tolerance that a floating device behind
    megohms would feel; and what is within it at two nodes may balance, which Newton's steps, from
    which it is left out, do not see.
    """
    xp = namespace(outcome.x)
    solved = xp.ones(len(outcome.x), dtype=xp.bool, device=outcome.x.device)
    solved[outcome.failed] = False
    samples = samples[solved[samples]]
    if not len(samples):
        return outcome
    x = outcome.x[samples]
    at = equations.evaluate(x, samples)
    try:
        ahead = x + factor.solve(at, at.residual)
    except SINGULAR:
        return outcome
    new = equations.evaluate(ahead, samples)
    excess = worst_excess(at.residual, equations.tolerance(x, samples, at))
    better = worst_excess(new.residual, equations.tolerance(ahead, samples, new))
    good = samples[new.finite() & (better <= xp.maximum(excess, 1.0))]
    result, residual = xp.asarray(outcome.x, copy=True), xp.asarray(outcome.residual, copy=True)
    kept = xp.zeros_like(solved)
    kept[good] = True
    result[good], residual[good] = ahead[kept[samples]], new.residual[kept[samples]]
    return attrs.evolve(outcome, x=result, residual=residual)
