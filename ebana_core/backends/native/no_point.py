"""Errors of samples in which no operating point was found."""

from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import host
from ebana_core.backends.native.outcome import Outcome
from ebana_core.errors import ConvergenceError

MAX_NAMED = 5
"""How many samples an error lists."""

CUT_SHORT = (
    "by Newton's method; the steps allowed for other ways were used up",
    "solve fewer samples at a time, and look at the devices of that node: a law that jumps may "
    "have no operating point there, and values that differ by many decades are hard to solve",
)
"""Words of such an error: what was tried, and what to do."""


def no_point(
    outcome: Outcome, phase: str, names: Sequence[str], tried: str, advice: str
) -> ConvergenceError:
    """Return the error of a phase that is not solved in every sample.

    Args:
        outcome: Where the search ended.
        phase: What the phase is called.
        names: Of the node of every unknown.
        tried: What was tried.
        advice: What to do.
    """
    failed = host(outcome.failed)
    worst = np.abs(host(outcome.residual)[failed])
    worst[np.isnan(worst)] = np.inf
    sample, place = np.unravel_index(np.argmax(worst), worst.shape)
    listed = f"{failed[:MAX_NAMED].tolist()}"
    more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
    return ConvergenceError(
        f"native found no operating point in the {phase} phase for samples {listed}{more}; "
        f"worst node {names[int(place)]!r}, residual {worst[sample, place]:.3g} A {tried}.",
        advice,
    )
