"""Methods of a facade: each hands its call to one of the object's parts."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast, final

from ebana_core.calls import called
from ebana_core.later import imported

Given = ParamSpec("Given")
Result = TypeVar("Result")
Part = TypeVar("Part")


def delegated(
    part: str,
    function: Callable[Concatenate[Part, Given], Result],
    *,
    around: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
) -> Callable[Concatenate[Any, Given], Result]:
    """Return a method that calls a function with a part of its object in the object's place.

    The method has the name, docstring and signature of the function, so that `help` and editors
    show what the room wrote where the work is done; its line on the part is left out.

    Args:
        part: Attribute of the object that holds the part.
        function: A function, or method of the part's class, that takes the part first; where it is
            `Late`, it is imported when the method is first asked for.
        around: Takes the function and returns what is called instead, with other arguments, and
            says itself which of them do not fit.
    """
    return cast(Callable[Concatenate[Any, Given], Result], _Delegated(part, function, around))


@final
class _Delegated:
    """Stands in a class until its method is asked for, and then puts the method there."""

    def __init__(
        self,
        part: str,
        function: Callable[..., Any],
        around: Callable[[Callable[..., Any]], Callable[..., Any]] | None,
    ) -> None:
        self._part, self._function, self._around = part, function, around

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        function = imported(self._function)
        method = _method(self._part, function, self._around)
        setattr(self._owner, self._name, method)
        return method if instance is None else method.__get__(instance, owner)


def _method(
    part: str,
    function: Callable[..., Any],
    around: Callable[[Callable[..., Any]], Callable[..., Any]] | None,
) -> Any:
    whole = around(function) if around else None

    @wraps(function)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if whole is not None:
            # Arguments that it pairs do not fit the function before: a `TypeError` of the work
            # would be told as one of them.
            return whole(getattr(self, part), *args, **kwargs)
        return called(function, (getattr(self, part), *args), kwargs)

    first, *others = signature(function).parameters.values()
    lines = (function.__doc__ or "").splitlines(keepends=True)
    method.__doc__ = "".join(x for x in lines if not x.strip().startswith(f"{first.name}: "))
    own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = signature(function).replace(parameters=[own, *others])  # type: ignore[attr-defined]  # functions take any attribute; `inspect.signature` reads this one
    return method
