"""The orders in which sparse matrices eliminate a circuit's unknowns, and what each would cost.

The estimates are seconds that one Newton step of one sample takes; they come from the structure
alone, so that a circuit is always solved in the same order.
"""

from functools import cached_property
from typing import final

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import BoolArray
from ebana_core.backends.native.chains import Chains, find_chains
from ebana_core.backends.native.elimination import Elimination, eliminated, fills_up, wave
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import all_ends, couplings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray

SOLVES = 640
"""Steps that share one elimination: ten for each of 64 samples."""
PRODUCTS_PER_LENGTH, FEWEST_PRODUCTS = 2, 40
"""Estimated products of conjugate gradients: two per branch on the longest way through the circuit,
since each product carries voltages one branch further, and 40 at least."""
PER_ENTRY, PER_OPERATION, PER_SOLVE = 35e-9, 1e-10, 2e-9
"""Seconds that SuperLU takes per entry of its factors and per multiplication of a
factorisation, and per entry of a solve; measured on one core, as those below."""
PER_DENSE, PER_PRODUCT = 1e-10, 8e-9
"""Seconds per multiplication of a dense solve, and per entry of a sparse product."""


@attrs.frozen(eq=False)
class Order:
    """One order of elimination.

    Args:
        partition: The unknowns in this order; the first `n_first` are eliminated once for all
            samples.
        fill: Numbers that the factors of these, or of all, hold.
        ordering: What SuperLU is told of it.
        seconds: What a step of one sample takes, about.
    """

    partition: Partition
    fill: float
    ordering: str
    seconds: float


@final
class SparseOrders:
    """The orders of one circuit; each is found when it is first asked for.

    Args:
        compiled: The circuit.
    """

    def __init__(self, compiled: CompiledCircuit) -> None:
        self._nodes = compiled.constraints.unknowns
        n = len(self._nodes)
        position = np.full(compiled.circuit.n_nodes, n, dtype=np.intp)
        position[self._nodes] = np.arange(n)
        self._of_node = position[compiled.constraints.root]
        self._arrays = compiled.circuit.element_arrays
        self._is_touched = _touched(compiled, self._of_node, n)

    @cached_property
    def _pattern(self) -> csr_array:
        """Pattern of the Jacobian beside its diagonal."""
        n = self.n_unknowns
        rows, columns = couplings(self._arrays, self._of_node, n)
        pattern = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
        pattern.sum_duplicates()
        return pattern

    @property
    def n_unknowns(self) -> int:
        """How many voltages are unknown."""
        return len(self._nodes)

    @cached_property
    def n_touched(self) -> int:
        """How many unknowns a device or an ideal diode touches."""
        return int(self._is_touched.sum())

    @cached_property
    def fills_up(self) -> bool:
        """Whether the factors would fill up, so that no order of elimination is worth finding."""
        return fills_up(self._pattern)

    @cached_property
    def iterative(self) -> Order:
        """No elimination: products with the matrix carry voltages from branch to branch."""
        n = self.n_unknowns
        n_products = max(FEWEST_PRODUCTS, PRODUCTS_PER_LENGTH * len(wave(self._pattern)))
        seconds = n_products * (self._pattern.nnz + n) * PER_PRODUCT
        # Without devices the matrix is the same for all samples: whoever factors it does so once.
        n_first = 0 if self.n_touched else n
        return self._order(np.arange(n), n_first, 0.0, seconds, "MMD_AT_PLUS_A")

    @cached_property
    def chains(self) -> Chains | None:
        """The unknowns as chains of two kinds; None: they are no such chains."""
        return find_chains(self._arrays, self._of_node, self.n_unknowns)

    @cached_property
    def chained(self) -> Order:
        """Chain after chain."""
        assert self.chains is not None
        return self._order(self.chains.order, self.chains.n_first, 0.0, 0.0, "MMD_AT_PLUS_A")

    @cached_property
    def transfer(self) -> Order:
        """The unknowns without devices first, once; those with devices as a dense matrix."""
        linear = np.flatnonzero(~self._is_touched)
        touched = np.flatnonzero(self._is_touched)
        inner = self._pattern[linear][:, linear]
        found = eliminated(inner)
        # Paid once per set of parameters, and shared by many steps.
        once = _factorisation(found) + len(touched) * found.entries * PER_SOLVE
        each = 2 * found.entries * PER_SOLVE + 2 / 3 * len(touched) ** 3 * PER_DENSE
        order = np.concatenate([linear[found.order], touched])
        return self._order(order, len(linear), found.entries, once / SOLVES + each)

    @cached_property
    def direct(self) -> Order:
        """All unknowns, for every sample."""
        found = eliminated(self._pattern)
        seconds = _factorisation(found) + found.entries * PER_SOLVE
        return self._order(found.order, 0, found.entries, seconds)

    def _order(
        self,
        order: IntArray,
        n_first: int,
        fill: float,
        seconds: float,
        ordering: str = "NATURAL",
    ) -> Order:
        n = len(order)
        place = np.empty(n + 1, dtype=np.intp)
        place[order], place[n] = np.arange(n), n
        partition = Partition(self._nodes[order], place[self._of_node], n_first)
        return Order(partition, fill, ordering, seconds)


def _touched(compiled: CompiledCircuit, of_node: IntArray, n: int) -> BoolArray:
    """Tell which unknowns nonlinear branches or ideal diodes are attached to."""
    circuit = compiled.circuit
    ends = all_ends(array for array in circuit.element_arrays if not array.is_ohmic)
    is_touched = np.zeros(n + 1, dtype=bool)
    for nodes in (*ends, *(clamps.nodes for clamps in circuit.clamps)):
        is_touched[of_node[nodes]] = True
    return is_touched[:n]


def _factorisation(found: Elimination) -> float:
    return found.entries * PER_ENTRY + found.operations * PER_OPERATION
