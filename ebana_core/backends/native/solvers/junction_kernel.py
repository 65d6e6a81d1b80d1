"""Junctions and diodes of one sample in compiled code, on tangents near those of before.

The same laws and limits as those of `Junction`, written once more for loops.
"""

import math

import numba
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.kernels import kernel
from ebana_core.laws.limiting import REVERSE_ROOM
from ebana_core.laws.spice_constants import JUMP

EDGE, LARGEST = 3.0, 300.0
"""Times the thermal voltage below zero, and above: where the exponential ends."""
ROOTS = 60
"""Iterations for the drop across a diode behind its resistance."""
LAST = 1e-8
"""Step of that drop, relative to the voltage in the exponent, after which rounding is left."""

AT_EDGE, BEYOND = math.expm1(-EDGE), math.exp(-EDGE) / JUMP
"""Current and slope, per volt, where the exponential ends, of a unit of saturation current."""
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, of which the first has so many zeros that its multiples are exact."""
SHIFT = 1.5 * 2.0**52
"""A number so large that what is added is rounded to a whole number."""

FIRST, LIMITED, EXACT = 0, 1, 2
"""Where junctions are evaluated: at the edge of conduction, near where they were before, or at the
voltages of their nodes."""

Wiring = tuple[IntArray, Array, IntArray, IntArray, Array]
"""Unknown and scale of every terminal, entries of the factors, their places, and their ratios."""
Devices = tuple[Array, Array, Wiring, Array]
"""Equal devices of one sample: voltages of their terminals without the unknowns, V, ``(n_devices,
n_terminals)``; their numbers, as `laws.tables` lists them; their wiring; and where their junctions
were evaluated last, overwritten: voltages of both, V, of a transistor, of a diode voltage, current,
A, and slope, S."""
Sums = tuple[Array, Array, Array]
"""What all devices of one sample add to: currents, A; slopes in the pattern of the factors, S; and
what the rounding of the currents is relative to, A, or an empty array where nobody asks."""


@kernel(error_model="numpy")
def limited(wished: float, before: float, critical: float, scale: float) -> float:
    """Return the voltage at which a junction is evaluated; see `laws.limiting.limited`."""
    rise = wished - before
    if wished > critical and abs(rise) > 2 * scale:
        if before <= 0:
            return scale * math.log(max(wished / scale, 1.0))
        step = scale * (2 + math.log(max(abs(rise) / scale - 2, 1.0)))
        return before + (step if rise > 0 else -step)
    return max(wished, lowest(before))


@numba.njit(forceinline=True, error_model="numpy")
def lowest(before: float) -> float:
    """Return the lowest voltage at which a junction may be evaluated after this one, V."""
    return (-before if before > 0 else 2 * before) - REVERSE_ROOM


@numba.njit(forceinline=True, error_model="numpy")
def less_one(u: float) -> float:
    """Return exp(u) - 1 without a branch, from -1000 to 700, where no digit that counts is lost.

    As 2^n exp(r), where r is at most half of ln 2, by the series of exp(r).
    """
    turned = u * LOG2_E + SHIFT
    n = turned - SHIFT
    r = (u - n * LN2_HIGH) - n * LN2_LOW
    # Its terms in pairs, then pairs of these: side by side, where one by one each would wait.
    square = r * r
    fourth = square * square
    first = (0.5 + r * (1 / 6.0)) + (1 / 24.0 + r * (1 / 120.0)) * square
    second = (1 / 720.0 + r * (1 / 5040.0)) + (1 / 40320.0 + r * (1 / 362880.0)) * square
    third = (1 / 3628800.0 + r * (1 / 39916800.0)) + (
        1 / 479001600.0 + r * (1 / 6227020800.0)
    ) * square
    series = first + (second + third * fourth) * fourth
    # The last bits of the shifted number are n, and an exponent is a number's first ones.
    bits = np.float64(turned).view(np.int64)
    power = np.int64((bits + 1023) << 52).view(np.float64)
    return power * (series * square + r) + (power - 1)


@numba.njit(forceinline=True, error_model="numpy")
def flat_diffusion(u: float, saturation: float, voltage: float) -> tuple[float, float]:
    """As `diffusion` without a tail, and without a branch."""
    inverse = 1 / voltage
    scaled = u * inverse
    held = min(max(scaled, -EDGE), LARGEST)
    less = less_one(held)
    growth = less + 1
    current = saturation * (less + growth * (scaled - held))
    # Beyond the edge it falls within `JUMP` to what is saturated.
    beyond = min(-EDGE * voltage - u, JUMP)
    end = -saturation if beyond >= JUMP else saturation * (AT_EDGE - BEYOND * beyond)
    falling = 0.0 if beyond >= JUMP else saturation * BEYOND
    return current if beyond < 0 else end, saturation * growth * inverse if beyond < 0 else falling


@numba.njit(forceinline=True, error_model="numpy")
def is_saturated(u: float, voltage: float) -> bool:
    """Tell whether `flat_diffusion` is as far below zero as it goes."""
    return min(-EDGE * voltage - u, JUMP) >= JUMP


@kernel(error_model="numpy")
def diffusion(u: float, saturation: float, voltage: float, has_tail: bool) -> tuple[float, float]:
    """Return current, A, and slope, S, of a junction without gmin."""
    if u > -EDGE * voltage:
        held = min(u / voltage, LARGEST)
        # An exponential loses digits only where it is near 1, and takes half the time.
        less_one = math.exp(held) - 1 if held > 1 else math.expm1(held)
        growth = less_one + 1  # its digits matter for steps alone
        return (
            saturation * (less_one + growth * (u / voltage - held)),
            saturation * growth / voltage,
        )
    if not has_tail:
        beyond = -EDGE * voltage - u
        if beyond >= JUMP:
            return -saturation, 0.0
        slope = saturation * math.exp(-EDGE) / JUMP
        return saturation * math.expm1(-EDGE) - slope * beyond, slope
    third = EDGE * voltage / (math.e * u)
    cube = third**3
    return -saturation * (1 + cube), 3 * saturation * cube / u


@kernel(error_model="numpy")
def behind(
    drop: float, start: float, saturation: float, voltage: float, resistance: float, gmin: float
) -> float:
    """Return the drop across a diode behind its resistance, V.

    The equation bends upwards, so that from any start steps come down to the root after the first.
    """
    if resistance == 0.0:
        return drop
    u = drop
    if drop > 0:
        # From too far below, the first step would end where exponentials overflow.
        highest = min(drop, voltage * math.log1p(drop / (resistance * saturation)))
        u = start if 0 < highest - start < voltage else highest
    for _ in range(ROOTS):
        current, slope = diffusion(u, saturation, voltage, True)
        current, slope = current + gmin * u, slope + gmin
        step = (u + resistance * current - drop) / (1 + resistance * slope)
        u -= step
        if abs(step) <= LAST * voltage:
            break
    return u


@kernel(error_model="numpy")
def terminal_voltage(x: Array, offset: float, unknown: int, scale: float) -> float:
    """Return the voltage of a terminal, V, which may be fixed: then its unknown is beyond `x`."""
    return offset + scale * x[unknown] if unknown < len(x) else offset


@kernel(error_model="numpy")
def add_diodes(mode: int, x: Array, diodes: Devices, sums: Sums) -> float:
    """Add the diodes of a sample; return by how much their junctions moved, V.

    Args:
        mode: `FIRST`, `LIMITED` or `EXACT`.
        x: Unknowns, V.
        diodes: One junction each.
        sums: See there.
    """
    offsets, numbers, (unknowns, scales, entries, places, ratios), before = diodes
    residual, lu, sizes = sums
    n, moved = len(x), 0.0
    for k in range(len(unknowns)):
        head = terminal_voltage(x, offsets[k, 0], unknowns[k, 0], scales[k, 0])
        tail = terminal_voltage(x, offsets[k, 1], unknowns[k, 1], scales[k, 1])
        drop = head - tail
        saturation, voltage, resistance, critical, gmin = numbers[k]
        inner = critical
        if mode == EXACT:
            inner = behind(drop, before[k, 0], saturation, voltage, resistance, gmin)
        elif mode == LIMITED:
            # On the tangent of before, as if there were a node between junction and resistance.
            ahead = drop - before[k, 0] - resistance * before[k, 1]
            wished = before[k, 0] + ahead / (1 + resistance * before[k, 2])
            inner = limited(wished, before[k, 0], critical, voltage)
        current, slope = diffusion(inner, saturation, voltage, True)
        current, slope = current + gmin * inner, slope + gmin
        moved = max(moved, abs(inner - before[k, 0]))
        before[k, 0], before[k, 1], before[k, 2] = inner, current, slope
        near = drop if mode == EXACT else inner + resistance * current
        slope /= 1 + resistance * slope
        current += slope * (drop - near)
        for t in range(2):
            if unknowns[k, t] < n:
                residual[unknowns[k, t]] += (1 - 2 * t) * current / scales[k, t]
                if len(sizes):
                    size = abs(current) + slope * (abs(head) + abs(tail))
                    sizes[unknowns[k, t]] += size / abs(scales[k, t])
        for e in range(places.shape[0]):
            if entries[k, e] >= 0:
                sign = 1.0 if places[e, 0] == places[e, 1] else -1.0
                lu[entries[k, e]] += sign * slope * ratios[k, e]
    return moved
