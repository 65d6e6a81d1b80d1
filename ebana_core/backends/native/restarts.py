"""Other beginnings, for circuits of blocks, or of currents that fall, not solved from 0 V.

Expressions may have poles there (a quotient by the voltage of a node, a logarithm), or jump (a
switch that has to close), where a search along a step ends before the jump. After one full step
all that is linear holds, sources and states among it, wherever the step began. Whatever a beginning
leads to counts as solved by its residual alone.
"""

from collections.abc import Callable

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.outcome import Outcome

Attempt = Callable[[Array, IntArray | None, bool], Outcome]
"""Newton's method from a start, on some samples (None: all), by full steps or by shortened ones."""
BEGINNINGS = ((0.0, True), (0.1, True), (1.0, True), (10.0, True), (1.0, False), (0.1, False))
"""Largest voltages (and currents) of drawn starts, V (A), and whether full steps are taken, which
cost least."""
FEW = 50
"""Largest number of steps of an attempt: a start that leads to a point leads there soon."""


def restarted(attempt: Attempt, first: Outcome, n_unknowns: int) -> Outcome:
    """Return the outcome of the first start that solves each sample.

    Args:
        attempt: Newton's method.
        first: What came of 0 V.
        n_unknowns: How many there are.
    """
    # A fixed seed: one circuit always finds the same point.
    rng = np.random.default_rng(0)
    found = first
    for amplitude, is_full in BEGINNINGS:
        if not len(found.failed):
            return found
        start = rng.uniform(-amplitude, amplitude, n_unknowns)
        new = attempt(start, found.failed, is_full)
        solved = np.setdiff1d(found.failed, new.failed)
        found.x[solved], found.residual[solved] = new.x[solved], new.residual[solved]
        found = attrs.evolve(found, failed=new.failed)
    return found
