"""Newton's method on a batch of operating points that share one linear part.

Each sample has the equations ``F(x) = k + L x + scatter(i(x)) - injected = 0`` with the rows
scaled as in `linear`. Piecewise-linear laws take full steps; other laws backtrack on the slope
of the weighted co-content along the step, ``d . W F(x + t d)``, which is nondecreasing in t.
"""

import numpy as np

from ebana_core.arrays import (
    Array,
    BoolArray,
    IntArray,
    anywhere,
    everywhere,
    namespace,
    put_rows,
    rows,
)
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.merits import Judge, NextStep, Slope, backtrack
from ebana_core.backends.native.outcome import Outcome, refined
from ebana_core.backends.native.patience import is_over, spend
from ebana_core.backends.native.residuals import is_right, unsettled, worst_excess
from ebana_core.backends.native.step_solver import StepSolver, steps_of

FULL_STEPS = 30
"""Iterations of full steps after which piecewise-linear laws backtrack too."""
JUST_ABOVE = 2.0
"""Rounding can leave a residual this much above its estimate; more steps would not help."""
STALLED = 3
"""Steps in which the residual has not halved, after which it may end where it is right."""
HOPELESS = 25
"""Number of such steps after which a sample is given up: even exponentials, the slowest, fall by a
factor of e in a step."""
NEAR = 1e9
"""Excess over the tolerance of an earlier step below which it is computed anew: devices that begin
to conduct raise it by many decades."""


def newton(
    equations: Equations,
    factor: StepSolver,
    start: Array,
    *,
    weights: Array | None,
    max_iterations: int,
    samples: IntArray | None = None,
    is_full: bool = False,
    is_near: bool = False,
) -> Outcome:
    """Solve the equations of every sample.

    Args:
        equations: The phase to solve.
        factor: Solver of its Jacobian.
        start: Shape ``(n_samples, n_unknowns)``, V.
        weights: Stage weight of each unknown; None where the circuit is not reciprocal.
        max_iterations: After how many steps a sample counts as failed.
        samples: Solve only these; None: all.
        is_full: Take every step as it is, whatever the laws.
        is_near: Full steps led to the start, which may be right already.
    """
    xp = namespace(start)
    active = xp.arange(start.shape[0], device=start.device) if samples is None else samples
    # A trial whose currents overflow is refused, not warned of.
    with np.errstate(over="ignore", invalid="ignore"):
        method = _Newton(equations, factor, start, weights, active)
        method.is_full, method.is_near = is_full, is_near
        outcome = method.run(max_iterations)
        # A start that full steps have led to, with all of the residual, needs none of it.
        if equations.has_bent_terminals and method.has_stepped:
            outcome = refined(outcome, equations, factor, active)
        return outcome


