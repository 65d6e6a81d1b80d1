"""Methods of a facade: each hands its call to one of the object's parts."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
Part = TypeVar("Part")


def delegated(
    part: str, function: Callable[Concatenate[Part, Given], Result]
) -> Callable[Concatenate[Any, Given], Result]:
    """Return a method that calls a function with a part of its object in the object's place.

    The method has the name, docstring and signature of the function, so that `help` and editors
    show what the room wrote where the work is done; its line on the part is left out.

    Args:
        part: Attribute of the object that holds the part.
        function: A function, or method of the part's class, that takes the part first.
    """

    @wraps(function)
    def method(self: Any, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return function(getattr(self, part), *args, **kwargs)

    first, *others = signature(function).parameters.values()
    lines = (function.__doc__ or "").splitlines(keepends=True)
    method.__doc__ = "".join(x for x in lines if not x.strip().startswith(f"{first.name}: "))
    own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = signature(function).replace(parameters=[own, *others])  # type: ignore[attr-defined]  # functions take any attribute; `inspect.signature` reads this one
    return method
