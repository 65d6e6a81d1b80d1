"""Methods that take samples and targets side by side: ``evaluate(x, y, loss)``."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ebana_core.losses import Loss
from ebana_core.network.given import is_array

Own = TypeVar("Own")
Given = ParamSpec("Given")
Result = TypeVar("Result")


def takes_targets(
    function: Callable[Concatenate[Own, Given], Result],
) -> Callable[Concatenate[Own, ...], Result]:
    """Return a method that makes a pair of samples and the targets behind them.

    ``fit(x, y, ...)`` and ``fit(x, y=y, ...)`` call ``fit((x, y), ...)``. Nothing else that a
    method takes in second place is an array or holds arrays by name, so this is never a guess.

    Args:
        function: Takes an object, and samples: a data set, or a pair of inputs and targets.
    """

    @wraps(function)
    def method(own: Own, /, *given: Any, **settings: Any) -> Result:
        if len(given) > 1 and are_targets(given[1]):
            given = (given[:2], *given[2:])
        elif given and "y" in settings:
            given = ((given[0], settings.pop("y")), *given[1:])
        return function(own, *given, **settings)

    return method


def are_targets(given: object) -> bool:
    """Tell whether something is an array, or a mapping of names to arrays."""
    if isinstance(given, Mapping):
        return bool(given) and not any(isinstance(item, Loss | str) for item in given.values())
    return is_array(given)
