"""Methods that take samples and targets side by side: ``evaluate(x, y, loss)``."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from ebana_core.calls import called
from ebana_core.delegation import delegated
from ebana_core.losses import Loss
from ebana_core.network.given import is_array

Part = TypeVar("Part")
Given = ParamSpec("Given")
Result = TypeVar("Result", covariant=True)


class TakesTargets(Protocol[Given, Result]):
    """What type checkers know of a method that takes samples, or samples and targets.

    ``y=`` and all that stands beside it is not checked: no form of types has a place for it.
    """

    @overload
    def __call__(self, *given: Given.args, **settings: Given.kwargs) -> Result: ...

    @overload
    def __call__(self, x: Any, /, *given: Given.args, **settings: Given.kwargs) -> Result: ...

    @overload
    def __call__(self, x: Any, /, *given: Any, y: Any, **settings: Any) -> Result: ...


def takes_targets(
    part: str, function: Callable[Concatenate[Part, Given], Result]
) -> TakesTargets[Given, Result]:
    """Return a method, as `delegated` does, that makes a pair of samples and targets behind them.

    ``fit(x, y, ...)`` and ``fit(x, y=y, ...)`` call ``fit((x, y), ...)``. Nothing else that a
    method takes in second place is an array or holds arrays by name, so this is never a guess.

    Args:
        part: Attribute of the object that holds the part.
        function: Takes the part, and samples: a data set, or a pair of inputs and targets.
    """
    method = delegated(part, function, around=_paired)
    return cast(TakesTargets[Given, Result], method)


def _paired(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def method(own: Any, /, *given: Any, **settings: Any) -> Any:
        if len(given) > 1 and are_targets(given[1]):
            given = (given[:2], *given[2:])
        elif given and "y" in settings:
            given = ((given[0], settings.pop("y")), *given[1:])
        return called(function, (own, *given), settings)

    return method


def are_targets(given: object) -> bool:
    """Tell whether something is an array, or a mapping of names to arrays."""
    if isinstance(given, Mapping):
        return bool(given) and not any(isinstance(item, Loss | str) for item in given.values())
    return is_array(given)
