"""The solvers of a circuit at one set of parameters: what the table chose, if values let it."""

from collections.abc import Sequence
from typing import final

import attrs

from ebana_core.backends.native.ahead import SPARSE, no_sparse_lead
from ebana_core.backends.native.beside import Beside
from ebana_core.backends.native.leader import Leader
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.solvers.branch_among import BranchAmong
from ebana_core.backends.native.solvers.branch_law import in_compiled_code
from ebana_core.backends.native.solvers.branch_network import (
    BranchNetwork,
    branch_tables,
    has_own_pivots,
)
from ebana_core.backends.native.solvers.branch_start import BranchStart
from ebana_core.backends.native.solvers.chained import Chained
from ebana_core.backends.native.solvers.chained_steps import ChainedSteps
from ebana_core.backends.native.solvers.compiled import CompiledSteps
from ebana_core.backends.native.solvers.compiled_start import (
    CompiledStart,
    known_tables,
    linear_entries,
)
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
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.laws.tables import BranchTable


@final
@attrs.frozen(eq=False)
class SolversAt:
    """Makes the solvers.

    Args:
        plan: The structure of the circuit.
        linear: Its linear part.
        beside: What else it has.
    """

    plan: Plan
    linear: LinearPart | SparseLinearPart
    beside: Beside

    def step_solver(self) -> StepSolver:
        """Return what solves Newton's steps, where no whole phase is solved otherwise."""
        linear, devices, weights = self.linear, self.beside.devices, self.beside.weights
        choice, method = self.plan.choice, self.beside.method
        if isinstance(linear, LinearPart):
            if method == "linear":
                return Linear(linear, devices)
            return DenseSchur(linear, devices)
        if method == "terminal_sparse":
            return TerminalSparse(
                self.plan.terminal_jacobian,
                linear,
                devices,
                self.beside.terminals,
                may_compile=choice.circuit.may_compile,
            )
        if method == "multi_terminal":
            return MultiTerminal(linear, devices, self.beside.terminals)
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

    def compiled_steps(self) -> CompiledSteps | None:
        """Return compiled code where it is the method, and the present values let it."""
        linear, choice = self.linear, self.plan.choice
        if choice.method.name != "compiled" or not isinstance(linear, LinearPart):
            return None
        devices = self.plan.compiled_devices(self.beside.devices)
        if devices is not None:
            return CompiledSteps(linear, devices, choice.compiles)
        if choice.is_asked:
            raise choice.refusal("the values of its devices give them other than two lines")
        return None

    def compiled_start(self) -> Leader | None:
        """Compiled code that leads to operating points, where it knows the devices."""
        choice = self.plan.choice
        asked = choice.method.name if choice.is_asked else None
        if not choice.circuit.may_compile or no_sparse_lead(choice.circuit, asked) is not None:
            return None
        tables = branch_tables(self.beside.terminals)
        return self._blocks_start() if tables is None else self._branch_start(tables)

    def _branch_start(self, tables: Sequence[BranchTable]) -> Leader | None:
        """Return what leads networks of transistors that are branches."""
        linear, beside, plan = self.linear, self.beside, self.plan.terminal_jacobian
        has_bounds, factors = bool(self.plan.compiled.circuit.clamps), plan.factors
        assert isinstance(linear, SparseLinearPart)
        # What an ideal diode holds gets an equation of its own, with its pivot on the diagonal.
        if factors is None or (has_bounds and not has_own_pivots(factors)):
            return None
        network = BranchNetwork(plan, factors, linear, beside.terminals, tables)
        if beside.devices or has_bounds:
            return BranchAmong(network, plan, factors, beside.devices)
        return BranchStart(network, factors)

    def _blocks_start(self) -> Leader | None:
        """Return what leads circuits of blocks."""
        linear, beside = self.linear, self.beside
        if beside.devices or self.plan.choice.method.name != SPARSE:
            return None
        assert isinstance(linear, SparseLinearPart)
        plan = self.plan.terminal_jacobian
        if (known := known_tables(beside.terminals)) is None:
            return None
        entries = linear_entries(plan, linear, beside.terminals)
        contracted, factors = plan.contraction.at(entries), plan.contracted_factors
        if contracted is None or factors is None:
            return None
        return CompiledStart(
            plan, factors, contracted, linear, entries, known, is_examined=beside.is_examined
        )

    def compiled_terminals(self) -> tuple[TerminalArray, ...] | None:
        """Return the devices with transistors that are branches in compiled code, if there are."""
        choice, terminals = self.plan.choice, self.beside.terminals
        if not terminals or not choice.circuit.may_compile:
            return None
        return in_compiled_code(terminals)

    def layered(self) -> Layered | None:
        """Return what lets layers settle in turn, where that is the method."""
        linear, weights = self.linear, self.beside.weights
        if self.beside.method != "layered" or weights is None or not isinstance(linear, LinearPart):
            return None
        return Layered(linear, self.beside.devices, weights, self.plan.library)

    def chained_steps(self) -> ChainedSteps | None:
        """Return compiled code along chains where they are the method, and no amplifier counts."""
        linear, choice = self.linear, self.plan.choice
        if choice.method.name != "chained" or not choice.circuit.may_compile:
            return None
        if not isinstance(linear, SparseLinearPart) or self.beside.weights is None:
            return None
        if not (self.linear.scale == 1).all() or not (self.beside.weights == 1).all():
            return None
        chains = choice.circuit.sparse_orders.chains
        assert chains is not None
        return ChainedSteps(linear, self.beside.devices, chains)
