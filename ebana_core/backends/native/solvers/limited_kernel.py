"""Newton's method from tangent to tangent in compiled code, one sample after the other.

It does what `by_limited_steps` does, for circuits of linear elements, diodes and transistors.
"""

from typing import Any

import numpy as np

from ebana_core.arrays import DOUBLE, Array, IntArray
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.limited_steps import NEAR, STEPS_FROM_NEAR
from ebana_core.backends.native.solvers.junction_kernel import (
    EXACT,
    FIRST,
    LIMITED,
    Devices,
    Sums,
    Wiring,
    add_diodes,
)
from ebana_core.backends.native.solvers.stability_kernel import Masses, stability
from ebana_core.backends.native.solvers.transistor_kernel import add_transistors
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.kernels import kernel

TIGHT = DOUBLE.tight
FINISHING = 3
"""Steps from near by, at most, until nothing is left but rounding."""
ARRIVED = 1e-9
"""Length of a step, relative to the voltages, after which rounding is left: a step squares it."""
Linear = tuple[Array, IntArray, IntArray, IntArray]
"""Entries of the linear part, S, their rows, their columns, and their places among the factors."""
Batch = tuple[Array, Array, Wiring, Array]
"""Equal devices of all samples: voltages of their terminals without the unknowns, V, ``(n_samples,
n_devices, n_terminals)``, numbers, wiring, and where their junctions were evaluated, overwritten,
``(n_samples, n_devices, n)``."""
Order = tuple[IntArray, IntArray]
"""Rows and columns of the pivots."""


@kernel(error_model="numpy")
def limited_steps(
    n_steps: int,
    x: Array,
    found: IntArray,
    constant: Array,
    magnitudes: Array,
    linear: Linear,
    pattern: FactorPattern,
    order: Order,
    diodes: Batch,
    transistors: Batch,
    masses: Masses,
    signs: Array,
) -> None:
    """Lead every sample to its operating point, or near it, or leave it.

    Args:
        n_steps: After how many a sample is left.
        x: Zeros, or unknowns that are near; overwritten. Shape ``(n_samples, n)``, V.
        found: 1 where a sample is near, else 0; overwritten with 1 where it is, 2 where rounding
            alone is left of its currents.
        constant: Currents at zero unknowns, without diodes and transistors. Shape of `x`, A.
        magnitudes: Sums of the absolute terms of `constant`. Same shape, A.
        linear: The linear part.
        pattern: Of the factors.
        order: See there.
        diodes: See there.
        transistors: See there.
        masses: What stability is judged with.
        signs: Written: sign of the determinant of the Jacobian times that with masses; 0 where it
            is not known.
    """
    n, n_factors = x.shape[1], len(pattern[1])
    residual, work, step, sizes = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    lu, jacobian, nothing = np.empty(n_factors), np.empty(n_factors), np.empty(0)
    for s in range(len(x)):
        u, n_near = x[s], 0
        constants = constant[s], magnitudes[s]
        own = diodes[0][s], diodes[1], diodes[2], diodes[3][s]
        others = transistors[0][s], transistors[1], transistors[2], transistors[3][s]
        for iteration in range(0 if found[s] else n_steps):
            mode, sums = LIMITED if iteration else FIRST, (residual, lu, nothing)
            moved = evaluate(mode, u, constants, linear, own, others, sums)
            ratio = advance(u, residual, lu, pattern, order, work, step)
            if not ratio < np.inf:
                break
            is_near = ratio <= NEAR and iteration > 0 and moved <= NEAR
            n_near = n_near + 1 if is_near else 0
            if n_near >= STEPS_FROM_NEAR or (is_near and ratio <= ARRIVED):
                found[s] = 1
                break
        # Numba would make machine code for the literal number a second time.
        exact: Any = np.int64(EXACT)
        for _ in range(FINISHING if found[s] else 0):
            evaluate(exact, u, constants, linear, own, others, (residual, lu, sizes))
            for p in range(n_factors):  # slices take seconds to compile
                jacobian[p] = lu[p]
            if is_rounding(residual, sizes):
                found[s] = 2
                break
            if not advance(u, residual, lu, pattern, order, work, step) < np.inf:
                found[s] = 0
                break
        if found[s] == 2 and len(masses[1]):
            signs[s] = stability(jacobian, lu, masses, pattern, work, step)


@kernel(error_model="numpy")
def evaluate(
    mode: int,
    u: Array,
    constants: tuple[Array, Array],
    linear: Linear,
    diodes: Devices,
    transistors: Devices,
    sums: Sums,
) -> float:
    """Set the currents at the unknowns and the Jacobian; return how far junctions moved, V.

    Args:
        mode: Of the junctions; see `junction_kernel`.
        u: Unknowns, V.
        constants: Currents without them, A, and the sums of their absolute terms.
        linear: The linear part.
        diodes: Of the sample.
        transistors: Likewise.
        sums: Overwritten.
    """
    entries, rows, columns, places = linear
    residual, lu, sizes = sums
    for i in range(len(u)):  # slices take seconds to compile
        residual[i] = constants[0][i]
    for p in range(len(lu)):
        lu[p] = 0.0
    for e in range(len(entries)):
        residual[rows[e]] += entries[e] * u[columns[e]]
        lu[places[e]] += entries[e]
    if len(sizes):
        for i in range(len(u)):
            sizes[i] = constants[1][i]
        for e in range(len(entries)):
            sizes[rows[e]] += abs(entries[e] * u[columns[e]])
    moved = add_diodes(mode, u, diodes, sums)
    return max(moved, add_transistors(mode, u, transistors, sums))


@kernel(error_model="numpy")
def advance(
    u: Array,
    residual: Array,
    lu: Array,
    pattern: FactorPattern,
    order: Order,
    work: Array,
    step: Array,
) -> float:
    """Take a step; return its length relative to the voltages, or to 1 V; inf: there is none.

    Args:
        u: Unknowns, V; overwritten.
        residual: A.
        lu: The Jacobian, S; overwritten with its factors.
        pattern: Of the factors.
        order: See there.
        work: Of the length of a row; overwritten.
        step: Likewise.
    """
    if not factor(lu, pattern, work):
        return np.inf
    for i in range(len(u)):
        step[i] = -residual[order[0][i]]
    substitute(lu, pattern, step)
    size, largest = 0.0, 1.0
    for i in range(len(u)):
        place = order[1][i]
        u[place] += step[i]
        if not abs(step[i]) <= size:
            size = abs(step[i])
        largest = max(largest, abs(u[place]))
    return size / largest if size < np.inf else np.inf


@kernel(error_model="numpy")
def is_rounding(residual: Array, sizes: Array) -> bool:
    """Tell whether rounding explains all that is left of the currents."""
    n_open = 0
    for i in range(len(residual)):
        n_open += not abs(residual[i]) <= TIGHT * sizes[i] + NOTHING
    return n_open == 0
