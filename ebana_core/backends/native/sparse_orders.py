"""The orders in which sparse matrices eliminate a circuit's unknowns, and what each would cost.

The estimates are seconds that one Newton step of one sample takes; they come from the structure
alone, so that a circuit is always solved in the same order.
"""

from functools import cached_property
from typing import final

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.backends.native.chains import Chains, find_chains
from ebana_core.backends.native.elimination import Elimination, eliminated, fills_up, wave
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import all_ends, couplings
from ebana_core.circuit.compiled import CompiledCircuit

SOLVES = 640
"""Steps that share one elimination: ten for each of 64 samples."""
PRODUCTS_PER_LENGTH, FEWEST_PRODUCTS = 3, 30
"""Estimated products of conjugate gradients: three per branch on the longest way through the
circuit, since each product carries voltages one branch further and some of them come back, and 30
at least. Grids of 12 x 12 and 30 x 30 nodes took 2.6 per branch. Random graphs, and one to six
layers of windows, through which ways are short, took 14 to 26 in all, whatever their conductances
and diodes."""
PER_ENTRY, PER_OPERATION, PER_SOLVE = 35e-9, 1e-10, 2e-9
"""Seconds that SuperLU takes per entry of its factors and per multiplication of a
factorisation, and per entry of a solve; measured on one core, as those below."""
PER_DENSE = 1e-10
"""Seconds per multiplication of a dense solve."""
PER_CALL, PER_UNKNOWN, PER_SHARED, PER_OWN = 25e-6, 1e-8, 4e-10, 4e-8
"""Seconds of one product and the sums beside it. Of calling them: 100 µs, which as few as four
samples are taken to share, so that single samples lose little. Per unknown, which a dozen passes go
over. Per entry of the matrix, which is read once for all samples. Per entry that a device between
two unknowns gives each sample, which is summed one by one."""


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
    def length(self) -> int:
        """How many couplings lie between the unknown that has most and the farthest, and one."""
        return len(wave(self._pattern))

    @cached_property
    def iterative(self) -> Order:
        """No elimination: products with the matrix carry voltages from branch to branch."""
        n = self.n_unknowns
        n_products = max(FEWEST_PRODUCTS, PRODUCTS_PER_LENGTH * self.length)
        own = couplings([a for a in self._arrays if not a.is_ohmic], self._of_node, n)
        entries = self._pattern.nnz * PER_SHARED + len(own[0]) * PER_OWN
        seconds = n_products * (PER_CALL + n * PER_UNKNOWN + entries)
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
