"""MOS transistors of one sample in compiled code, on tangents near those of before.

The same law and limits as `Mosfet1` with `limited_voltages`, written once more for loops.
"""

import math

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers.junction_kernel import (
    EXACT,
    LIMITED,
    Devices,
    Sums,
    diffusion,
    limited,
    terminal_voltage,
)
from ebana_core.kernels import kernel


@kernel(error_model="numpy")
def channel(
    vgs: float, vds: float, vbs: float, n: Array
) -> tuple[float, float, float, float, float]:
    """Return the current of a channel, A, and its slopes by gate, drain and bulk, S.

    Behind them comes the sum of the absolute terms of its threshold, V.
    """
    beta, modulation, built_in, gamma, phi = n[0], n[1], n[2], n[3], n[4]
    start = math.sqrt(phi)
    if vbs <= 0:
        shaped = math.sqrt(phi - vbs)
        bent = 0.5 / shaped
    else:
        shaped = max(start - vbs / (2 * start), 0.0)
        bent = 0.5 / start if shaped > 0 else 0.0
    over = vgs - built_in - gamma * shaped
    terms = abs(built_in) + abs(gamma * shaped)
    if over <= 0:
        return 0.0, 0.0, 0.0, 0.0, terms
    longer = beta * (1 + modulation * vds)
    if over <= vds:
        square = over * over / 2
        by_gate = longer * over
        by_drain = beta * modulation * square
        return longer * square, by_gate, by_drain, by_gate * gamma * bent, terms
    inside = vds * (over - vds / 2)
    by_gate = longer * vds
    by_drain = longer * (over - vds) + beta * modulation * inside
    return longer * inside, by_gate, by_drain, by_gate * gamma * bent, terms


@kernel(error_model="numpy")
def add_transistors(mode: int, x: Array, transistors: Devices, sums: Sums) -> float:
    """Add the MOS transistors of a sample; return by how much their junctions moved, V.

    Args:
        mode: `FIRST`, `LIMITED` or `EXACT`.
        x: Unknowns, V.
        transistors: Drain, gate, source and bulk; two junctions each, at source and drain.
        sums: See there.
    """
    offsets, numbers, (unknowns, scales, entries, places, ratios), before = transistors
    residual, lu, sizes = sums
    n, moved = len(x), 0.0
    v, near, current = np.empty(4), np.empty(4), np.empty(4)
    slopes = np.zeros((4, 4))
    # In one body: with a function for each part, a network of 200 took a sixth longer.
    for k in range(len(unknowns)):
        own = numbers[k]
        sign, thermal = own[10], own[7]
        for t in range(4):
            v[t] = terminal_voltage(x, offsets[k, t], unknowns[k, t], scales[k, t])
            near[t] = v[t]
        for j in range(2):
            place = 2 - 2 * j
            wished = sign * (v[3] - v[place])
            held = 0.0
            if mode == LIMITED:
                held = limited(wished, before[k, j], own[8 + j], thermal)
            elif mode == EXACT:
                held = wished
            # A voltage that is not limited keeps its digits.
            if held != wished:
                near[place] = v[3] - sign * held
            moved = max(moved, abs(held - before[k, j]))
            before[k, j] = held
        drain, gate, source, bulk = sign * near[0], sign * near[1], sign * near[2], sign * near[3]
        high, low, way = 0, 2, 1.0
        if drain < source:
            high, low, way, drain, source = 2, 0, -1.0, source, drain
        vgs, vds, vbs = gate - source, drain - source, bulk - source
        flow, by_gate, by_high, by_bulk, terms = channel(vgs, vds, vbs, own)
        cancelled = by_gate * (abs(gate) + abs(source) + terms)
        slopes[high, high], slopes[high, 1], slopes[high, 3] = by_high, by_gate, by_bulk
        slopes[high, low] = -(by_high + by_gate + by_bulk)
        for t in range(4):
            slopes[low, t] = -slopes[high, t]
            slopes[3, t] = 0.0
            current[t] = 0.0
        current[0], current[2] = sign * way * flow, -sign * way * flow
        for j in range(2):
            place = 2 - 2 * j
            drop = sign * (near[3] - near[place])
            amount, slope = diffusion(drop, own[5 + j], thermal, False)
            amount, slope = amount + own[11] * drop, slope + own[11]
            current[3] += sign * amount
            current[place] -= sign * amount
            slopes[3, 3] += slope
            slopes[3, place] -= slope
            slopes[place, 3] -= slope
            slopes[place, place] += slope
        for t in range(4):
            if unknowns[k, t] < n and t != 1:
                total, size = current[t], abs(current[t]) + (cancelled if t != 3 else 0.0)
                for other in range(4):
                    total += slopes[t, other] * (v[other] - near[other])
                    size += abs(slopes[t, other] * v[other])
                residual[unknowns[k, t]] += total / scales[k, t]
                if len(sizes):
                    sizes[unknowns[k, t]] += size / abs(scales[k, t])
        for e in range(places.shape[0]):
            if entries[k, e] >= 0:
                lu[entries[k, e]] += slopes[places[e, 0], places[e, 1]] * ratios[k, e]
    return moved
