"""Diodes and transistors of one sample in compiled code, on tangents near those of before.

The same laws and limits as `Junction.near` and `Mosfet1` with `limited_voltages`, written once more
for loops; what they lead to is judged by the laws themselves.
"""

import math

import numba
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.limiting import REVERSE_ROOM
from ebana_core.laws.spice_constants import GMIN

EDGE, LARGEST = 3.0, 300.0
"""Times the thermal voltage below zero, and above: where the exponential ends."""
ROOTS = 60
"""Iterations for the drop across a diode behind its resistance."""
SAME = 1e-15
"""Relative change of that drop after which it is found."""

Wiring = tuple[IntArray, Array, IntArray, IntArray, Array]
"""Unknown and scale of every terminal, entries of the factors, their places, and their ratios."""


@numba.njit(cache=True)
def limited(wished: float, before: float, critical: float, scale: float) -> float:
    """Return the voltage at which a junction is evaluated; see `laws.limiting.limited`."""
    rise = wished - before
    if wished > critical and abs(rise) > 2 * scale:
        if before <= 0:
            return scale * math.log(max(wished / scale, 1.0))
        step = scale * (2 + math.log(max(abs(rise) / scale - 2, 1.0)))
        return before + (step if rise > 0 else -step)
    return max(wished, (-before if before > 0 else 2 * before) - REVERSE_ROOM)


@numba.njit(cache=True)
def diffusion(u: float, saturation: float, voltage: float, has_tail: bool) -> tuple[float, float]:
    """Return current, A, and slope, S, of a junction without gmin."""
    if u > -EDGE * voltage:
        held = min(u / voltage, LARGEST)
        growth = math.exp(held)
        return (
            saturation * (math.expm1(held) + growth * (u / voltage - held)),
            saturation * growth / voltage,
        )
    if not has_tail:
        return -saturation, 0.0
    third = EDGE * voltage / (math.e * u)
    cube = third**3
    return -saturation * (1 + cube), 3 * saturation * cube / u


@numba.njit(cache=True)
def behind(drop: float, saturation: float, voltage: float, resistance: float) -> float:
    """Return the drop across a diode behind its resistance, V."""
    if resistance == 0.0:
        return drop
    u = drop
    if drop > 0:
        u = min(drop, voltage * math.log1p(drop / (resistance * saturation)))
    for _ in range(ROOTS):
        current, slope = diffusion(u, saturation, voltage, True)
        current, slope = current + GMIN * u, slope + GMIN
        step = (u + resistance * current - drop) / (1 + resistance * slope)
        u -= step
        if abs(step) <= SAME * abs(u):
            break
    return u


@numba.njit(cache=True)
def add_diodes(
    is_first: bool,
    x: Array,
    offsets: Array,
    numbers: Array,
    wiring: Wiring,
    before: Array,
    residual: Array,
    lu: Array,
) -> float:
    """Add the diodes of a sample; return by how much their junctions moved, V.

    Args:
        is_first: Nothing was evaluated before.
        x: Unknowns, V.
        offsets: Voltages of the terminals without them. Shape ``(n_diodes, 2)``, V.
        numbers: Saturation current, exponent's voltage, resistance, critical voltage of each.
        wiring: See there.
        before: Junction voltages, overwritten, V.
        residual: Gets the currents, A.
        lu: Gets the slopes, S.
    """
    unknowns, scales, entries, places, ratios = wiring
    n, moved = len(x), 0.0
    for k in range(len(unknowns)):
        drop = offsets[k, 0] - offsets[k, 1]
        for t in range(2):
            if unknowns[k, t] < n:
                drop += (1 - 2 * t) * scales[k, t] * x[unknowns[k, t]]
        saturation, voltage, resistance, critical = numbers[k]
        inner = critical
        wished = critical
        if not is_first:
            wished = behind(drop, saturation, voltage, resistance)
            inner = limited(wished, before[k], critical, voltage)
        moved = max(moved, abs(inner - before[k]))
        before[k] = inner
        current, slope = diffusion(inner, saturation, voltage, True)
        current, slope = current + GMIN * inner, slope + GMIN
        near = drop if (not is_first and inner == wished) else inner + resistance * current
        slope /= 1 + resistance * slope
        current += slope * (drop - near)
        for t in range(2):
            if unknowns[k, t] < n:
                residual[unknowns[k, t]] += (1 - 2 * t) * current / scales[k, t]
        for e in range(places.shape[0]):
            if entries[k, e] >= 0:
                sign = 1.0 if places[e, 0] == places[e, 1] else -1.0
                lu[entries[k, e]] += sign * slope * ratios[k, e]
    return moved


