"""What is public: all that the pages of the API reference show, found by looking at it."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from ebana_core.analysis.gradient_check import ParameterCheck
from tests.support.project import ROOT

SPOKEN = ("__call__", "__contains__", "__getitem__", "__setitem__")
"""Methods that Python writes without a name, and that take what users give."""
SHOWING = ("GradientCheck", "Model", "OperatingPoints", "Run", "SpiceBlock")
"""Classes whose results users handle too, although no page lists them."""


@cache
def public() -> Mapping[str, Any]:
    """Return by name all classes and functions of the API reference; errors are not built."""
    pages = "".join(path.read_text() for path in sorted(ROOT.glob("docs/api/*.md")))
    found: dict[str, Any] = {}
    for name in re.findall(r"^::: (\S+)$", pages, re.MULTILINE):
        found |= _members(name)
    return MappingProxyType(found)


def _members(name: str) -> dict[str, Any]:
    """Return the public classes and functions of a room, or the one that the name says."""
    if name in ("ebana_core.jax", "ebana_core.torch"):  # their own tests try their names
        return {}
    place, _, last = name.rpartition(".")
    if last[0].isupper() or last in getattr(importlib.import_module(place or name), "__all__", ()):
        return {name: getattr(importlib.import_module(place), last)}
    room = importlib.import_module(name)
    names = getattr(room, "__all__", None) or [
        one for one, item in vars(room).items() if getattr(item, "__module__", "") == name
    ]
    return {
        f"{name}.{one}": item
        for one in names
        if one[0] != "_" and _is_used(item := getattr(room, one))
    }


def _is_used(item: Any) -> bool:
    return inspect.isfunction(item) or (
        inspect.isclass(item) and not issubclass(item, Exception) and item.__module__ != "typing"
    )


def built() -> Mapping[str, Any]:
    """Return the public classes that are not abstract."""
    return {name: item for name, item in _classes().items() if not inspect.isabstract(item)}


def functions() -> Mapping[str, Any]:
    """Return the public functions; hooks are called by name alone."""
    return {
        name: item
        for name, item in public().items()
        if inspect.isfunction(item) and ".hookspecs." not in name
    }


def _classes() -> Mapping[str, Any]:
    return {name: item for name, item in public().items() if inspect.isclass(item)}


def methods() -> dict[str, Any]:
    """Return the public methods with arguments, each by the class that first has it.

    Of public classes, and of what these methods and the properties of `SHOWING` return.
    """
    classes = set(_classes().values())
    showing = [cls for cls in classes if cls.__name__ in SHOWING]
    classes |= {cls for owner in showing for cls in _returned(owner)} | {ParameterCheck}
    found: dict[str, Any] = {}
    for cls in classes:
        found |= {f"{first}.{name}": cls for first, name in _methods_of(cls)}
    return found


def _returned(owner: type) -> Iterator[type]:
    """Yield the classes of this project that methods and properties of a class return."""
    for name in dir(owner):
        function = _function(owner, name)
        if name[0] != "_" and inspect.isfunction(function):
            result = inspect.signature(function).return_annotation
            for cls in (result, *get_args(result)):
                if inspect.isclass(cls) and cls.__module__.startswith("ebana"):
                    yield cls


def _function(cls: type, name: str) -> Any:
    raw = inspect.getattr_static(cls, name)
    if type(raw).__module__ == "ebana_core.delegation":
        return getattr(cls, name)  # the method is put there when it is first asked for
    if isinstance(raw, property):
        return raw.fget
    return raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw


def _methods_of(cls: type) -> Iterator[tuple[str, str]]:
    """Yield where each public method with arguments was first said, and its name."""
    for name in dir(cls):
        method = _function(cls, name)
        if (name[0] == "_" and name not in SPOKEN) or not inspect.isfunction(method):
            continue
        n_own = 0 if isinstance(inspect.getattr_static(cls, name), staticmethod) else 1
        # Bound to an object or class, a method takes its first argument from there.
        is_asked = len(defaults_of(method)) > n_own
        own = [one for one in cls.__mro__ if one.__module__.startswith("ebana")]
        first = [one for one in own if name in vars(one)][-1:]
        if is_asked and first and method.__module__.startswith("ebana"):
            yield first[0].__name__, name


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what a function takes by name, or the settings of a class, and their defaults."""
    own = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in found if one.kind in own}
