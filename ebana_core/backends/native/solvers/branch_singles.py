"""Networks of transistors in which no two unknowns are joined: each is an equation of its own."""

import numba
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers.branch_kernel import N_KEPT, begin, evaluate, move
from ebana_core.backends.native.solvers.branch_steps import (
    CARRIED,
    LONGEST,
    NEAR,
    TIGHT,
    Branches,
)
from ebana_core.circuit.elements import IntArray
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.laws.tables import SIGN_OF


@numba.njit(cache=True, error_model="numpy")
def solve_singles(
    n_steps: int,
    x: Array,
    found: IntArray,
    constant: Array,
    diagonal: Array,
    branches: Branches,
    of_unknown: IntArray,
    before: IntArray,
    signs: Array,
) -> None:
    """Lead samples of networks to their points in which no two unknowns are joined.

    Each unknown is solved by itself. See `solve_networks`.

    Args:
        n_steps: See there.
        x: See there.
        found: See there.
        constant: See there.
        diagonal: Linear conductances at each unknown, S.
        branches: The transistors, those of one unknown after the other.
        of_unknown: The first transistor of each unknown, and the end.
        before: See there.
        signs: Written: above zero where the current of each unknown rises with its voltage.
    """
    numbers, gates, ties, unknowns, _, ends = branches
    n, n_devices = x.shape[1], len(gates)
    inner, kept, out = np.empty((n_devices, 5)), np.zeros((n_devices, N_KEPT)), np.empty(9)
    for s in range(len(x)):
        found[s], signs[s] = 2, 1.0
        for i in range(n):
            first, last = of_unknown[i], of_unknown[i + 1]
            u, is_done = x[s, i], False
            if before[s] >= 0 and found[before[s]] == 2:
                u = x[before[s], i]
            for k in range(first, last):
                is_head = unknowns[k, 0] >= 0
                head = ends[s, k, 0] + u if is_head else ends[s, k, 0]
                tail = ends[s, k, 1] if is_head else ends[s, k, 1] + u
                begin(k, head, tail, numbers, ties, inner)
            slope = 0.0
            for _ in range(n_steps):
                amount = diagonal[i] * u
                residual, inside, slope = constant[s, i] + amount, 0.0, diagonal[i]
                size = abs(constant[s, i]) + abs(amount)
                for k in range(first, last):
                    is_head = unknowns[k, 0] >= 0
                    head = ends[s, k, 0] + u if is_head else ends[s, k, 0]
                    tail = ends[s, k, 1] if is_head else ends[s, k, 1] + u
                    astray = evaluate(k, head, tail, gates[k], numbers, ties, inner, kept, out)
                    moved = max(abs(kept[k, 0]), max(abs(kept[k, 1]), abs(kept[k, 6])))
                    inside = max(inside, max(astray, moved))
                    if is_head:
                        residual += out[0]
                        slope += out[2]
                        size += CARRIED * out[6] + out[8] + abs(out[2] * head) + abs(out[3] * tail)
                    else:
                        residual += out[1]
                        slope += out[5]
                        size += CARRIED * out[7] + out[8] + abs(out[4] * head) + abs(out[5] * tail)
                if inside <= NEAR and abs(residual) <= TIGHT * size + NOTHING:
                    is_done = True
                    break
                step = -residual / slope
                if not abs(step) < np.inf:
                    break
                step = min(max(step, -LONGEST), LONGEST)
                u += step
                for k in range(first, last):
                    is_head = unknowns[k, 0] >= 0
                    by_head, by_tail = (step, 0.0) if is_head else (0.0, step)
                    move(k, by_head, by_tail, numbers[k, SIGN_OF], ties, inner, kept)
            x[s, i] = u
            if not is_done:
                found[s] = 0
            if not slope > 0:
                signs[s] = 0.0
