"""A model as plain data, and back: what files keep of layers, and what must be handed in again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import attrs

from ebana_core.errors import EbanaError, FormatError, UnknownDeviceError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.layers import CurrentLayer, Layer
from ebana_core.network.freezing import TrainableLayers
from ebana_core.network.parameters import Parameters
from ebana_core.network.plain_data import HANDED, plain, restored
from ebana_core.network.values import NetworkValues
from ebana_core.registry import Provided, Registry

UNSAID: Mapping[str, float] = {"gmin": GMIN, "shunt": 0.0}
"""What a circuit has where the file of an older version does not say it, S."""


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
    provided = next((item for item in registry.claims if _is_made_by(layer, item)), None)
    return {
        "device": layer.device,
        "provider": provided.distribution if provided else type(layer).__module__,
        "version": provided.version if provided else "",
        "parents": [parent.name for parent in layer.parents],
        "settings": {
            field.name: plain(getattr(layer, field.name), f"{layer.name}.{field.name}", registry)
            for field in attrs.fields(type(layer))
            if field.init and field.name != "name"
        },
    }


def _is_made_by(layer: Layer, item: Provided) -> bool:
    return (item.hook, item.name) == ("ebana_devices", layer.device) and isinstance(
        layer, item.thing
    )


def handed_settings(layers: Iterable[Layer], registry: Registry) -> dict[str, Any]:
    """Return the settings that a file cannot hold, by the places `rebuild` asks for."""
    return {
        place: value
        for layer in layers
        for field in attrs.fields(type(layer))
        if field.init and field.name != "name"
        for place, value in _leaves(getattr(layer, field.name), f"{layer.name}.{field.name}")
        if not _is_held(plain(value, place, registry))
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
                key: restored(v, callables, registry) for key, v in item["settings"].items()
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
    except EbanaError:
        raise
    except Exception as error:  # a damaged description, or whatever a plugin's class raises
        raise FormatError(
            f"The stored model cannot be built: {type(error).__name__} {error}.",
            "use the ebana and the plugins that wrote it",
        ) from error
    return model


def _installed(item: Mapping[str, Any], registry: Registry) -> type[Layer]:
    device = item["device"]
    its = registry.provider("ebana_devices", device, item["provider"])
    if its is not None or registry.is_claimed("ebana_devices", device):
        # Where two plugins claim the name, the one that the file was written with is meant.
        cls: type[Layer] = registry.device(device) if its is None else its.thing
        return cls
    written = f"{item['provider']} {item['version']}".strip()
    is_installable = bool(item["version"])
    # One that is installed and not right provides nothing.
    wrong = [e.problem for e in registry.failures.values() if f"({item['provider']} " in e.problem]
    told = f"The device {device!r} is not installed; the file was written with {written}."
    raise UnknownDeviceError(
        " ".join([told, *wrong]),
        f"pip install {item['provider']}=={item['version']}"
        if is_installable
        else "hand its layer class in: devices=(...)",
    )
