"""Newton steps of circuits with sparse Jacobians, one class for each method.

Unknowns at a bound are known: their rows say so, their columns stay.
"""

from typing import final

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import SuperLU, splu

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.dense_schur import conjugate_gradients
from ebana_core.backends.native.sparse_linear import SparseLinearPart, product

PIVOT = 0.1
"""Size of a diagonal entry, relative to its column, from which on it is a pivot in a circuit
that is not reciprocal; others are positive definite and need no choice."""
COLUMNS = 64
"""Right-hand sides held at once where ports are reduced."""
CHUNK = 4_000_000
"""Matrix entries held at once where port matrices are solved."""


def own_slopes(devices: tuple[DeviceArray, ...], at: Evaluation, shape: tuple[int, ...]) -> Array:
    """Return what devices add to the Jacobian's diagonal. Shape ``(n_samples, n_unknowns)``, S."""
    own = np.zeros(shape)
    for array, slopes in zip(devices, at.slopes, strict=True):
        for terminal in array.terminals:
            terminal.add_slopes(own, slopes)
    return own


class Factors:
    """How sparse matrices are factored.

    Args:
        ordering: SuperLU's name of it.
        is_symmetric: They are symmetric and positive definite, once weighted: no need of pivots.
    """

    def __init__(self, ordering: str, *, is_symmetric: bool) -> None:
        self.ordering, self.pivot = ordering, 0.0 if is_symmetric else PIVOT

    def of(self, matrix: csr_array) -> SuperLU:
        """Return the factors of the transposed matrix, whose columns are the given rows."""
        return splu(
            csc_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape),
            permc_spec=self.ordering,
            diag_pivot_thresh=self.pivot,
            options={"SymmetricMode": True},
        )


def solved(factors: SuperLU, rows: Array) -> Array:
    """Return the solutions for every row of right-hand sides, of a transposed factorisation."""
    return np.ascontiguousarray(factors.solve(np.asfortranarray(rows.T), "T").T)


@final
class PortSolver:
    """Eliminates the unknowns without devices once, and solves the others sample by sample.

    With i the former and p the latter, ``S = L_pp - L_pi L_ii⁻¹ L_ip`` plus the devices' slopes
    is the dense matrix of the ports.
    """

    bends = False
    again = None

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        factors: Factors,
        n_first: int,
    ) -> None:
        self.linear, self.devices, self.n_first = linear, devices, n_first
        matrix = linear.matrix
        self._factors = factors.of(matrix[:n_first, :n_first])
        self._across, self._back = matrix[:n_first, n_first:], matrix[n_first:, :n_first]
        self._ports = matrix[n_first:, n_first:].toarray()
        for first in range(0, len(self._ports), COLUMNS):
            part = slice(first, first + COLUMNS)
            eliminated = solved(self._factors, self._across[:, part].T.toarray())
            self._ports[:, part] -= self._back @ eliminated.T

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """
        n_first = self.n_first
        step = np.empty_like(residual)
        first, right = residual[:, :n_first], -residual[:, n_first:]
        is_open = first.any()
        eliminated = solved(self._factors, first) if is_open else first
        if not right.shape[1]:
            return -eliminated
        if is_open:
            right = right + product(self._back, eliminated)
        second = self._second(at, right, residual[:, n_first:])
        step[:, n_first:] = second
        driven = solved(self._factors, product(self._across, second))
        step[:, :n_first] = -eliminated - driven
        return step

    def _second(self, at: Evaluation, right: Array, residual: Array) -> Array:
        """Solve the systems of the ports."""
        n_first, n = self.n_first, right.shape[1]
        own = own_slopes(self.devices, at, (len(right), n_first + n))[:, n_first:]
        held = None if at.is_bound is None else at.is_bound[:, n_first:]
        if held is not None:
            right = np.where(held, -residual / self.linear.own[n_first:], right)
        step, parts = max(1, CHUNK // n**2), []
        for begin in range(0, len(right), step):
            part = slice(begin, begin + step)
            matrix = np.repeat(self._ports[None], len(right[part]), axis=0)
            np.einsum("sii->si", matrix)[...] += own[part]
            for array, slopes in zip(self.devices, at.slopes, strict=True):
                rows, columns = (index - n_first for index in array.pairs)
                amounts = np.tile(slopes[part][:, array.coupled], 2) * array.factors
                np.add.at(matrix.reshape(-1, n * n).T, rows * n + columns, amounts.T)
            if held is not None:
                matrix = np.where(held[part][:, :, None], np.eye(n), matrix)
            parts.append(np.linalg.solve(matrix, right[part][:, :, None])[:, :, 0])
        return np.concatenate(parts)


@final
class SampleSolver:
    """Factors the Jacobian of every sample, one at a time."""

    bends = False
    again = None

    def __init__(
        self, linear: SparseLinearPart, devices: tuple[DeviceArray, ...], factors: Factors
    ) -> None:
        self.linear, self.devices, self._factors = linear, devices, factors
        pattern = linear.pattern
        each = np.arange(len(linear.own))
        self._diagonal = pattern.find(each, each)
        self._pairs = [pattern.find(*array.pairs) for array in devices]

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """
        own = own_slopes(self.devices, at, residual.shape)
        step = np.empty_like(residual)
        for sample, right in enumerate(residual):
            entries = self.linear.entries.copy()
            entries[self._diagonal] += own[sample]
            for array, slopes, places in zip(self.devices, at.slopes, self._pairs, strict=True):
                amounts = np.tile(slopes[sample, array.coupled], 2) * array.factors
                np.add.at(entries, places, amounts)
            if at.is_bound is not None:
                self._hold(entries, at.is_bound[sample])
            factors = self._factors.of(self.linear.pattern.matrix(entries))
            step[sample] = -factors.solve(right, "T")
        return step

    def _hold(self, entries: Array, is_bound: BoolArray) -> None:
        """Let the rows of unknowns at a bound say how far they are from it."""
        entries[is_bound[self.linear.pattern.rows]] = 0.0
        places = self._diagonal[is_bound]
        entries[places] = self.linear.own[is_bound]


@final
class GradientSolver:
    """Solves all samples together by conjugate gradients."""

    bends = False
    again = None

    def __init__(
        self, linear: SparseLinearPart, devices: tuple[DeviceArray, ...], weights: Array
    ) -> None:
        self.linear, self.devices, self.weights = linear, devices, weights

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """

        def image(vector: Array) -> Array:
            result = self.linear.apply(vector)
            for array, slopes in zip(self.devices, at.slopes, strict=True):
                currents = slopes * array.drops(vector)
                for terminal in array.terminals:
                    terminal.add_currents(result, currents)
            return np.asarray(result * self.weights)

        diagonal = self.linear.matrix.diagonal() + own_slopes(self.devices, at, residual.shape)
        diagonal *= self.weights
        right = -residual * self.weights
        if at.is_bound is None or not at.is_bound.any():
            return conjugate_gradients(image, diagonal, right)
        known = np.where(at.is_bound, -residual / self.linear.own, 0.0)
        free = np.where(at.is_bound, 0.0, 1.0)
        right = (right - image(known)) * free
        return known + conjugate_gradients(lambda v: image(v) * free, diagonal, right)
