"""Batches that are solved a few samples at a time: more would take memory, and as long each."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import attrs

from ebana_core.arrays import Array, joined
from ebana_core.backends.native.choose import Choice
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.errors import EbanaError

TOGETHER = 2_000_000
"""Unknowns of all samples that are solved at a time where each sample is solved on its own."""

Inputs = Mapping[str, Array]
Solve = Callable[[Inputs, Inputs | None, OperatingPoints | None], OperatingPoints]
"""Inputs, nudge and start of some samples to their points."""


def n_together(choice: Choice) -> int:
    """Return how many samples of a circuit are solved at a time."""
    if choice.method.name != "chained":
        return sys.maxsize
    return max(1, TOGETHER // max(1, choice.circuit.n_unknowns))


def points_by_parts(
    solve: Solve, step: int, inputs: Inputs, nudge: Inputs | None, start: OperatingPoints | None
) -> OperatingPoints:
    """Return the points of a batch.

    Args:
        solve: Solves some of its samples.
        step: Samples at a time.
        inputs: Input name to ``(n_samples, n_elements)``, V.
        nudge: Output name to injected currents, A; None: none.
        start: The free phase; None: it is solved too.
    """
    if n_samples_of(inputs) <= step:
        return solve(inputs, nudge, start)
    parts = []
    for part in _parts(n_samples_of(inputs), step):
        own = None if nudge is None else _rows(nudge, part)
        begun = None if start is None else start.subset(part)
        with _counting_from(part):
            parts.append(solve(_rows(inputs, part), own, begun))
    points = OperatingPoints.joined(parts)
    # The very arrays that were given: others know points by them.
    free = points.solved_free if start is None else start.solved_free
    return attrs.evolve(points, inputs=inputs, nudge=nudge or {}, free_voltages=free)


def predictions_by_parts(solve: Solve, step: int, inputs: Inputs) -> dict[str, Array]:
    """Return output name to predictions of a batch, V, without keeping other voltages."""
    if n_samples_of(inputs) <= step:
        return solve(inputs, None, None).predictions()
    parts = []
    for part in _parts(n_samples_of(inputs), step):
        with _counting_from(part):
            parts.append(solve(_rows(inputs, part), None, None).predictions())
    return joined(parts)


def n_samples_of(inputs: Inputs) -> int:
    """Return how many samples there are; one where nothing is driven by inputs."""
    return len(next(iter(inputs.values()))) if inputs else 1


def _parts(n_samples: int, step: int) -> Iterator[slice]:
    for first in range(0, n_samples, step):
        yield slice(first, min(first + step, n_samples))


def _rows(arrays: Inputs, part: slice) -> Inputs:
    return {name: array[part] for name, array in arrays.items()}


@contextmanager
def _counting_from(part: slice) -> Iterator[None]:
    """Tell in an error where the samples that it numbers begin."""
    try:
        yield
    except EbanaError as error:
        if part.start:
            error.add_note(f"counted from sample {part.start} of those that were asked for")
        raise
