"""How much may be tried where Newton's method alone finds nothing.

It is counted in steps, not in seconds, so that every machine finds the same points, however fast it
is and whatever else it does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs

STEPS = 1500
"""Steps that all other ways may take together. Circuits that have no operating point at all have
needed up to 430 until every way was tried."""
LARGE = 10_000
"""Unknowns of all samples together from which a step takes longer the more there are."""
PASSES = 300
"""Steps of all samples together that may be taken in large batches."""


@attrs.define
class _Allowance:
    left: float


_ALLOWANCE: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


def allowed(size: int) -> float:
    """Return how many steps a search may take.

    Args:
        size: Number of its unknowns, those of all samples together.
    """
    return STEPS + PASSES * (_cost(size) - 1.0)


@contextmanager
def within(steps: float) -> Iterator[None]:
    """Let searches give up once so many steps are spent, or what is left of an outer allowance."""
    outer = _ALLOWANCE.get()
    own = _Allowance(steps if outer is None else min(steps, outer.left))
    given = own.left
    token = _ALLOWANCE.set(own)
    try:
        yield
    finally:
        _ALLOWANCE.reset(token)
        if outer is not None:
            outer.left -= given - own.left


def spend(size: int) -> None:
    """Count a step of a search; see `allowed`."""
    if (allowance := _ALLOWANCE.get()) is not None:
        allowance.left -= _cost(size)


def is_over() -> bool:
    """Tell whether all that was allowed is spent."""
    allowance = _ALLOWANCE.get()
    return allowance is not None and allowance.left <= 0


def _cost(size: int) -> float:
    return max(1.0, size / LARGE)