class _Newton:
    """The state of the iterations; `active` are the samples still to be solved."""

    def __init__(
        self,
        equations: Equations,
        factor: StepSolver,
        start: Array,
        weights: Array | None,
        active: IntArray,
    ) -> None:
        self.equations, self.factor, self.weights = equations, factor, weights
        self.takes_full_steps = equations.is_piecewise_linear
        self.is_full = self.is_near = False
        xp, n_samples = namespace(start), start.shape[0]
        self.x = xp.asarray(start, copy=True)
        self.active = active
        self.at = equations.evaluate(rows(self.x, active), active)
        self.residual = xp.zeros_like(self.x)
        self.best = xp.full(n_samples, np.inf, dtype=start.dtype, device=start.device)
        self.stalled = xp.zeros(n_samples, dtype=xp.int64, device=start.device)
        self.has_failed = xp.zeros(n_samples, dtype=xp.bool, device=start.device)
        self.singular: Exception | None = None
        self.has_stepped = False

    def run(self, max_iterations: int) -> Outcome:
        # Where a current overflows at the start itself, no step can be computed.
        self._give_up(~self.at.finite())
        tolerance = namespace(self.x).zeros_like(self.at.residual)
        for iteration in range(max_iterations + 1):
            x = self.x if self._takes_all else rows(self.x, self.active)
            tolerance = self._tolerance(x, tolerance, iteration)
            is_open = self._is_open(x, tolerance)
            if not anywhere(is_open) or iteration == max_iterations:
                put_rows(self.has_failed, self.active, is_open)
                put_rows(self.residual, self.active, self.at.residual)
                break
            if not everywhere(is_open):
                self._leave(is_open)
                x, tolerance = x[is_open], tolerance[is_open]
            # What is within rounding at one node must not disturb another, where changes can
            # be many decades smaller.
            open_part = unsettled(self.at.residual, tolerance)
            step = self._step(open_part)
            xp = namespace(step)
            can_step = xp.all(xp.isfinite(step), axis=1)
            # Full steps that run in circles are followed by a line search before anything is given
            # up, and that is judged by its own progress.
            if self.takes_full_steps and iteration == FULL_STEPS:
                self.stalled = xp.zeros_like(self.stalled)
                self.best = xp.full_like(self.best, np.inf)
            if iteration >= FULL_STEPS or not self.takes_full_steps:
                can_step &= self.stalled[self.active] < HOPELESS
            can_step &= not is_over()
            spend(x.shape[0] * x.shape[1])
            if not everywhere(can_step):
                self._give_up(~can_step)
                tolerance = tolerance[can_step]
                continue
            x = self._moved(x, step, open_part, iteration)
            self.has_stepped = True
            if self._takes_all:
                self.x = x
            else:
                put_rows(self.x, self.active, x)
        failed = namespace(self.x).nonzero(self.has_failed)[0]
        return Outcome(self.x, failed, self.residual, self.singular)

    @property
    def _takes_all(self) -> bool:
        return self.active.shape[0] == self.x.shape[0]

    def _moved(self, x: Array, step: Array, residual: Array, iteration: int) -> Array:
        """Return the unknowns after a step, or after as much of it as is good."""
        # On straight lines full steps end after few (2 to 7 on 900 random networks, where a line
        # search took 25 to 84).
        if self.is_full or (self.takes_full_steps and iteration < FULL_STEPS):
            x = x + step
            self.at = self.equations.evaluate(x, self.active)
            return x
        judge: Judge = Slope(step, residual, self.weights)
        # The length of the next step does not depend on the units of the equations.
        if self.factor.remembers:
            judge = NextStep(x, step, self.factor.again)
        x, self.at = backtrack(self.equations, x, step, self.active, judge)
        return x

    def _step(self, residual: Array) -> Array:
        """Return the steps; not a number where the Jacobian is singular."""
        steps, singular = steps_of(self.factor, self.at, residual)
        self.singular = singular or self.singular
        return steps

    def _tolerance(self, x: Array, before: Array, iteration: int) -> Array:
        """Return what rounding may leave, anew where it matters: it costs half an iteration.

        Full steps do not care; a line search does, because what is within rounding at one node
        would hide others.
        """
        if iteration == 0 and not self.is_near:
            return before
        may_wait = (
            self.takes_full_steps and iteration > 1 and not anywhere(self.stalled[self.active])
        )
        if may_wait and everywhere(worst_excess(self.at.residual, before) > NEAR):
            return before
        return self.equations.tolerance(x, self.active, self.at)

    def _is_open(self, x: Array, tolerance: Array) -> BoolArray:
        """Tell which active samples need another step."""
        excess = worst_excess(self.at.residual, tolerance)
        xp = namespace(excess)
        if self._takes_all:  # indexing costs more than the arithmetic of small circuits
            stalled = xp.where(excess < 0.5 * self.best, 0, self.stalled + 1)
            self.stalled, self.best = stalled, xp.minimum(self.best, excess)
        else:
            before = self.best[self.active]
            stalled = xp.where(excess < 0.5 * before, 0, self.stalled[self.active] + 1)
            put_rows(self.stalled, self.active, stalled)
            put_rows(self.best, self.active, xp.minimum(before, excess))
        is_open = (excess > 1) & ~((excess <= JUST_ABOVE) & (stalled >= 2))
        if anywhere(is_open & (stalled >= STALLED)):
            right = is_right(self.equations, x, self.active, self.at)
            is_open = is_open & ~(right & (stalled >= STALLED))
        return is_open

    def _leave(self, is_open: BoolArray) -> None:
        put_rows(self.residual, self.active[~is_open], self.at.residual[~is_open])
        self.active, self.at = self.active[is_open], self.at.part(is_open)

    def _give_up(self, samples: BoolArray) -> None:
        """Leave out samples that no step leads on from."""
        if anywhere(samples):
            put_rows(self.has_failed, self.active[samples], True)
            self._leave(~samples)
