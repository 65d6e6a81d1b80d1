"""Answers about a circuit from which its solver is chosen: each is found when first asked for."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ebana_core.arrays import BoolArray
from ebana_core.backends.native.partition import Partition, partition_unknowns
from ebana_core.backends.native.sparse_linear import all_ends
from ebana_core.backends.native.sparse_orders import SparseOrders
from ebana_core.backends.native.wired.lattice import Lattice, find_lattices
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Branches, Crossbar
from ebana_core.laws import Law


class Structure:
    """A circuit as the table of solvers sees it: sizes and couplings, no values.

    Args:
        compiled: The circuit.
        is_plain: Arrays are NumPy's in float64, which sparse matrices, compiled code and devices
            of several terminals need.
        may_compile: Tells whether compiled code may be taken, and can be had. It is asked where
            something depends on it, as the answer takes the import of numba.
        compiles_steps: The same of the row "compiled", which takes NumPy's float32 too; None: as
            `may_compile`.
        is_whole: All of its nodes are wanted as unknowns, those inside of crossbars too.
    """

    def __init__(
        self,
        compiled: CompiledCircuit,
        *,
        is_plain: bool = True,
        may_compile: Callable[[], bool] = lambda: False,
        compiles_steps: Callable[[], bool] | None = None,
        is_whole: bool = False,
    ) -> None:
        self.compiled, self.is_plain, self.is_whole = compiled, is_plain, is_whole
        self._may_compile = may_compile
        self._compiles_steps = may_compile if compiles_steps is None else compiles_steps

    @property
    def may_compile(self) -> bool:
        """Whether compiled code may be taken, and can be had."""
        return self._may_compile()

    @property
    def compiles_steps(self) -> bool:
        """The same of the row "compiled"."""
        return self._compiles_steps()

    @cached_property
    def dense(self) -> Partition:
        """The numbering of the unknowns under which dense matrices are smallest."""
        return partition_unknowns(self.compiled)

    @property
    def n_unknowns(self) -> int:
        """How many voltages (and, inside devices, currents) are unknown."""
        return self.dense.n_unknowns

    @property
    def n_rest(self) -> int:
        """How many unknowns are left once whole layers without couplings inside are eliminated."""
        return self.dense.n_unknowns - self.dense.n_first

    @cached_property
    def n_terminal_devices(self) -> int:
        """How many devices have several terminals."""
        return sum(len(terminals.nodes) for terminals in self.compiled.circuit.terminal_devices)

    @cached_property
    def n_slopes(self) -> int:
        """Between how many pairs of unknowns devices of several terminals have slopes."""
        n, pairs = self.n_unknowns, [np.zeros(0, dtype=np.intp)]
        for own in self.compiled.circuit.terminal_devices:
            unknowns, places = self.dense.of_node[own.nodes], own.law.slope_places
            rows, columns = unknowns[:, places.rows], unknowns[:, places.columns]
            pairs.append((rows * n + columns)[(rows < n) & (columns < n)])
        # Several devices may have slopes between the same two.
        return len(np.unique(np.concatenate(pairs)))

    @cached_property
    def lattices(self) -> tuple[Lattice, ...]:
        """The crossbars with wires whose inner nodes only resistors touch."""
        return find_lattices(self.compiled)

    @property
    def n_inside(self) -> int:
        """How many nodes are inside of these."""
        return sum(group.size for lattice in self.lattices for group in lattice.groups)

    @cached_property
    def has_devices(self) -> bool:
        """Whether anything but resistors, sources and amplifiers conducts."""
        circuit = self.compiled.circuit
        is_ohmic = all(array.is_ohmic for array in circuit.element_arrays)
        return bool(not is_ohmic or circuit.terminal_devices or circuit.clamps)

    @cached_property
    def has_devices_between(self) -> bool:
        """Whether a nonlinear branch joins two unknowns, which makes the rest differ by sample."""
        arrays = self.compiled.circuit.element_arrays
        n, of_node = self.n_unknowns, self.dense.of_node
        heads, tails = (of_node[e] for e in all_ends(a for a in arrays if not a.is_ohmic))
        return bool(((heads < n) & (tails < n) & (heads != tails)).any())

    @cached_property
    def bending(self) -> str | None:
        """The first layer whose devices have more than two pieces, or bent ones; None: none has."""
        for array in self.compiled.circuit.element_arrays:
            if not array.is_ohmic and type(array.law).pieces is Law.pieces:
                return array.layer
        return None

    @cached_property
    def falling(self) -> str | None:
        """The first layer with devices whose current may fall; None: none has."""
        for array in self.compiled.circuit.element_arrays:
            if array.law.may_fall:
                return array.layer
        return None

    @cached_property
    def work(self) -> int:
        """Multiplications, about, in one Newton step of one sample by dense matrices."""
        return self.n_unknowns * max(1, self.n_rest) ** 2

    @property
    def products(self) -> int:
        """How many products couple those left after elimination through the eliminated unknowns."""
        return self.dense.n_first * self.n_rest**2

    @cached_property
    def dense_entries(self) -> int:
        """How many numbers the matrices of the dense form hold."""
        dense, n_rest = self.dense, self.n_rest
        total = (2 * dense.n_first + n_rest) * n_rest
        for array in self.compiled.circuit.element_arrays:
            if array.is_ohmic and isinstance(array.topology, Branches):
                heads, tails = array.topology.heads, array.topology.tails
                is_inner = (dense.of_node[heads] < dense.n_unknowns) & (
                    dense.of_node[tails] < dense.n_unknowns
                )
                inner = np.concatenate([heads[is_inner], tails[is_inner]])
                # Branches between unknowns become one matrix over all their nodes.
                total += len(np.unique(inner)) ** 2 + int((~is_inner).sum())
        return total

    @cached_property
    def sparse_entries(self) -> int:
        """How many numbers a sparse matrix of the couplings holds, about."""
        constraints = self.compiled.constraints
        is_free = np.isin(constraints.root, constraints.unknowns)
        arrays = self.compiled.circuit.element_arrays
        return self.n_unknowns + sum(_n_couplings(array.topology, is_free) for array in arrays)

    @cached_property
    def sparse_orders(self) -> SparseOrders:
        """The unknowns in the orders in which sparse matrices eliminate them."""
        return SparseOrders(self.compiled)


def _n_couplings(topology: Branches | Crossbar, is_free: BoolArray) -> int:
    """Return how many entries of a matrix couple two unknowns, about.

    Args:
        topology: The branches.
        is_free: Which nodes follow an unknown.
    """
    if isinstance(topology, Branches):
        return 2 * int((is_free[topology.heads] & is_free[topology.tails]).sum())
    return 2 * int(is_free[topology.rows].sum()) * int(is_free[topology.columns].sum())
