"""Newton's method from tangent to tangent in compiled code, one sample after the other.

It does what `by_limited_steps` does, for circuits of linear elements, diodes and transistors.
"""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.factors.kernel import Pattern, factor, substitute
from ebana_core.backends.native.limited_steps import NEAR, STEPS_FROM_NEAR
from ebana_core.backends.native.solvers.junction_kernel import (
    Wiring,
    add_diodes,
    add_transistors,
)
from ebana_core.circuit.elements import IntArray

Linear = tuple[Array, IntArray, IntArray, IntArray]
"""Entries of the linear part, S, their rows, their columns, and their places among the factors."""
Devices = tuple[Array, Array, Wiring]
"""Voltages of the terminals without unknowns, ``(n_samples, n_devices, n_terminals)``, V, numbers,
and wiring."""
Masses = tuple[Array, IntArray]
"""Capacitances and inductances, relative to the largest entry of a Jacobian, and the entries of the
factors where they stand; none where stability is not asked for."""


@numba.njit(cache=True)
def limited_steps(
    n_steps: int,
    x: Array,
    finished: BoolArray,
    constant: Array,
    linear: Linear,
    pattern: Pattern,
    order: tuple[IntArray, IntArray],
    diodes: Devices,
    transistors: Devices,
    masses: Masses,
    signs: Array,
) -> None:
    """Lead every sample near its operating point, or leave it.

    Args:
        n_steps: After how many a sample is left.
        x: Zeros; overwritten with the unknowns. Shape ``(n_samples, n)``, V.
        finished: Written: whether a sample is near.
        constant: Currents at zero unknowns, without diodes and transistors. Shape of `x`, A.
        linear: The linear part.
        pattern: Of the factors.
        order: Rows and columns of the pivots.
        diodes: See there.
        transistors: See there.
        masses: What stability is judged with.
        signs: Written: sign of the determinant of the Jacobian times that with masses; 0 where it
            is not known.
    """
    entries, rows, columns, places = linear
    n = x.shape[1]
    residual, work, step = np.empty(n), np.empty(n), np.empty(n)
    lu, jacobian = np.empty(len(pattern[1])), np.empty(len(pattern[1]))
    inside = np.zeros(len(diodes[1]))
    bulks = np.zeros((len(transistors[1]), 2))
    for s in range(len(x)):
        u, n_near = x[s], 0
        inside[:] = 0.0
        bulks[:] = 0.0
        for iteration in range(n_steps):
            residual[:] = constant[s]
            lu[:] = 0.0
            for e in range(len(entries)):
                residual[rows[e]] += entries[e] * u[columns[e]]
                lu[places[e]] += entries[e]
            first = iteration == 0
            moved = add_diodes(first, u, diodes[0][s], diodes[1], diodes[2], inside, residual, lu)
            moved = max(
                moved,
                add_transistors(
                    first,
                    u,
                    transistors[0][s],
                    transistors[1],
                    transistors[2],
                    bulks,
                    residual,
                    lu,
                ),
            )
            jacobian[:] = lu
            if not factor(lu, pattern, work):
                break
            for i in range(n):
                step[i] = -residual[order[0][i]]
            substitute(lu, pattern, step)
            size, largest = 0.0, 1.0
            for i in range(n):
                place = order[1][i]
                u[place] += step[i]
                size, largest = max(size, abs(step[i])), max(largest, abs(u[place]))
            if not size < np.inf:
                break
            is_near = size <= NEAR * largest and not first and moved <= NEAR
            n_near = n_near + 1 if is_near else 0
            if n_near >= STEPS_FROM_NEAR:
                finished[s] = True
                if len(masses[1]):
                    signs[s] = stability(jacobian, lu, masses, pattern, work, step)
                break


@numba.njit(cache=True)
def stability(
    jacobian: Array, lu: Array, masses: Masses, pattern: Pattern, work: Array, x: Array
) -> float:
    """Return the sign of a determinant times that with masses; 0 where pivots were bad.

    Args:
        jacobian: Entries in the pattern of the factors; overwritten.
        lu: The factors.
        masses: See there.
        pattern: Of the factors.
        work: Of the length of a row; overwritten.
        x: Likewise.
    """
    size = 0.0
    for p in range(len(jacobian)):
        size = max(size, abs(jacobian[p]))
    sign = tested_sign(jacobian, lu, pattern, x)
    for m in range(len(masses[1])):
        jacobian[masses[1][m]] += size * masses[0][m]
    lu[:] = jacobian
    if not factor(lu, pattern, work):
        return 0.0
    return sign * tested_sign(jacobian, lu, pattern, x)


@numba.njit(cache=True)
def tested_sign(matrix: Array, lu: Array, pattern: Pattern, x: Array) -> float:
    """Return the sign of the product of all pivots; 0 where they do not solve an equation.

    Args:
        matrix: Its entries in the pattern of the factors.
        lu: Its factors.
        pattern: Of the factors.
        x: Of the length of a row; overwritten.
    """
    pointers, _, diagonal = pattern
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
