"""The search for the operating points of a phase: Newton's method, and what comes after it."""

import time
from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, host
from ebana_core.backends.native.equations import Equations, FreePhase, NudgedPhase
from ebana_core.backends.native.limited_steps import by_limited_steps
from ebana_core.backends.native.newton import Outcome, newton, steps_of
from ebana_core.backends.native.patience import after, is_over, within
from ebana_core.backends.native.reduced import Plan, Reduced
from ebana_core.backends.native.restarts import FEW, restarted
from ebana_core.backends.native.settling import Settling
from ebana_core.backends.native.stepping import by_last_resorts, merged
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import CircuitError, ConvergenceError

MAX_NAMED = 5
"""How many samples an error lists."""
SOON = 10
"""Iterations in which Newton's method solves a circuit that needs no limited steps."""

OUT_OF_TIME = (
    "by Newton's method; the time for other ways ran out",
    "solve fewer samples at a time, and look at the devices of that node: a law that jumps may "
    "have no operating point there, and values that differ by many decades are hard to solve",
)
"""What an error says was tried, and what to do."""


class Search:
    """Finds the unknowns of a phase, sample by sample, or says which have none.

    Args:
        max_iterations: Newton iterations after which a sample counts as failed.
        compiled: The circuit.
        plan: Its structure.
        settling: Its way in time.
    """

    def __init__(
        self, max_iterations: int, compiled: CompiledCircuit, plan: Plan, settling: Settling
    ) -> None:
        self._most, self._compiled = max_iterations, compiled
        self._plan, self._settling = plan, settling

    def free(self, phase: FreePhase, reduced: Reduced, inputs: Mapping[str, Array]) -> Outcome:
        """Return a free phase.

        Raises:
            ConvergenceError: Names samples, worst node and residual.
            CircuitError: The equations are singular.
        """
        outcome = self._found(phase, reduced, inputs)
        outcome = self._without_right(outcome, phase, reduced, inputs)
        self._require_success(outcome, "free", phase, reduced)
        return outcome

    def change(self, phase: Equations, reduced: Reduced, n_samples: int, name: str) -> Outcome:
        """Return a nudged or clamped phase, called `name` in errors; see `free`."""
        started = time.thread_time()
        outcome = self._attempt(phase, reduced, n_samples, self._most)
        with within(after(started)):
            outcome = self._by_last_resorts(phase, reduced, outcome)
            outcome = attrs.evolve(outcome, is_out_of_time=is_over())
        self._require_success(outcome, name, phase, reduced)
        return outcome

    def _attempt(
        self, phase: Equations, reduced: Reduced, n_samples: int, max_iterations: int
    ) -> Outcome:
        x = self._plan.library.zeros((n_samples, self._plan.partition.n_unknowns))
        samples: IntArray | None = None
        full_steps = reduced.full_steps
        is_still = not isinstance(phase, NudgedPhase) or phase.moved is None
        if full_steps is not None and is_still and self._plan.choice.compiles(n_samples):
            samples = full_steps.solve(phase, x, max_iterations)
            if not len(samples):
                return Outcome(x, samples, x)
        return self.newton(phase, reduced, x, samples, max_iterations)

    def _found(self, phase: FreePhase, reduced: Reduced, inputs: Mapping[str, Array]) -> Outcome:
        """Return a free phase by Newton's method; if that fails in time, or from other beginnings.

        The first is for active circuits, the second for blocks, which may have jumps and poles.
        Others are followed from equations that are easy.
        """
        started = time.thread_time()
        found = self._first(phase, reduced)
        if not found.failed.shape[0]:
            return found
        with within(after(started)):
            found = self._found_otherwise(found, phase, reduced, inputs)
            return attrs.evolve(found, is_out_of_time=is_over())

    def _first(self, phase: FreePhase, reduced: Reduced) -> Outcome:
        """Return a free phase by Newton's method alone, as far as that is soon."""
        n_samples, patience = phase.offsets.shape[0], self._settling.patience(reduced.parameters)
        if any(terminals.law.n_junctions for terminals in reduced.terminals):
            return self._limited(phase, reduced, np.arange(n_samples), patience)
        return self._attempt(
            phase, reduced, n_samples, min(patience, SOON) if self._bends(reduced) else patience
        )

    def _bends(self, reduced: Reduced) -> bool:
        """Tell whether branches bend, so that limited steps may find more."""
        laws = [array.law for array in reduced.devices]
        return self._plan.library.is_default and not all(law.is_piecewise_linear for law in laws)

    def _limited(
        self, phase: FreePhase, reduced: Reduced, samples: IntArray, patience: int
    ) -> Outcome:
        """Return some samples of a free phase by Newton's method from where limited steps lead."""
        start = self._plan.library.zeros((phase.offsets.shape[0], self._plan.partition.n_unknowns))
        most = self._most
        start = by_limited_steps(phase, reduced.factor, start, samples, most)
        return self.newton(phase, reduced, start, samples, patience)

    def _found_otherwise(
        self, found: Outcome, phase: FreePhase, reduced: Reduced, inputs: Mapping[str, Array]
    ) -> Outcome:
        """Return a free phase with the samples that Newton's method failed on found otherwise."""
        n_samples, patience = phase.offsets.shape[0], self._settling.patience(reduced.parameters)
        if not reduced.terminals and self._bends(reduced):
            again = self._limited(phase, reduced, found.failed, patience)
            found = merged(found, again, found.failed)
        found = self._settling.rescued(found, phase, reduced, inputs)
        if reduced.terminals or any(array.law.may_fall for array in reduced.devices):

            def again_from(start: Array, samples: IntArray | None, is_full: bool) -> Outcome:
                x = np.tile(start, (n_samples, 1))
                return self.newton(phase, reduced, x, samples, FEW, is_full=is_full)

            found = restarted(again_from, found, self._plan.partition.n_unknowns)
        return self._by_last_resorts(phase, reduced, found)

    def _by_last_resorts(self, phase: Equations, reduced: Reduced, outcome: Outcome) -> Outcome:
        if not outcome.failed.shape[0]:
            return outcome
        return by_last_resorts(
            phase,
            reduced.factor,
            outcome,
            largest=float(host(reduced.linear.own).max(initial=0.0)),
            weights=reduced.weights,
            max_iterations=self._most,
        )

    def newton(
        self,
        phase: Equations,
        reduced: Reduced,
        x: Array,
        samples: IntArray | None = None,
        max_iterations: int | None = None,
        *,
        is_full: bool = False,
    ) -> Outcome:
        """Return what Newton's method alone makes of some samples from a start."""
        return newton(
            phase,
            reduced.factor,
            x,
            weights=reduced.weights,
            max_iterations=max_iterations or self._most,
            samples=samples,
            is_full=is_full,
        )

    def _without_right(
        self, outcome: Outcome, phase: FreePhase, reduced: Reduced, inputs: Mapping[str, Array]
    ) -> Outcome:
        """Return an outcome without failed samples that are right by Kirchhoff's laws all the same.

        A law whose current is a small difference of large terms is rounded more coarsely than
        Newton's tolerance knows, which asks for more than a right point has to keep.
        """
        failed = outcome.failed
        if (
            not failed.shape[0]
            or not self._plan.library.is_default
            or self._compiled.circuit.terminal_devices
        ):
            return outcome
        x, _ = phase.settled(outcome.x)
        points = OperatingPoints(
            compiled=self._compiled,
            parameters=reduced.parameters,
            inputs={name: samples[failed] for name, samples in inputs.items()},
            nudge={},
            free_voltages=self._plan.spread(x[failed], reduced.scale, phase.offsets[failed]),
        )
        is_right = points.balance.imbalance() <= DOUBLE.imbalance
        return attrs.evolve(outcome, failed=failed[~is_right])

    def _require_success(
        self, outcome: Outcome, name: str, phase: Equations, reduced: Reduced
    ) -> None:
        """Refuse a phase, called `name` in errors, that is not solved in every sample."""
        if not outcome.failed.shape[0]:
            return
        # A search may pass where devices are all off; a circuit that is at fault is so at rest.
        if isinstance(outcome.singular, CircuitError) and self._is_singular_at_rest(
            phase, reduced, outcome.failed[:1]
        ):
            raise outcome.singular
        tried, advice = self._settling.advice(reduced.parameters)
        if outcome.is_out_of_time:
            tried, advice = OUT_OF_TIME
        failed = host(outcome.failed)
        worst = np.abs(host(outcome.residual)[failed])
        worst[np.isnan(worst)] = np.inf
        sample, place = np.unravel_index(np.argmax(worst), worst.shape)
        node = self._compiled.circuit.node_names[self._plan.partition.nodes[place]]
        listed = f"{failed[:MAX_NAMED].tolist()}"
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        raise ConvergenceError(
            f"native found no operating point in the {name} phase for samples {listed}{more}; "
            f"worst node {node!r}, residual {worst[sample, place]:.3g} A {tried}.",
            advice,
        )

    def _is_singular_at_rest(self, phase: Equations, reduced: Reduced, sample: IntArray) -> bool:
        """Tell whether the Jacobian of a sample cannot be solved where nothing is driven either."""
        x = self._plan.library.zeros((1, self._plan.partition.n_unknowns))
        with np.errstate(all="ignore"):
            at = phase.evaluate(x, sample)
            return steps_of(reduced.factor, at, at.residual)[1] is not None
