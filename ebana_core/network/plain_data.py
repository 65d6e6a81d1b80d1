"""Settings as plain data, and back: what files keep of objects, and who provides their classes."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.checking import shown
from ebana_core.errors import EbanaError, FormatError, UnknownNameError
from ebana_core.registry import OWN, Provided, Registry

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""An address in a default repr. It differs between processes, so it cannot tell objects apart."""

OBJECT, ARRAY, HANDED, MAPPING = "object", "array", "handed", "mapping"

IN_FILES = (
    "ebana_settings",
    "ebana_initializers",
    "ebana_rules",
    "ebana_losses",
    "ebana_optimizers",
)
"""Hooks whose classes files name."""


def plain(value: Any, place: str, registry: Registry | None = None) -> Any:
    """Return JSON data for a setting.

    An object that JSON cannot hold (a schedule of the user's, say) is written as the name of its
    place, by which it is handed in again when the model is loaded.

    Args:
        value: The setting.
        place: For example ``"d1.lr"``.
        registry: Knows the classes that are written by name and fields; None: there are none.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {ARRAY: value.tolist()}
    if isinstance(value, Mapping):
        return {
            MAPPING: {
                str(key): plain(item, f"{place}.{key}", registry) for key, item in value.items()
            }
        }
    if isinstance(value, list | tuple):
        return [plain(item, f"{place}[{k}]", registry) for k, item in enumerate(value)]
    provided = None if registry is None else registry.naming(type(value))
    if provided is not None and attrs.has(type(value)):
        fields = {
            field.name: plain(getattr(value, field.name), f"{place}.{field.name}", registry)
            for field in attrs.fields(type(value))
            if field.init
        }
        return named(provided, fields)
    return {HANDED: place, "text": ADDRESS.sub("", repr(value))[:200]}


def named(provided: Provided, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what files hold of an object whose class a plugin provides.

    Args:
        provided: The class and its provider; those of EBANA's own are not told.
        fields: By which the object can be made again, as plain data.
    """
    origin = {"provider": provided.distribution, "version": provided.version}
    return {
        OBJECT: provided.name,
        **({} if provided.distribution in ("", OWN) else origin),
        MAPPING: dict(fields),
    }


def restored(value: Any, handed: Mapping[str, Any], registry: Registry) -> Any:
    """Return the setting that `plain` wrote.

    Args:
        value: JSON data.
        handed: Name of a place to what stood there.
        registry: Knows the classes that files may name.

    Raises:
        UnknownNameError: Something is not plain data and was not handed in, or no installed
            plugin provides it; names it, and the plugin.
        FormatError: Data that no EBANA writes.
    """
    if isinstance(value, list):
        return [restored(item, handed, registry) for item in value]
    if not isinstance(value, dict):
        return value
    if HANDED in value:
        if value[HANDED] not in handed:
            raise UnknownNameError(
                f"The setting {value[HANDED]!r} was {value.get('text')}, which is not plain data.",
                f"hand it in: callables={{{value[HANDED]!r}: ...}}",
            )
        return handed[value[HANDED]]
    if ARRAY in value:
        try:
            return np.array(value[ARRAY])
        except ValueError as error:  # rows of different lengths
            raise FormatError(
                f"The model holds an array {shown(value[ARRAY])}, which no EBANA writes.",
                "save the model anew",
            ) from error
    if not isinstance(value.get(MAPPING), dict):
        raise FormatError(
            f"The model holds {str(value)[:80]!r}, which no EBANA writes.",
            "save the model anew",
        )
    fields = {name: restored(item, handed, registry) for name, item in value[MAPPING].items()}
    if OBJECT not in value:
        return fields
    return class_of(value, registry)(**fields)


def class_of(value: Mapping[str, Any], registry: Registry) -> Any:
    """Return the class of an object that `named` wrote.

    Raises:
        UnknownNameError: Its plugin is not installed; names plugin and version.
        FormatError: No installed plugin provides it, and the file does not say which one does.
        PluginError: Two plugins provide it, and neither is the one that the file names.
    """
    name, provider = str(value[OBJECT])[:80], str(value.get("provider", OWN))
    its = (registry.provider(hook, name, provider) for hook in IN_FILES)
    found = next((item.thing for item in its if item is not None), None)
    if found is not None:
        return found
    for hook in IN_FILES:
        if registry.is_claimed(hook, name):
            return registry.find(hook, name)
    raise _missing(name, provider, str(value.get("version", "")), registry)


def _missing(name: str, provider: str, version: str, registry: Registry) -> EbanaError:
    if not version:
        return FormatError(
            f"The file holds a {name!r}, which no installed plugin provides.",
            "update ebana, or install the plugin that wrote it",
        )
    told = f"The file holds a {name!r} of {provider} {version}, which is not installed."
    wrong = [error.problem for error in registry.failures.values() if provider in error.problem]
    return UnknownNameError(" ".join([told, *wrong]), f"pip install {provider}=={version}")


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield all that `named` wrote within plain data."""
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping) and OBJECT in value:
        yield value
    if isinstance(value, Mapping | list):
        for part in parts:
            yield from objects(part)


def missing(value: Any, registry: Registry) -> dict[str, EbanaError]:
    """Return the classes that plain data names and that are not installed, and what is wrong."""
    found: dict[str, EbanaError] = {}
    for item in objects(value):
        try:
            class_of(item, registry)
        except EbanaError as error:
            found[str(item[OBJECT])] = error
    return found
