"""How node voltages move in time: what a transient analysis is asked and what it answers."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import UnsupportedError

SPAN = 1e5
"""Largest ratio of the last step of a phase to its first: transients that settle in a ten-
thousandth of a phase are followed as closely as those that take all of it."""
GROWTH = 1.2
"""Largest ratio of a step to the one before."""


@attrs.frozen(eq=False)
class TimedPhase:
    """A stretch of time in which nothing is switched.

    Args:
        duration: s.
        n_steps: Steps of time; each is longer than the one before by the same factor.
        nudge: Output name to the current injected into its heads, ``(n_samples,
            n_predictions)``, A; empty: free.
    """

    duration: float
    n_steps: int
    nudge: Mapping[str, Array]

    @property
    def times(self) -> Array:
        """Points of time, from 0 to `duration`. Shape ``(n_steps + 1,)``, s."""
        factor = min(SPAN ** (1 / self.n_steps), GROWTH)
        grown = factor ** np.arange(self.n_steps + 1) - 1
        return np.asarray(self.duration * (grown / grown[-1]))


@attrs.frozen(eq=False)
class Trajectory:
    """Node voltages at points of time.

    Args:
        times: Of all phases. A phase begins just after its switch, at the time at which the one
            before ends. Shape ``(n_times,)``, s.
        voltages: All nodes. Shape ``(n_times, n_samples, n_nodes)``, V.
    """

    times: Array
    voltages: Array


def times_of(phases: Sequence[TimedPhase]) -> list[Array]:
    """Return the times of every phase, one after the other, s."""
    begins = np.cumsum([0.0, *(phase.duration for phase in phases[:-1])])
    return [begin + phase.times for begin, phase in zip(begins, phases, strict=True)]


def require_motion(compiled: CompiledCircuit) -> None:
    """Refuse blocks that hold what is written as it stands at DC.

    Raises:
        UnsupportedError: Names the layer and the element.
    """
    for devices in compiled.circuit.terminal_devices:
        if devices.law.still:
            raise UnsupportedError(
                f"Layer {devices.layer!r} holds {devices.law.still!r}, which blocks have as it is "
                "at DC: a waveform, time, a state that is held, or inductors that are coupled.",
                "take it out of the block for transients",
            )
