"""A circuit reduced at one set of parameters."""

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, columns
from ebana_core.backends.native.conditioning import has_one_point
from ebana_core.backends.native.equations import Equations, Limits
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.phase_solver import PhaseSolver
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.rounding import Rounding
from ebana_core.backends.native.solvers_at import SolversAt
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.latest import Latest

VOLTAGES = "voltages"
"""Stands for the solved voltages of a free phase, from which follows what ideal diodes carry."""


class ReducedCircuit:
    """A circuit reduced at one set of parameters.

    Attributes:
        rounding: What float32 holds of it; None in float64.
        is_held: Float64 holds it; else voltages need `finishing`.
    """

    def __init__(self, plan: Plan, parameters: Mapping[str, Array]) -> None:
        self.plan = plan
        self.parameters = dict(parameters)
        linear = plan.linear.reduce(parameters)
        self.linear = linear if isinstance(linear, SparseLinearPart) else linear.on(plan.library)
        self.beside = beside = plan.beside.at(parameters)
        self.scale, self.devices, self.terminals = (
            beside.taken_scale,
            beside.devices,
            beside.terminals,
        )
        self.weights = beside.weights
        self.rounding: Rounding | None = None
        self.is_held = True
        if plan.library.precision is DOUBLE:
            self.is_held = plan.digits.hold(linear, self.devices)
        elif isinstance(linear, LinearPart):
            self.rounding = Rounding(linear, plan.partition, self.devices, plan.known_bound)
        self._solvers = SolversAt(plan, self.linear, beside)
        self.compiled_steps = self._solvers.compiled_steps()
        self.chained_steps = self._solvers.chained_steps()
        self.layered = self._solvers.layered()
        self.compiled_start = self._solvers.compiled_start()
        solves_phases = (
            self.compiled_steps or self.chained_steps or self.layered or self.compiled_start
        )
        # Such ways leave a sample once in a while: then only something else is made ready.
        self._factor = None if solves_phases else self._solvers.step_solver()
        self._kept: Latest[tuple[Array, Array] | None] = Latest()
        self._clamped: Latest[tuple[Array, Array]] = Latest()

    @property
    def factor(self) -> StepSolver:
        """What solves the steps of Newton's method."""
        if self._factor is None:
            self._factor = self._solvers.step_solver()
        return self._factor

    def phase_solver(self, phase: Equations, n_samples: int) -> PhaseSolver | None:
        """Return what solves a whole phase of so many samples; None: only step by step."""
        known = self.compiled_steps, self.chained_steps, self.layered
        return next((s for s in known if s is not None and s.takes(phase, n_samples)), None)

    def in_compiled_code(self, phase: Equations) -> Equations | None:
        """Return a phase whose transistors are evaluated in compiled code; None: it has none."""
        if not self.terminals or not isinstance(phase, FreePhase | NudgedPhase):
            return None
        terminals = self._compiled_terminals
        return None if terminals is None else attrs.evolve(phase, terminals=terminals)

    @cached_property
    def _compiled_terminals(self) -> tuple[TerminalArray, ...] | None:
        # Where all other devices have two terminals, compiled code leads most free phases already.
        return self._solvers.compiled_terminals()

    @property
    def bends(self) -> bool:
        """Whether some branch has a curved law, so that limited steps may find more."""
        laws = [array.law for array in self.devices]
        return self.plan.library.is_default and not all(law.is_piecewise_linear for law in laws)

    @cached_property
    def may_have_several_points(self) -> bool:
        """Whether the circuit may have several operating points, and is small enough to examine."""
        if not self.beside.is_examined:
            return False
        if self.terminals or any(a.coupled.shape[0] or a.law.may_fall for a in self.devices):
            return True
        # The resistors alone may tell that there is one.
        return not isinstance(self.linear, LinearPart) or not has_one_point(self.linear)

    def injected(self, nudge: Mapping[str, Array], n_samples: int) -> Array:
        """Return what a nudge injects into the unknowns, NumPy's, divided by their scale, A.

        Args:
            nudge: Output name to the current injected into its heads, ``(n_samples, n)``, A.
            n_samples: Rows of the result, ``(n_samples, n_unknowns)``.
        """
        result = np.zeros((n_samples, self.plan.partition.n_unknowns))
        for injection in self.plan.injections:
            if injection.output in nudge:
                injection.add_to(result, nudge[injection.output], self.linear.scale)
        return result

    def free_phase(self, offsets: Array) -> FreePhase:
        """Return the equations at source voltages.

        Args:
            offsets: Node voltages at which every unknown is 0 V, NumPy's. Shape
                ``(n_samples, n_nodes)``.
        """
        clamps = self.plan.compiled.circuit.clamps
        limits = self.plan.limits(self.parameters, offsets) if clamps else None
        own = self.plan.library.take(offsets)
        return FreePhase.of(self.linear, self.devices, own, limits, self.terminals)

    def nudged_phase(
        self, start: OperatingPoints, injected: Array, moved: Array | None = None
    ) -> NudgedPhase:
        """Return the equations of the changes from a free phase.

        Args:
            start: The free phase.
            injected: By the nudge. Shape ``(n_samples, n_unknowns)``, A; overwritten.
            moved: Changes of node voltages that sources make, at unknowns at rest, NumPy's.
                Shape ``(n_samples, n_nodes)``, V; None: sources stand still.
        """
        voltages = self.plan.library.take(start.solved_free)
        limits = None
        if self.plan.compiled.circuit.clamps:
            x, carried = self._carried(start, voltages)
            bounds = self.plan.limits(self.parameters, self._offsets_at_clamps(start, moved))
            limits = Limits(bounds.lower - x, bounds.upper - x)
            # A diode that carried a current may open; its node then lacks that current.
            injected -= carried
        taken = None
        if moved is not None:
            taken = self.plan.library.take(moved)
            injected -= self.linear.driven_currents(taken)
        drops = [
            columns(voltages, array.heads) - columns(voltages, array.tails)
            for array in self.devices
        ]
        bases = [voltages[:, array.nodes] for array in self.terminals]
        return NudgedPhase(
            self.linear,
            self.devices,
            limits,
            injected,
            drops,
            self.terminals,
            bases,
            taken,
            kept=self._kept.at({VOLTAGES: voltages}, lambda: None),
        )

    def left_over(self, start: OperatingPoints) -> Array:
        """Return what rounding left of the currents of a free phase, A. ``(n_samples, n)``."""
        x = columns(self.plan.library.take(start.solved_free), self.plan.nodes)
        phase = self.free_phase(self._offsets(start))
        settled, carried = phase.settled(x)
        residual = phase.currents(settled, np.arange(x.shape[0])).residual
        return residual if carried is None else residual - carried

    def _offsets(self, points: OperatingPoints) -> Array:
        compiled = self.plan.compiled
        shape = (points.n_samples, compiled.circuit.n_nodes)
        return compiled.constraints.offsets(points.parameters, points.inputs, shape)

    def _offsets_at_clamps(self, points: OperatingPoints, moved: Array | None) -> Array:
        if self.plan.bounds_are_fixed:
            # Bounds on roots themselves do not depend on offsets.
            return np.zeros((1, self.plan.compiled.circuit.n_nodes))
        offsets = self._offsets(points)
        return offsets if moved is None else offsets + moved

    def remember(
        self, voltages: Array, carried: Array | None, kept: tuple[Array, Array] | None
    ) -> None:
        """Keep what nudged phases take from a free one.

        Args:
            voltages: Of all nodes, V.
            carried: What ideal diodes carry, A.
            kept: See `Left`.
        """
        self._kept.keep({VOLTAGES: voltages}, kept)
        if carried is not None:
            x = columns(voltages, self.plan.nodes)
            self._clamped.keep({VOLTAGES: voltages}, (x, carried))

    def _carried(self, start: OperatingPoints, voltages: Array) -> tuple[Array, Array]:
        """Return the unknowns of a free phase, V, and what its ideal diodes carry, A."""
        return self._clamped.at({VOLTAGES: voltages}, lambda: self._settled(start, voltages))

    def _settled(self, start: OperatingPoints, voltages: Array) -> tuple[Array, Array]:
        x = columns(voltages, self.plan.nodes)
        settled, carried = self.free_phase(self._offsets(start)).settled(x)
        assert carried is not None
        return settled, carried
