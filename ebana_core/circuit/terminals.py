"""Devices of several terminals, some samples at a time."""

from collections.abc import Iterator

from ebana_core.circuit.elements import TerminalDevices

SLOPES_AT_ONCE = 100_000
"""Slopes held at once. Laws hold some ten arrays of that many, which stay in the cache then; all
samples of a large network at once took twice as long, and gigabytes."""


def terminal_chunks(devices: TerminalDevices, n_samples: int) -> Iterator[slice]:
    """Yield the samples whose devices are computed together."""
    each = len(devices.nodes) * len(devices.law.slope_places.rows)
    step = max(1, SLOPES_AT_ONCE // max(1, each))
    for first in range(0, n_samples, step):
        yield slice(first, first + step)