@numba.njit(cache=True)
def channel(vgs: float, vds: float, vbs: float, n: Array) -> tuple[float, float, float, float]:
    """Return the current of a channel, A, and its slopes by gate, drain and bulk, S."""
    beta, modulation, built_in, gamma, phi = n[0], n[1], n[2], n[3], n[4]
    start = math.sqrt(phi)
    if vbs <= 0:
        shaped = math.sqrt(phi - vbs)
        bent = 0.5 / shaped
    else:
        shaped = max(start - vbs / (2 * start), 0.0)
        bent = 0.5 / start if shaped > 0 else 0.0
    over = vgs - built_in - gamma * shaped
    if over <= 0:
        return 0.0, 0.0, 0.0, 0.0
    longer = beta * (1 + modulation * vds)
    if over <= vds:
        square = over * over / 2
        by_gate = longer * over
        return longer * square, by_gate, beta * modulation * square, by_gate * gamma * bent
    inside = vds * (over - vds / 2)
    by_gate = longer * vds
    by_drain = longer * (over - vds) + beta * modulation * inside
    return longer * inside, by_gate, by_drain, by_gate * gamma * bent


@numba.njit(cache=True)
def add_transistors(
    is_first: bool,
    x: Array,
    offsets: Array,
    numbers: Array,
    wiring: Wiring,
    before: Array,
    residual: Array,
    lu: Array,
) -> float:
    """Add the MOS transistors of a sample; return by how much their junctions moved, V.

    Args:
        is_first: Nothing was evaluated before.
        x: Unknowns, V.
        offsets: Voltages of drain, gate, source and bulk without them. Shape ``(n, 4)``, V.
        numbers: Of `channel`, then saturation currents of source and drain, their exponent's
            voltage, critical voltages of source and drain, and the sign.
        wiring: See there.
        before: Junction voltages of source and drain, overwritten. Shape ``(n, 2)``, V.
        residual: Gets the currents, A.
        lu: Gets the slopes, S.
    """
    unknowns, scales, entries, places, ratios = wiring
    n, moved = len(x), 0.0
    v, near, current = np.empty(4), np.empty(4), np.empty(4)
    slopes = np.zeros((4, 4))
    for k in range(len(unknowns)):
        own = numbers[k]
        sign, thermal = own[10], own[7]
        for t in range(4):
            v[t] = offsets[k, t]
            if unknowns[k, t] < n:
                v[t] += scales[k, t] * x[unknowns[k, t]]
            near[t] = v[t]
        for j in range(2):
            place = 2 - 2 * j
            wished = sign * (v[3] - v[place])
            held = 0.0 if is_first else limited(wished, before[k, j], own[8 + j], thermal)
            if held != wished:
                near[place] = v[3] - sign * held
            moved = max(moved, abs(held - before[k, j]))
            before[k, j] = held
        drain, gate, source, bulk = sign * near[0], sign * near[1], sign * near[2], sign * near[3]
        high, low, way = 0, 2, 1.0
        if drain < source:
            high, low, way, drain, source = 2, 0, -1.0, source, drain
        flow, by_gate, by_high, by_bulk = channel(gate - source, drain - source, bulk - source, own)
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
            amount, slope = amount + GMIN * drop, slope + GMIN
            current[3] += sign * amount
            current[place] -= sign * amount
            slopes[3, 3] += slope
            slopes[3, place] -= slope
            slopes[place, 3] -= slope
            slopes[place, place] += slope
        for t in range(4):
            if unknowns[k, t] < n and t != 1:
                total = current[t]
                for other in range(4):
                    total += slopes[t, other] * (v[other] - near[other])
                residual[unknowns[k, t]] += total / scales[k, t]
        for e in range(places.shape[0]):
            if entries[k, e] >= 0:
                lu[entries[k, e]] += slopes[places[e, 0], places[e, 1]] * ratios[k, e]
    return moved
