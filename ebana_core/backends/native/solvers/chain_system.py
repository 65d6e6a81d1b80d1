"""Two kinds of chains, coupled to each other: one is eliminated exactly, the other is iterated on.

With A and B the tridiagonal matrices along the chains of either kind and C what couples them,

    | A  -C | |u|   |a|
    | -Cᵀ B | |v| = |b|      (B - Cᵀ A⁻¹ C) v = b + Cᵀ A⁻¹ a,   u = A⁻¹ (a + C v)

is solved for v by conjugate gradients with B as preconditioner. Half of the steps that both kinds
together would take are enough, as each of these is two of those.

Source:
    Concus, Golub and O'Leary 1976, Sparse Matrix Computations, p. 309 (conjugate gradients on
    matrices of this form).
"""

from typing import final

import numpy as np
from scipy.linalg.lapack import dpttrf, dpttrs
from scipy.sparse import csr_array

from ebana_core.arrays import Array

MAX_STEPS = 1000
"""Steps after which conjugate gradients give up; Newton's method judges the result."""


@final
class ChainSystem:
    """The system of one sample.

    Args:
        diagonal: Shape ``(n_unknowns,)``, S.
        along: Couplings of each unknown with the next one in its chain, above zero, 0 at the end
            of a chain. Shape ``(n_unknowns - 1,)``, S.
        across: C. Shape ``(n_first, n_second)``, S.
        across_back: Its transpose.

    Raises:
        LinAlgError: A chain's own matrix is not positive definite.
    """

    def __init__(
        self, diagonal: Array, along: Array, across: csr_array, across_back: csr_array
    ) -> None:
        self._n_first = n_first = across.shape[0]
        self._across, self._back = across, across_back
        self._first = _factored(diagonal[:n_first], -along[: n_first - 1])
        self._second = _factored(diagonal[n_first:], -along[n_first:])

    def solve(self, right: Array, forcing: float) -> Array:
        """Return the solution, V.

        Args:
            right: Right-hand side. Shape ``(n_unknowns,)``, A.
            forcing: Size of the preconditioned residual at the end, relative to the beginning.
        """
        first = right[: self._n_first]
        goal = right[self._n_first :] + self._back @ _solved(self._first, first)
        second = self._iterated(goal, forcing)
        return np.concatenate([_solved(self._first, first + self._across @ second), second])

    def _iterated(self, goal: Array, forcing: float) -> Array:
        """Solve for the second kind by conjugate gradients, starting at zero.

        Source:
            Saad 2003, Iterative Methods for Sparse Linear Systems, algorithm 9.1.
        """
        x, residual = np.zeros_like(goal), goal.copy()
        ahead = _solved(self._second, residual)
        direction = ahead.copy()
        # B times the direction follows from the residuals, whose solutions directions are made of.
        own = residual.copy()
        power = residual @ ahead
        end = forcing**2 * power
        for _ in range(MAX_STEPS):
            if not power > end:
                break
            through = self._back @ _solved(self._first, self._across @ direction)
            image = own - through
            curvature = direction @ image
            if not curvature > 0:
                break
            length = power / curvature
            x += length * direction
            residual -= length * image
            ahead = _solved(self._second, residual)
            new = residual @ ahead
            ratio, power = new / power, new
            direction *= ratio
            direction += ahead
            own *= ratio
            own += residual
        return x


def _factored(diagonal: Array, beside: Array) -> tuple[Array, Array] | None:
    if not len(diagonal):
        return None
    factors, multipliers, failed = dpttrf(diagonal, beside)
    if failed:
        raise np.linalg.LinAlgError("A chain's matrix is not positive definite")
    return factors, multipliers


def _solved(factors: tuple[Array, Array] | None, right: Array) -> Array:
    if factors is None:
        return right
    found, _ = dpttrs(*factors, right)
    return np.asarray(found)
