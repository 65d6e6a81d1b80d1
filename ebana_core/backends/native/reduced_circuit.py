"""A circuit reduced at one set of parameters."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ebana_core.arrays import DOUBLE, Array, columns
from ebana_core.backends.native.conditioning import has_one_point
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Limits
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.rounding import Rounding
from ebana_core.backends.native.solvers.chained import Chained
from ebana_core.backends.native.solvers.chained_steps import ChainedSteps
from ebana_core.backends.native.solvers.compiled import CompiledSteps
from ebana_core.backends.native.solvers.compiled_start import CompiledStart, may_start
from ebana_core.backends.native.solvers.dense_schur import DenseSchur
from ebana_core.backends.native.solvers.layered import Layered
from ebana_core.backends.native.solvers.linear import Linear
from ebana_core.backends.native.solvers.multi_terminal import MultiTerminal
from ebana_core.backends.native.solvers.sparse import Sparse
from ebana_core.backends.native.solvers.sparse_iterative import SparseIterative
from ebana_core.backends.native.solvers.super_lu import Factorisation
from ebana_core.backends.native.solvers.terminal_sparse import TerminalSparse
from ebana_core.backends.native.solvers.transfer import Transfer
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver
from ebana_core.backends.native.terminal_arrays import terminal_arrays
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.stability import may_have_several
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
        self.scale = plan.library.take(self.linear.scale)
        self.devices: tuple[DeviceArray, ...] = plan.devices.at(self.linear.scale, parameters)
        self.rounding: Rounding | None = None
        self.is_held = True
        if plan.library.precision is DOUBLE:
            self.is_held = plan.digits.hold(linear, self.devices)
        elif isinstance(linear, LinearPart):
            self.rounding = Rounding(linear, plan.partition, self.devices, plan.known_bound)
        self.terminals = terminal_arrays(
            plan.compiled, plan.partition, self.linear.scale, parameters
        )
        weights = plan.compiled.weights(parameters)
        self.weights: Array | None = None
        # Only with an energy can a step be judged by it, and only then do iterative methods apply.
        if not weights.conflict and not self.terminals:
            self.weights = plan.library.take(weights.of_node[plan.partition.nodes])
        self.compiled_steps = self._compiled_steps()
        self.chained_steps = self._chained_steps()
        # Compiled code leaves a sample once in a while: then only something else is made ready.
        self._factor = None if self.compiled_steps is not None else self._solver()
        self.layered = self._layered()
        self.compiled_start = self._compiled_start()
        self._clamped: Latest[tuple[Array, Array]] = Latest()

    @property
    def factor(self) -> StepSolver:
        """What solves the steps that compiled code does not."""
        if self._factor is None:
            self._factor = self._solver()
        return self._factor

    def _solver(self) -> StepSolver:
        """Return what solves Newton's steps, where no whole phase is solved otherwise."""
        linear, devices, weights = self.linear, self.devices, self.weights
        choice = self.plan.choice
        method = choice.interpreted(is_reciprocal=weights is not None)
        if isinstance(linear, LinearPart):
            if method == "linear":
                return Linear(linear, devices)
            return DenseSchur(linear, devices)
        if method == "terminal_sparse":
            return TerminalSparse(
                self.plan.terminal_jacobian,
                linear,
                devices,
                self.terminals,
                may_compile=choice.circuit.may_compile,
            )
        if method == "multi_terminal":
            return MultiTerminal(linear, devices, self.terminals)
        if method == "chained":
            assert weights is not None
            return Chained(linear, devices, weights, self.plan.partition.n_first)
        if method == "sparse_iterative":
            assert weights is not None
            return SparseIterative(linear, devices, weights)
        assert choice.order is not None
        factorisation = Factorisation(choice.order.ordering, is_symmetric=weights is not None)
        if method == "transfer":
            return Transfer(linear, devices, factorisation, self.plan.partition.n_first)
        return Sparse(linear, devices, factorisation)

    def _compiled_steps(self) -> CompiledSteps | None:
        """Return compiled code where it is the method, and the present values let it."""
        linear, choice = self.linear, self.plan.choice
        if choice.method.name != "compiled" or not isinstance(linear, LinearPart):
            return None
        devices = self.plan.compiled_devices(self.devices)
        if devices is not None:
            return CompiledSteps(linear, devices)
        if choice.is_asked:
            raise choice.refusal("the values of its devices give them other than two lines")
        return None

    def _compiled_start(self) -> CompiledStart | None:
        """Compiled code that leads to the operating points of blocks, where it knows them."""
        choice, linear = self.plan.choice, self.linear
        if choice.method.name != "terminal_sparse" or not choice.circuit.may_compile:
            return None
        if self.devices or not may_start(self.terminals):
            return None
        plan = self.plan.terminal_jacobian
        assert isinstance(linear, SparseLinearPart)
        if plan.factors is None:
            return None
        return CompiledStart(plan, plan.factors, linear, self.terminals)

    def _layered(self) -> Layered | None:
        """Return what lets layers settle in turn, where that is the method."""
        linear, weights = self.linear, self.weights
        method = self.plan.choice.interpreted(is_reciprocal=weights is not None)
        if method != "layered" or weights is None or not isinstance(linear, LinearPart):
            return None
        return Layered(linear, self.devices, weights, self.plan.library)

    def _chained_steps(self) -> ChainedSteps | None:
        """Return compiled code along chains where they are the method, and no amplifier counts."""
        linear, choice = self.linear, self.plan.choice
        if choice.method.name != "chained" or not choice.circuit.may_compile:
            return None
        if not isinstance(linear, SparseLinearPart) or self.weights is None:
            return None
        if not (self.linear.scale == 1).all() or not (self.weights == 1).all():
            return None
        chains = choice.circuit.sparse_orders.chains
        assert chains is not None
        return ChainedSteps(linear, self.devices, chains)

    @property
    def bends(self) -> bool:
        """Whether some branch has a curved law, so that limited steps may find more."""
        laws = [array.law for array in self.devices]
        return self.plan.library.is_default and not all(law.is_piecewise_linear for law in laws)

    @cached_property
    def may_have_several_points(self) -> bool:
        """Whether the circuit may have several operating points, and is small enough to examine."""
        compiled = self.plan.compiled
        if not may_have_several(compiled, compiled.weights(self.parameters)):
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
            self.linear, self.devices, limits, injected, drops, self.terminals, bases, taken
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

    def remember(self, voltages: Array, carried: Array | None) -> None:
        """Keep what ideal diodes carry in a free phase, for the nudged phase after it, A."""
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
