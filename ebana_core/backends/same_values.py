"""Whether phases were solved at the same values, without which no change counts between them."""

from collections.abc import Mapping, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError


def are_equal(mine: Mapping[str, Array], theirs: Mapping[str, Array]) -> bool:
    """Tell whether both name the same arrays, equal in every entry."""
    return mine is theirs or (
        mine.keys() == theirs.keys()
        and all(v is theirs[n] or np.array_equal(v, theirs[n]) for n, v in mine.items())
    )


def check_same_values(**pairs: tuple[Mapping[str, Array], Mapping[str, Array]]) -> None:
    """Refuse a nudged phase at other values than its free phase.

    Args:
        pairs: What the values are, for the error, to those of the free and the nudged phase.

    Raises:
        ParameterError: They differ.
    """
    for what, (free, nudged) in pairs.items():
        if not are_equal(free, nudged):
            raise ParameterError(
                f"A nudged phase starts from a free phase that was solved at other {what}.",
                "solve the free phase at the same parameters and inputs, or leave out `start`",
            )


def check_one_set(sets: Sequence[Mapping[str, Array]]) -> None:
    """Refuse to join operating points of different parameters.

    Args:
        sets: The parameters of each, by name.

    Raises:
        ParameterError: They differ.
    """
    if not all(are_equal(sets[0], other) for other in sets[1:]):
        raise ParameterError(
            f"{len(sets)} sets of operating points were solved at different parameters.",
            "keep them apart, or solve all of them at the same parameters",
        )


def check_one_phase(nudges: Sequence[Mapping[str, Array]]) -> None:
    """Refuse to join free phases and nudged ones, or such that are nudged at other outputs.

    Args:
        nudges: What each was nudged by, by output; empty: it is free.

    Raises:
        ParameterError: They differ.
    """
    if len(found := {", ".join(map(repr, sorted(nudge))) for nudge in nudges}) > 1:
        told = " beside ".join(f"nudged at {names}" if names else "free" for names in sorted(found))
        raise ParameterError(
            f"{len(nudges)} sets of operating points are of several phases: {told}.",
            "join the free ones, and the nudged ones of the same outputs, each for themselves",
        )
