"""One step of Newton's method on networks of transistors among other devices, in compiled code.

What the others conduct is given: their laws stay where they are. The transistors of every sample
keep what is inside of them from step to step.
"""

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.kernel import FactorPattern
from ebana_core.backends.native.solvers.branch_steps import (
    NEAR,
    Linear,
    Order,
    Sums,
    add_up,
    is_balanced,
    is_dominant,
    step_from,
)
from ebana_core.backends.native.solvers.kernel_bounds import hold, settle
from ebana_core.backends.native.solvers.stability_kernel import Masses, stability
from ebana_core.kernels import kernel

Lanes = tuple[Array, IntArray, Array, IntArray, Array]
"""As `branch_steps.Branches`, with blocks of their own for every sample."""
Others = tuple[Array, Array, Array, IntArray, BoolArray]
"""Of the other devices: the currents that they draw from the unknowns, A, and what rounding of
these is relative to, A, ``(n_active, n)``; their slopes, S, ``(n_active, n_slopes)``, and the
entries of the factors where they stand; and whether the devices were evaluated where their nodes
are, ``(n_active,)``."""
Bounds = tuple[Array, Array, IntArray]
"""Voltages between which ideal diodes hold the unknowns, V, of all samples, of one for all, or of
none where there are no such diodes; and the row of the factors of each unknown."""


@kernel(error_model="numpy")
def step_networks(
    active: IntArray,
    x: Array,
    found: IntArray,
    lengths: Array,
    carried: Array,
    constant: Array,
    linear: Linear,
    lanes: Lanes,
    others: Others,
    bounds: Bounds,
    pattern: FactorPattern,
    order: Order,
    masses: Masses,
    signs: Array,
    is_first: bool,
) -> None:
    """Judge where samples are, and step those in whose currents more is left than rounding.

    Args:
        active: Numbers of the samples.
        x: Unknowns; overwritten. Shape ``(n_samples, n)``, V.
        found: Written: 2 where rounding alone is left of a sample's currents, 1 where it steps, 0
            where it cannot.
        lengths: Written: of the steps, V.
        carried: Written where a sample is found: what ideal diodes carry, A. Shape of `x`.
        constant: Currents at zero unknowns, without devices. Shape of `x`, A.
        linear: The linear part.
        lanes: The transistors; the state of their blocks is overwritten.
        others: See there.
        bounds: See there.
        pattern: Of the factors.
        order: See there.
        masses: What stability is judged with; none: it is not asked for.
        signs: Written where a sample is found: above zero where it is known to be stable.
        is_first: Transistors begin without any current.
    """
    n, n_factors = x.shape[1], len(pattern[1])
    sums = np.empty(n), np.empty(n), np.empty(n_factors)
    residual, sizes, jacobian = sums
    factorised = np.empty(n_factors), pattern, order, np.empty(n), np.empty(n)
    lu, _, _, work, step = factorised
    is_held = np.zeros(n, dtype=np.bool_)
    own, balance, has_bounds = np.empty(n), np.empty(n), len(bounds[0]) > 0
    has_factors = n < 0  # a constant would be compiled once more
    for a in range(len(active)):
        s = active[a]
        u = x[s]
        branches = lanes[0][s], lanes[1], lanes[2], lanes[3], lanes[4]
        inside = add_up(u, s, constant, linear, branches, sums, is_first)
        _add_others(a, others, sums)
        if has_bounds:
            _hold(u, s, bounds, pattern, sums, own, balance, is_held)
        if others[4][a] and inside <= NEAR and is_balanced(residual, sizes):
            found[s] = 2
            if has_bounds:
                lower, upper, _ = bounds
                b = s % len(lower)
                settle(u, lower[b], upper[b], is_held, balance, carried[s])
            if len(masses[1]):
                if is_dominant(jacobian, pattern, step):
                    signs[s] = 1.0
                else:
                    signs[s] = stability(jacobian, lu, masses, pattern, work, step)
            continue
        lengths[s], can_step = step_from(u, sums, factorised, np.inf, has_factors, 0.0)
        found[s] = 1 if can_step else 0


@kernel()
def _add_others(a: int, others: Others, sums: Sums) -> None:
    """Add what other devices conduct in an active sample."""
    currents, sizes, slopes, places, _ = others
    for i in range(len(sums[0])):
        sums[0][i] += currents[a, i]
        sums[1][i] += sizes[a, i]
    for e in range(len(places)):
        sums[2][places[e]] += slopes[a, e]


@kernel()
def _hold(
    u: Array,
    s: int,
    bounds: Bounds,
    pattern: FactorPattern,
    sums: Sums,
    own: Array,
    balance: Array,
    is_held: BoolArray,
) -> None:
    """Ask of unknowns that ideal diodes hold that they stand at their bounds.

    Args:
        u: Unknowns, V.
        s: Number of the sample.
        bounds: See there.
        pattern: Of the factors.
        sums: Currents, their sizes and slopes; overwritten at what is held.
        own: Written: the slope by which each unknown is compared with its bounds, S.
        balance: Written: currents, A, which the diodes carry where they hold.
        is_held: Written.
    """
    lower, upper, row_of = bounds
    residual, sizes, jacobian = sums
    pointers, _, diagonal, _ = pattern
    for i in range(len(u)):
        slope = jacobian[diagonal[row_of[i]]]
        own[i] = slope if slope > 0 else 1.0
        balance[i] = residual[i]
    b = s % len(lower)
    hold(u, lower[b], upper[b], own, residual, is_held)
    for i in range(len(u)):
        if is_held[i]:
            # What is left is a difference of two voltages, which are the same at the end.
            sizes[i] = own[i] * abs(u[i])
            row = row_of[i]
            for p in range(pointers[row], pointers[row + 1]):
                jacobian[p] = 0.0
            jacobian[diagonal[row]] = own[i]
