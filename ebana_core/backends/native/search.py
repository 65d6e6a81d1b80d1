"""The search for the operating points of a phase: Newton's method, then a ladder of other ways.

`Search._ladder` holds all that is tried and in which order; a rung says for which circuits it is.
"""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, host
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.newton import newton
from ebana_core.backends.native.newton_judged import newton_judged
from ebana_core.backends.native.no_point import CUT_SHORT, no_point
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.patience import allowed, is_over, within
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.native.restarts import FEW, restarted
from ebana_core.backends.native.rung import Rung
from ebana_core.backends.native.settling import Settling
from ebana_core.backends.native.starts import Start, limited_start, near_start
from ebana_core.backends.native.stepping import by_last_resorts, merged
from ebana_core.backends.native.verdict import is_singular_at_rest, without_right
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import CircuitError

SOON = 10
"""Iterations in which Newton's method solves a circuit that needs no limited steps."""


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

    def free(
        self, phase: FreePhase, reduced: ReducedCircuit, inputs: Mapping[str, Array]
    ) -> Outcome:
        """Return a free phase.

        Raises:
            ConvergenceError: Names samples, worst node and residual.
            CircuitError: The equations are singular.
        """
        outcome = self._found(phase, reduced, inputs)
        outcome = without_right(outcome, phase, reduced, inputs)
        self._require_success(outcome, "free", phase, reduced)
        return outcome

    def change(
        self, phase: Equations, reduced: ReducedCircuit, n_samples: int, name: str
    ) -> Outcome:
        """Return a nudged or clamped phase, called `name` in errors; see `free`."""
        outcome = self._attempt(phase, reduced, n_samples, self._most)
        if outcome.failed.shape[0]:
            with within(self._allowed(n_samples)):
                outcome = self._by_last_resorts(phase, reduced, outcome)
                outcome = attrs.evolve(outcome, is_cut_short=is_over())
        self._require_success(outcome, name, phase, reduced)
        return outcome

    def _attempt(
        self, phase: Equations, reduced: ReducedCircuit, n_samples: int, max_iterations: int
    ) -> Outcome:
        x = self._plan.library.zeros((n_samples, self._plan.partition.n_unknowns))
        samples: IntArray | None = None
        if (solver := reduced.phase_solver(phase, n_samples)) is not None:
            left = solver.solve(phase, x, max_iterations)
            samples = left.samples
            if not samples.shape[0]:
                settled = None if left.carried is None else (x, left.carried)
                return Outcome(x, samples, x, settled=settled, kept=left.kept)
        return self.newton(phase, reduced, x, samples, max_iterations)

    def _found(
        self, phase: FreePhase, reduced: ReducedCircuit, inputs: Mapping[str, Array]
    ) -> Outcome:
        """Return a free phase by Newton's method, then by the ladder, up to some steps."""
        found = self._first(phase, reduced)
        if not found.failed.shape[0]:
            return found
        with within(self._allowed(phase.offsets.shape[0])):
            found = self._found_otherwise(found, phase, reduced, inputs)
            return attrs.evolve(found, is_cut_short=is_over())

    def _allowed(self, n_samples: int) -> float:
        return allowed(n_samples * self._plan.partition.n_unknowns)

    def _first(self, phase: FreePhase, reduced: ReducedCircuit) -> Outcome:
        """Return a free phase by Newton's method alone, as far as that is soon."""
        n_samples, patience = phase.offsets.shape[0], self._settling.patience(reduced.parameters)
        has_junctions = any(terminals.law.n_junctions for terminals in reduced.terminals)
        if has_junctions or reduced.compiled_start is not None:
            return self._limited(phase, reduced, np.arange(n_samples), patience)
        # What a line search does not find soon among ideal diodes, full steps may.
        is_soon = reduced.bends or (bool(reduced.terminals) and phase.limits is not None)
        return self._attempt(
            phase, reduced, n_samples, min(patience, SOON) if is_soon else patience
        )

    def _limited(
        self, phase: FreePhase, reduced: ReducedCircuit, samples: IntArray, patience: int
    ) -> Outcome:
        """Return some samples of a free phase by Newton's method from where limited steps lead."""
        start = limited_start(phase, reduced, samples, self._most)
        if not len(start.open):
            return start.solved()
        found = self.newton(phase, reduced, start.x, start.open, patience, is_near=True)
        if start.is_stable is not None:
            start.is_stable[found.failed] = False  # other ways lead elsewhere
        return attrs.evolve(found, is_stable=start.is_stable)

    def _found_otherwise(
        self, found: Outcome, phase: FreePhase, reduced: ReducedCircuit, inputs: Mapping[str, Array]
    ) -> Outcome:
        """Return a free phase with the samples that Newton's method failed on found otherwise."""
        for rung in self._ladder(phase, reduced, inputs):
            if not found.failed.shape[0]:
                break
            if rung.suits():
                found = rung.climb(found)
        return found

    def _ladder(
        self, phase: FreePhase, reduced: ReducedCircuit, inputs: Mapping[str, Array]
    ) -> tuple[Rung, ...]:
        """Return all that is tried after Newton's method, the cheapest first."""
        n_samples, patience = phase.offsets.shape[0], self._settling.patience(reduced.parameters)
        falls = any(array.law.may_fall for array in reduced.devices)

        def from_tangents(found: Outcome) -> Outcome:
            again = self._limited(phase, reduced, found.failed, patience)
            return merged(found, again, found.failed)

        def from_rest(found: Outcome) -> Outcome:
            return self._settling.rescued(found, phase, reduced, inputs)

        def again_from(start: Array, samples: IntArray | None, is_full: bool) -> Outcome:
            x = np.tile(start, (n_samples, 1))
            return self.newton(phase, reduced, x, samples, FEW, is_full=is_full)

        def by_full_steps(found: Outcome) -> Outcome:
            again = again_from(np.zeros(self._plan.partition.n_unknowns), found.failed, True)
            return merged(found, again, found.failed)

        def from_drawn_starts(found: Outcome) -> Outcome:
            return restarted(again_from, found, self._plan.partition.n_unknowns)

        def from_easy_equations(found: Outcome) -> Outcome:
            return self._by_last_resorts(phase, reduced, found)

        return (
            # By full steps: a line search stops where an ideal diode begins to carry.
            Rung(lambda: bool(reduced.terminals) and phase.limits is not None, by_full_steps),
            # From tangent to tangent: laws that bend. Circuits of transistors began so.
            Rung(lambda: not reduced.terminals and reduced.bends, from_tangents),
            # In time, from rest: active circuits, which may have several points, or none.
            Rung(lambda: self._settling.is_asked(reduced.parameters), from_rest),
            # From starts drawn at random: expressions with poles and jumps, currents that fall.
            Rung(lambda: bool(reduced.terminals) or falls, from_drawn_starts),
            # Gmin stepping, source stepping: followed from equations that are easy.
            Rung(lambda: True, from_easy_equations),
        )

    def _by_last_resorts(
        self, phase: Equations, reduced: ReducedCircuit, outcome: Outcome
    ) -> Outcome:
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
        reduced: ReducedCircuit,
        x: Array,
        samples: IntArray | None = None,
        max_iterations: int | None = None,
        *,
        is_full: bool = False,
        is_near: bool = False,
    ) -> Outcome:
        """Return what Newton's method alone makes of some samples from a start."""
        settings: dict[str, Any] = {
            "weights": reduced.weights,
            "max_iterations": max_iterations or self._most,
            "is_full": is_full,
        }
        quick = None if is_near else reduced.in_compiled_code(phase)
        if quick is None:
            return newton(phase, reduced.factor, x, samples=samples, is_near=is_near, **settings)
        return newton_judged(phase, quick, reduced.factor, x, samples, **settings)

    def finished(
        self, reduced: ReducedCircuit, phase: Equations, x: Array
    ) -> tuple[Outcome, BoolArray]:
        """Return what a start close by leads to; samples that fail are where they went.

        Returns:
            That, and the samples in whose currents compiled code found rounding alone.
        """
        start = Start(x, np.arange(len(x)))
        if isinstance(phase, FreePhase):
            start = near_start(phase, reduced, x, self._most)
        is_rounding = np.ones(len(x), dtype=bool)
        is_rounding[start.open] = False
        if is_rounding.all():
            return start.solved(), is_rounding
        return self.newton(phase, reduced, start.x, start.open), is_rounding

    def _require_success(
        self, outcome: Outcome, name: str, phase: Equations, reduced: ReducedCircuit
    ) -> None:
        """Refuse a phase, called `name` in errors, that is not solved in every sample."""
        if not outcome.failed.shape[0]:
            return
        # A search may pass where devices are all off; a circuit that is at fault is so at rest.
        if isinstance(outcome.singular, CircuitError) and is_singular_at_rest(
            phase, reduced, outcome.failed[:1]
        ):
            raise outcome.singular
        tried, advice = self._settling.advice(reduced.parameters)
        if outcome.is_cut_short:
            tried, advice = CUT_SHORT
        names, nodes = self._compiled.circuit.node_names, self._plan.partition.nodes
        raise no_point(outcome, name, [names[node] for node in nodes], tried, advice)
