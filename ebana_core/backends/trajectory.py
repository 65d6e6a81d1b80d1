"""How node voltages move in time: what a transient analysis is asked and what it answers."""

from collections.abc import Mapping

import attrs

from ebana_core.arrays import Array


@attrs.frozen(eq=False)
class TimedPhase:
    """A stretch of time in which nothing is switched.

    Args:
        duration: s.
        n_steps: Equal steps of time.
        nudge: Output name to the current injected into its heads, ``(n_samples,
            n_predictions)``, A; empty: free.
    """

    duration: float
    n_steps: int
    nudge: Mapping[str, Array]


@attrs.frozen(eq=False)
class Trajectory:
    """Node voltages at points of time.

    Args:
        times: From 0; the last point of a phase is the first of the next. Shape ``(n_times,)``, s.
        voltages: All nodes. Shape ``(n_times, n_samples, n_nodes)``, V.
    """

    times: Array
    voltages: Array
