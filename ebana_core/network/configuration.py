"""A model as plain data, and back: what files keep of layers, and what must be handed in again."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import attrs
import numpy as np

from ebana_core.checking import shown
from ebana_core.errors import FormatError, UnknownDeviceError, UnknownNameError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.layers import CurrentLayer, Layer
from ebana_core.network.freezing import TrainableLayers
from ebana_core.network.parameters import Parameters
from ebana_core.network.values import NetworkValues
from ebana_core.registry import Provided, Registry

NOTHING: Mapping[str, Provided] = {}

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""An address in a default repr. It differs between processes, so it cannot tell objects apart."""

UNSAID: Mapping[str, float] = {"gmin": GMIN, "shunt": 0.0}
"""What a circuit has where the file of an older version does not say it, S."""

OBJECT, ARRAY, HANDED, MAPPING = "object", "array", "handed", "mapping"


class HasValues(Protocol):
    """A model that `rebuild` builds."""

    @property
    def parameters(self) -> Parameters:
        """Parameter name to array."""
        ...

    @property
    def trainable(self) -> TrainableLayers:
        """Layer name to whether learning changes it."""
        ...


Built = TypeVar("Built", bound=HasValues)
Build = Callable[..., Built]
"""Takes input layers, outputs, a seed, and `gmin` and `shunt`, S, by name."""


def describe(values: NetworkValues, registry: Registry) -> dict[str, Any]:
    """Return a network's layers as plain data: device, provider, settings, parents."""
    circuit = values.network.compiled.circuit
    return {
        "seed": values.seed,
        "gmin": circuit.gmin,
        "shunt": circuit.shunt,
        "layers": {name: _describe(layer, registry) for name, layer in values.layers.items()},
        "outputs": [n for n, layer in values.layers.items() if isinstance(layer, CurrentLayer)],
        "frozen": [name for name, is_trainable in values.trainable.items() if not is_trainable],
    }


def _describe(layer: Layer, registry: Registry) -> dict[str, Any]:
    provided = registry.provider(layer.device, lambda item: isinstance(layer, item.cls))
    return {
        "device": layer.device,
        "provider": provided.distribution if provided else type(layer).__module__,
        "version": provided.version if provided else "",
        "parents": [parent.name for parent in layer.parents],
        "settings": {
            field.name: plain(
                getattr(layer, field.name), f"{layer.name}.{field.name}", registry.settings
            )
            for field in attrs.fields(type(layer))
            if field.init and field.name != "name"
        },
    }


def plain(value: Any, place: str, settings: Mapping[str, Provided] = NOTHING) -> Any:
    """Return JSON data for a setting.

    An object that JSON cannot hold (a schedule of the user's, say) is written as the name of its
    place, by which it is handed in again when the model is loaded.

    Args:
        value: The setting.
        place: For example ``"d1.lr"``.
        settings: Classes that are written by name and fields.
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
                str(key): plain(item, f"{place}.{key}", settings) for key, item in value.items()
            }
        }
    if isinstance(value, list | tuple):
        return [plain(item, f"{place}[{k}]", settings) for k, item in enumerate(value)]
    provided = settings.get(type(value).__name__)
    if provided is not None and provided.cls is type(value):
        fields = {
            field.name: plain(getattr(value, field.name), f"{place}.{field.name}", settings)
            for field in attrs.fields(type(value))
            if field.init
        }
        return {OBJECT: type(value).__name__, MAPPING: fields}
    return {HANDED: place, "text": ADDRESS.sub("", repr(value))[:200]}


def handed_settings(layers: Iterable[Layer], registry: Registry) -> dict[str, Any]:
    """Return the settings that a file cannot hold, by the places `rebuild` asks for."""
    return {
        place: value
        for layer in layers
        for field in attrs.fields(type(layer))
        if field.init and field.name != "name"
        for place, value in _leaves(getattr(layer, field.name), f"{layer.name}.{field.name}")
        if not _is_held(plain(value, place, registry.settings))
    }


def _is_held(written: Any) -> bool:
    return not (isinstance(written, dict) and HANDED in written)


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for k, item in enumerate(value):
            yield from _leaves(item, f"{place}[{k}]")
    else:
        yield place, value


def restored(value: Any, handed: Mapping[str, Any], settings: Mapping[str, Provided]) -> Any:
    """Return the setting that `plain` wrote.

    Args:
        value: JSON data.
        handed: Name of a place to what stood there.
        settings: Classes that files may name.

    Raises:
        UnknownNameError: Something is not plain data and was not handed in; names it.
        FormatError: Data that no EBANA writes.
    """
    if isinstance(value, list):
        return [restored(item, handed, settings) for item in value]
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
    fields = {name: restored(item, handed, settings) for name, item in value[MAPPING].items()}
    if OBJECT not in value:
        return fields
    if value[OBJECT] not in settings:
        raise FormatError(
            f"The model holds a {str(value[OBJECT])[:80]!r}, which no installed plugin provides.",
            "update ebana, or install the plugin that wrote it",
        )
    return settings[value[OBJECT]].cls(**fields)


def rebuild(
    description: Mapping[str, Any],
    registry: Registry,
    devices: Iterable[type[Layer]],
    callables: Mapping[str, Any],
    build: Build[Built],
) -> Built:
    """Build the model that `describe` described.

    Raises:
        UnknownDeviceError: A device is not installed; names its distribution and version.
        UnknownNameError: A setting has to be handed in.
        FormatError: Data that no EBANA writes.
    """
    own = {device.device: device for device in devices}
    layers: dict[str, Layer] = {}
    try:
        for name, item in description["layers"].items():
            cls = own.get(item["device"]) or _installed(item, registry)
            settings = {
                key: restored(v, callables, registry.settings)
                for key, v in item["settings"].items()
            }
            layer = cls(name=name, **settings)
            parents = [layers[parent] for parent in item["parents"]]
            layers[name] = layer(parents) if parents else layer
        inputs = [layer for layer in layers.values() if not layer.parents]
        outputs = [layers[name] for name in description["outputs"]]
        around = {key: description.get(key, value) for key, value in UNSAID.items()}
        model = build(inputs, outputs, description["seed"], **around)
        for name in description["frozen"]:
            model.trainable[name] = False
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            f"The stored model cannot be built: {type(error).__name__} {error}.",
            "use the ebana and the plugins that wrote it",
        ) from error
    return model


def _installed(item: Mapping[str, Any], registry: Registry) -> type[Layer]:
    device = item["device"]
    its = registry.provider(device, lambda found: found.distribution == item["provider"])
    if its is not None or registry.provider(device, lambda _: True) is not None:
        # Where two plugins claim the name, the one that the file was written with is meant.
        cls: type[Layer] = registry.device(device) if its is None else its.cls
        return cls
    written = f"{item['provider']} {item['version']}".strip()
    is_installable = bool(item["version"])
    raise UnknownDeviceError(
        f"The device {device!r} is not installed; the file was written with {written}.",
        f"pip install {item['provider']}=={item['version']}"
        if is_installable
        else "hand its layer class in: devices=(...)",
    )
