"""Newton's method compiled with numba, one sample after the other.

It does what `newton` does with full steps, for circuits small enough that the interpreter would
cost more than the arithmetic: two straight lines per device, ideal diodes as bounds, a small
dense remainder. Samples that it does not finish are left to `newton`.
"""

import numpy as np

from ebana_core.arrays import DOUBLE, Array, BoolArray, IntArray
from ebana_core.backends.native.newton import JUST_ABOVE
from ebana_core.backends.native.solvers.kernel_bounds import drop_within, excess, hold, settle
from ebana_core.backends.native.solvers.kernel_step import ANY_ORDER, Linear, Pairs, begin, step
from ebana_core.kernels import kernel

TIGHT, FREE_TOLERANCE = DOUBLE.tight, DOUBLE.free_tolerance
Pieces = tuple[Array, Array, Array]
"""Knee, V, and slopes below and above it, S, of every branch."""
Ends = tuple[IntArray, IntArray, Array, Array]
"""Branch, unknown, scale of the voltage and share of the slope on the diagonal, of every end that
follows an unknown."""
Kept = tuple[Array, Array]
"""Matrix of the rest and inverses of eliminated unknowns, see `Work`, of the last step of every
sample: a nudge changes few of them. Shape of each ``(n_samples, n)``."""


@kernel()
def newton_steps(
    is_free: bool,
    n_steps: int,
    x: Array,
    finished: BoolArray,
    carried: Array,
    constant: Array,
    linear: Linear,
    n_entries: int,
    limits: tuple[Array, Array],
    pieces: Pieces,
    drops: Array,
    sizes: Array,
    ends: Ends,
    pairs: Pairs,
    kept: Kept,
) -> None:
    """Solve every sample that full steps solve.

    Args:
        is_free: Free phase; else the unknowns are changes from one.
        n_steps: Steps after which a sample is given up.
        x: Unknowns, written; zero at the start. Shape ``(n_samples, n_unknowns)``, V.
        finished: Written: whether the sample is solved. Shape ``(n_samples,)``.
        carried: Written in a free phase: what ideal diodes carry. Shape of `x`, A; no rows where
            there are none.
        constant: Currents at zero unknowns. Shape of `x`, A. Fewer rows, here and below, repeat.
        linear: The linear part.
        n_entries: Of the matrix of the rest, see `Work`.
        limits: Lower and upper bounds, V; no rows where there are no ideal diodes.
        pieces: The devices.
        drops: Drops at zero unknowns. Shape ``(n_samples, n_branches)``, V.
        sizes: What their rounding is relative to. Same shape.
        ends: Where the devices are attached.
        pairs: Where they couple two unknowns.
        kept: Written in a free phase, read in one that begins there; no rows: in none of them.
    """
    lower, upper = limits
    n = x.shape[1]
    n_second = len(linear[1])
    # Arrays of their own: rows of one would be read number by number.
    residual, tolerance, steep, balance = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    held = np.zeros(n, dtype=np.bool_)
    n_branches = len(pieces[0])
    slope, current, size = np.empty(n_branches), np.empty(n_branches), np.empty(n_branches)
    injected = np.empty(n)
    shared, matrix = np.empty(n_entries), np.empty((n_second, n_second))
    before, right = np.empty(n - n_second), np.empty(n_second)
    work = shared, before, matrix, right, np.empty(n - n_second, dtype=np.intp)
    for s in range(len(x)):
        u = x[s]
        if is_free or len(kept[0]) == 0:
            begin(shared, before, linear[3])
        else:
            shared[:], before[:] = kept[0][_row(kept[0], s)], kept[1][_row(kept[1], s)]
        best, stalled = np.inf, 0
        for iteration in range(n_steps + 1):
            own_constant = constant[_row(constant, s)]
            if iteration == 0:  # at zero there are no others
                residual[:] = own_constant
                tolerance[:] = TIGHT * np.abs(own_constant)
            else:
                _linear_currents(u, own_constant, linear, residual, tolerance)
            at_drops, at_sizes = drops[_row(drops, s)], sizes[_row(sizes, s)]
            _device_currents(is_free, u, pieces, at_drops, at_sizes, ends, slope, current, size)
            _add_devices(is_free, ends, slope, current, size, injected, residual, tolerance, steep)
            if len(lower) > 0:
                low, high = lower[_row(lower, s)], upper[_row(upper, s)]
                balance[:] = residual
                hold(u, low, high, linear[4], residual, held)
            is_solved = drop_within(residual, tolerance)
            if iteration > 0 and not is_solved:
                worst = excess(residual, tolerance)
                # Nothing leads on from an overflow here; `newton` has shorter steps.
                if not worst < np.inf:
                    break
                stalled = 0 if worst < 0.5 * best else stalled + 1
                best = min(best, worst)
                # Rounding may leave a little more than its estimate, which no step lowers.
                is_solved = worst <= JUST_ABOVE and stalled >= 2
            if is_solved:
                finished[s] = True
                if len(carried) > 0:
                    low, high = lower[_row(lower, s)], upper[_row(upper, s)]
                    settle(u, low, high, held, balance, carried[s])
                if is_free and len(kept[0]) > 0:
                    kept[0][s], kept[1][s] = shared, before
                break
            if iteration == n_steps or not step(
                u, residual, steep, held, linear, slope, pairs, work
            ):
                break


