"""Whether what is left of the equations is within what rounding may leave."""

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, namespace
from ebana_core.backends.native.equations import Equations, Evaluation


def unsettled(residual: Array, tolerance: Array) -> Array:
    """Return the residual without what is within its tolerance, A."""
    return namespace(residual).where(abs(residual) <= tolerance, 0.0, residual)


def worst_excess(residual: Array, tolerance: Array) -> Array:
    """Return how far the worst node of each sample is above its tolerance, as a ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = abs(residual) / tolerance
    # Where nothing flows, 0/0 is no excess.
    ratio[residual == 0] = 0.0
    xp = namespace(ratio)
    worst = xp.max(ratio, axis=1) if ratio.shape[1] else xp.sum(ratio, axis=1)
    return xp.where(xp.isfinite(worst), worst, np.inf)


def is_right(equations: Equations, x: Array, samples: IntArray, at: Evaluation) -> BoolArray:
    """Tell which samples are solutions, though not to their last digits."""
    excess = worst_excess(at.residual, equations.acceptable(x, samples, at))
    right: BoolArray = (excess <= 1) & at.finite()
    return right
