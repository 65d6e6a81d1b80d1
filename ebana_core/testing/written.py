"""Checks that files can hold an object by name, and that it cannot change behind their back."""

import json
import pickle
from typing import Any

import attrs

from ebana_core.errors import EbanaError
from ebana_core.network.plain_data import plain, restored
from ebana_core.registry import load_registry


def check_provided(thing: Any, hook: str) -> None:
    """Some installed plugin provides the class, so that files and the command line know it.

    Raises:
        AssertionError: No plugin does.
    """
    provided = load_registry().naming(type(thing))
    name = type(thing).__name__
    assert provided is not None, (
        f"no installed plugin provides {name}; return it from {hook}, and install the plugin"
    )
    assert provided.hook == hook, f"{name} is provided by {provided.hook}; return it from {hook}"


def check_written(thing: Any, hook: str) -> None:
    """A run file holds the object by name and fields, and what it is read as equals it.

    Raises:
        AssertionError: No plugin provides it, a field is not plain data, or it comes back changed.
    """
    check_provided(thing, hook)
    registry, name = load_registry(), type(thing).__name__
    assert attrs.has(type(thing)), f"{name} is no attrs class; write @attrs.frozen above it"
    stored = json.loads(json.dumps(plain(thing, "kit", registry)))
    try:
        again = restored(stored, {}, registry)
    except (EbanaError, TypeError) as error:
        raise AssertionError(
            f"a file cannot hold {thing!r}: {error}; let its fields be plain data, or classes of "
            "ebana_settings"
        ) from error
    assert again == thing, f"a file gives back {again!r} for {thing!r}"


def check_frozen(thing: Any) -> None:
    """The settings cannot be changed, and workers get the same ones.

    Raises:
        AssertionError: Names the field that can be set, or tells what another process gets.
    """
    name = type(thing).__name__
    for field in attrs.fields(type(thing)) if attrs.has(type(thing)) else ():
        try:
            setattr(thing, field.name, getattr(thing, field.name))
        except AttributeError:  # of attrs, what a frozen class raises is one
            continue
        raise AssertionError(f"{name}.{field.name} can be set; write @attrs.frozen above the class")
    again = pickle.loads(pickle.dumps(thing))
    assert again == thing, f"{name} is another one in another process: {again!r} for {thing!r}"