@kernel()
def _row(array: Array, sample: int) -> int:
    return sample % max(len(array), 1)


@kernel(fastmath=ANY_ORDER)
def _linear_currents(
    u: Array, constant: Array, linear: Linear, residual: Array, tolerance: Array
) -> None:
    """Set the currents that leave the unknowns, and what rounding may leave of them, A."""
    diagonal, across, back, inner, own, _ = linear
    n_second, n_first = across.shape
    for i in range(len(u)):
        residual[i] = constant[i]
        tolerance[i] = TIGHT * (abs(constant[i]) + own[i] * abs(u[i]))
    for i in range(n_first):
        residual[i] += diagonal[i] * u[i]
    for c in range(n_second):
        voltage, total, absolute = u[n_first + c], 0.0, 0.0
        # Along the longer side: processors do several numbers of such a loop at once.
        into, out_of = across[c], back[c]
        for i in range(n_first):
            term = into[i] * voltage
            residual[i] += term
            tolerance[i] += TIGHT * abs(term)
            inflow = out_of[i] * u[i]
            total += inflow
            absolute += abs(inflow)
        residual[n_first + c] += total
        tolerance[n_first + c] += TIGHT * absolute
    for r in range(n_second):
        total, absolute = 0.0, 0.0
        for c in range(n_second):
            term = inner[r, c] * u[n_first + c]
            total += term
            if c != r:
                absolute += abs(term)
        residual[n_first + r] += total
        tolerance[n_first + r] += TIGHT * absolute


@kernel()
def _device_currents(
    is_free: bool,
    u: Array,
    pieces: Pieces,
    drops: Array,
    sizes: Array,
    ends: Ends,
    slope: Array,
    current: Array,
    size: Array,
) -> None:
    """Set slopes, S, currents, and what rounding of these is relative to, A."""
    knees, below, above = pieces
    branches, unknowns, scales, _ = ends
    current[:] = 0.0  # the drops that the unknowns give, at first
    for e in range(len(branches)):
        current[branches[e]] += scales[e] * u[unknowns[e]]
    for b in range(len(knees)):
        change, start = current[b], drops[b] - knees[b]
        end = start + change
        slope[b] = above[b] if end > 0 else below[b]
        if is_free:
            current[b] = slope[b] * end
            size[b] = abs(slope[b]) * (sizes[b] + abs(change))
        else:
            # Where no knee is crossed the change keeps all its digits.
            over = change if start > 0 and end > 0 else max(end, 0.0) - max(start, 0.0)
            current[b] = above[b] * over + below[b] * (change - over)
            size[b] = abs(current[b]) + abs(slope[b]) * abs(change)


@kernel()
def _add_devices(
    is_free: bool,
    ends: Ends,
    slope: Array,
    current: Array,
    size: Array,
    injected: Array,
    residual: Array,
    tolerance: Array,
    steep: Array,
) -> None:
    """Add the devices' currents at the unknowns, A; set their slopes on the diagonal, S."""
    branches, unknowns, scales, shares = ends
    steep[:] = 0.0
    injected[:] = 0.0
    for e in range(len(branches)):
        b, i = branches[e], unknowns[e]
        injected[i] += current[b] / scales[e]
        tolerance[i] += TIGHT * size[b] / abs(scales[e])
        steep[i] += slope[b] * shares[e]
    for i in range(len(residual)):
        residual[i] += injected[i]
        if is_free:
            tolerance[i] += FREE_TOLERANCE * abs(injected[i])
