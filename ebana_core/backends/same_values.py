"""Whether phases were solved at the same values, without which no change counts between them."""

from collections.abc import Mapping

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
