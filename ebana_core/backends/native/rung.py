"""A rung of the ladder that the search for operating points climbs; see `search`."""

from collections.abc import Callable

import attrs

from ebana_core.backends.native.outcome import Outcome


@attrs.frozen
class Rung:
    """One way to find what Newton's method did not.

    Args:
        suits: Whether it may find anything in the circuit.
        climb: Returns an outcome with more samples solved.
    """

    suits: Callable[[], bool]
    climb: Callable[[Outcome], Outcome]
