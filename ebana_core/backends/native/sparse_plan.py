"""Which circuits take sparse matrices, and by which method their steps are solved.

Decided once, from the structure alone, by the times that the methods would take.
"""

from typing import Literal

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import BoolArray
from ebana_core.backends.native.fill import Fill, elimination_order, factor_fill, fills_up, wave
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import all_ends, couplings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Branches, IntArray
from ebana_core.laws import Ohm

FEWEST = 100
"""Unknowns below which dense matrices are faster whatever they hold."""
SPARSITY = 10
"""Dense entries per sparse one from which on sparse matrices are faster."""
MOST_PORTS = 2000
"""Nodes with devices up to which their dense matrix is considered."""

Method = Literal["ports", "samples", "gradients"]
"""``"ports"``: nodes without devices are eliminated once, the others sample by sample;
``"samples"``: one sparse factorisation per sample; ``"gradients"``: conjugate gradients."""

SOLVES = 640
"""Steps that share one elimination: ten for each of 64 samples."""
PRODUCTS_PER_LENGTH, FEWEST_PRODUCTS = 2, 40
"""Products that conjugate gradients take, about: per branch on the longest way, as each product
carries voltages one branch further, and at least."""
PER_ENTRY, PER_OPERATION, PER_SOLVE = 35e-9, 1e-10, 2e-9
"""Seconds that SuperLU takes per entry of its factors and per multiplication of a
factorisation, and per entry of a solve; measured on one core, as those below."""
PER_DENSE, PER_PRODUCT = 1e-10, 8e-9
"""Seconds per multiplication of a dense solve, and per entry of a sparse product."""


@attrs.frozen(eq=False)
class SparsePlan:
    """How a circuit is solved by sparse matrices.

    Args:
        partition: Numbering of the unknowns in the order of elimination; under ``"ports"``,
            the first are those that no device touches.
        method: How steps are solved.
        fill: Size of the factors of the first unknowns, or of all.
    """

    partition: Partition
    method: Method
    fill: Fill


def plan_sparse(compiled: CompiledCircuit, dense: Partition) -> SparsePlan | None:
    """Return how a circuit is solved by sparse matrices; None where dense ones are faster.

    Args:
        compiled: The circuit.
        dense: Its partition for dense matrices.
    """
    if not takes_sparse(compiled, dense):
        return None
    n, unknowns = dense.n_unknowns, compiled.constraints.unknowns
    position = np.full(compiled.circuit.n_nodes, n, dtype=np.intp)
    position[unknowns] = np.arange(n)
    of_node = position[compiled.constraints.root]
    rows, columns = couplings(compiled.circuit.element_arrays, of_node, n)
    pattern = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    pattern.sum_duplicates()
    choice = _fastest(pattern, _touched(compiled, of_node, n))
    place = np.empty(n + 1, dtype=np.intp)
    place[choice.order], place[n] = np.arange(n), n
    partition = Partition(unknowns[choice.order], place[of_node], choice.n_first)
    return SparsePlan(partition, choice.method, choice.fill)


def takes_sparse(compiled: CompiledCircuit, dense: Partition) -> bool:
    """Tell whether sparse matrices are faster for a circuit; see `plan_sparse`."""
    n = dense.n_unknowns
    if n < FEWEST:
        return False
    is_free = np.isin(compiled.constraints.root, compiled.constraints.unknowns)
    return dense_entries(compiled, dense) >= SPARSITY * (n + _n_couplings(compiled, is_free))


def dense_entries(compiled: CompiledCircuit, dense: Partition) -> int:
    """Return how many numbers the matrices of the dense form hold."""
    n_second = dense.n_unknowns - dense.n_first
    total = (2 * dense.n_first + n_second) * n_second
    for array in compiled.circuit.element_arrays:
        if isinstance(array.law, Ohm) and isinstance(array.topology, Branches):
            heads, tails = array.topology.heads, array.topology.tails
            is_inner = (dense.of_node[heads] < dense.n_unknowns) & (
                dense.of_node[tails] < dense.n_unknowns
            )
            total += len(np.unique(np.concatenate([heads[is_inner], tails[is_inner]]))) ** 2
            total += int((~is_inner).sum())
    return total


def _n_couplings(compiled: CompiledCircuit, is_free: BoolArray) -> int:
    """Return how many entries couple two unknowns, about; `is_free` says which nodes follow one."""
    total = 0
    for array in compiled.circuit.element_arrays:
        topology = array.topology
        if isinstance(topology, Branches):
            total += 2 * int((is_free[topology.heads] & is_free[topology.tails]).sum())
        else:
            total += 2 * int(is_free[topology.rows].sum()) * int(is_free[topology.columns].sum())
    return total


def _touched(compiled: CompiledCircuit, of_node: IntArray, n: int) -> BoolArray:
    """Tell which unknowns nonlinear branches or ideal diodes are attached to."""
    circuit = compiled.circuit
    ends = all_ends(a for a in circuit.element_arrays if not isinstance(a.law, Ohm))
    is_touched = np.zeros(n + 1, dtype=bool)
    for nodes in (*ends, *(clamps.nodes for clamps in circuit.clamps)):
        is_touched[of_node[nodes]] = True
    return is_touched[:n]


@attrs.frozen(eq=False)
class _Choice:
    """One way to solve steps.

    Args:
        method: Its name.
        order: The unknowns in the order of elimination.
        n_first: How many of them are eliminated once.
        fill: Size of the factors.
        seconds: What a step of one sample takes.
    """

    method: Method
    order: IntArray
    n_first: int
    fill: Fill
    seconds: float


def _fastest(pattern: csr_array, is_touched: BoolArray) -> _Choice:
    """Return the fastest way to solve steps.

    Args:
        pattern: The couplings of the unknowns.
        is_touched: Unknowns with devices.
    """
    n, n_ports = len(is_touched), int(is_touched.sum())
    n_products = max(FEWEST_PRODUCTS, PRODUCTS_PER_LENGTH * len(wave(pattern)))
    seconds = n_products * (pattern.nnz + n) * PER_PRODUCT
    n_first = 0 if n_ports else n
    choices = [_Choice("gradients", np.arange(n), n_first, Fill(0.0, 0.0), seconds)]
    if not fills_up(pattern):
        if n_ports < min(n, MOST_PORTS):
            choices.append(_by_ports(pattern, is_touched))
        if n_ports:
            choices.append(_by_samples(pattern))
    return min(choices, key=lambda choice: choice.seconds)


def _by_ports(pattern: csr_array, is_touched: BoolArray) -> _Choice:
    linear, ports = np.flatnonzero(~is_touched), np.flatnonzero(is_touched)
    inner = pattern[linear][:, linear]
    order = elimination_order(inner)
    fill = factor_fill(inner, order)
    once = _factorisation(fill) + len(ports) * fill.entries * PER_SOLVE
    each = 2 * fill.entries * PER_SOLVE + 2 / 3 * len(ports) ** 3 * PER_DENSE
    everything = np.concatenate([linear[order], ports])
    return _Choice("ports", everything, len(linear), fill, once / SOLVES + each)


def _by_samples(pattern: csr_array) -> _Choice:
    order = elimination_order(pattern)
    fill = factor_fill(pattern, order)
    return _Choice("samples", order, 0, fill, _factorisation(fill) + fill.entries * PER_SOLVE)


def _factorisation(fill: Fill) -> float:
    return fill.entries * PER_ENTRY + fill.operations * PER_OPERATION
