"""Bounds and tolerances of one sample in compiled code.

Loops have no branches inside, which a processor could not predict: whether a diode conducts.
"""

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.kernels import kernel


@kernel()
def hold(u: Array, low: Array, high: Array, own: Array, residual: Array, held: BoolArray) -> None:
    """Replace the residual where an ideal diode holds an unknown at its bound.

    Args:
        u: Unknowns, V.
        low: Lower bounds, V.
        high: Upper bounds, V.
        own: Slopes by which unknowns are compared with their bounds, S, above zero.
        residual: What leaves the unknowns, A; overwritten.
        held: Written.
    """
    for i in range(len(u)):
        # What the way to a bound takes. An unknown whose current is more would by itself go beyond
        # the bound: the diode there conducts.
        down, up, own_residual = own[i] * (u[i] - low[i]), own[i] * (u[i] - high[i]), residual[i]
        held[i] = (own_residual > down) | (own_residual < up)
        raised = up if own_residual < up else own_residual
        residual[i] = down if own_residual > down else raised


@kernel()
def settle(
    u: Array, low: Array, high: Array, held: BoolArray, balance: Array, carried: Array
) -> None:
    """Put unknowns that ideal diodes hold exactly at their bound; set what the diodes carry.

    Args:
        u: Unknowns, V; overwritten.
        low: Lower bounds, V.
        high: Upper bounds, V.
        held: Those that are held.
        balance: What leaves the unknowns without these diodes, A.
        carried: Written, A.
    """
    for i in range(len(u)):
        bound = low[i] if abs(u[i] - low[i]) < abs(u[i] - high[i]) else high[i]
        u[i] = bound if held[i] else u[i]
        carried[i] = balance[i] if held[i] else 0.0


@kernel()
def drop_within(residual: Array, tolerance: Array) -> bool:
    """Drop what is within its tolerance, and tell whether all of it is."""
    n_beyond = 0
    for i in range(len(residual)):
        is_within = abs(residual[i]) <= tolerance[i]
        residual[i] = 0.0 if is_within else residual[i]
        n_beyond += not is_within
    return n_beyond == 0


@kernel(error_model="numpy")
def excess(residual: Array, tolerance: Array) -> float:
    """Return the worst ratio of residual to tolerance; infinite where one is not a number."""
    worst = 0.0
    for i in range(len(residual)):
        if residual[i] != 0.0:
            # A residual that no tolerance allows is infinitely far from it.
            ratio = abs(residual[i]) / tolerance[i]
            worst = max(worst, ratio if ratio == ratio else np.inf)
    return worst
