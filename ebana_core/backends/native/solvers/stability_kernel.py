"""What a Jacobian tells of the stability of a sample, in compiled code; see `stability`."""

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.limited_steps import NEAR
from ebana_core.kernels import kernel

Masses = tuple[Array, IntArray]
"""Capacitances and inductances, relative to the largest entry of a Jacobian, and the entries of the
factors where they stand; none where stability is not asked for."""


@kernel(error_model="numpy")
def stability(
    jacobian: Array, lu: Array, masses: Masses, pattern: FactorPattern, work: Array, x: Array
) -> float:
    """Return the sign of a determinant times that with masses; 0 where pivots were bad.

    Args:
        jacobian: Entries in the pattern of the factors; overwritten.
        lu: Of the same length; overwritten.
        masses: See there.
        pattern: Of the factors.
        work: Of the length of a row; overwritten.
        x: Likewise.
    """
    size = 0.0
    for p in range(len(jacobian)):  # slices take seconds to compile
        size = max(size, abs(jacobian[p]))
        lu[p] = jacobian[p]
    if not factor(lu, pattern, work):
        return 0.0
    sign = tested_sign(jacobian, lu, pattern, x)
    for m in range(len(masses[1])):
        jacobian[masses[1][m]] += size * masses[0][m]
    for p in range(len(jacobian)):
        lu[p] = jacobian[p]
    if not factor(lu, pattern, work):
        return 0.0
    return sign * tested_sign(jacobian, lu, pattern, x)


@kernel(error_model="numpy")
def tested_sign(matrix: Array, lu: Array, pattern: FactorPattern, x: Array) -> float:
    """Return the sign of the product of all pivots; 0 where they do not solve an equation.

    Args:
        matrix: Its entries in the pattern of the factors.
        lu: Its factors.
        pattern: Of the factors.
        x: Of the length of a row; overwritten.
    """
    pointers, _, diagonal, _ = pattern
    sign = 1.0
    for i in range(len(diagonal)):
        x[i] = 0.0
        for p in range(pointers[i], pointers[i + 1]):
            x[i] += matrix[p]
        if lu[diagonal[i]] < 0:
            sign = -sign
    # The solution of the sums of all columns is 1 everywhere.
    substitute(lu, pattern, x)
    for i in range(len(diagonal)):
        if not abs(x[i] - 1) <= NEAR:
            return 0.0
    return sign
