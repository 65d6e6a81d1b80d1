"""Models in copies and pickles: as the bytes of a model file."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, final

import attrs

from ebana_core.layers import Layer
from ebana_core.model import Model
from ebana_core.network.configuration import handed_settings
from ebana_core.registry import load_registry


@final
@attrs.frozen
class CarriedModel:
    """What it takes to build a model again.

    Args:
        file: Bytes of its model file.
        devices: Classes of its layers, which need not be installed plugins.
        callables: Settings that a file cannot hold, by their place; pickled as they are.
    """

    file: bytes
    devices: tuple[type[Layer], ...]
    callables: Mapping[str, Any]

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return what a model is built from."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.h5"
            model.save(path)
            content = path.read_bytes()
        layers = model.layers.values()
        classes = tuple(dict.fromkeys(type(layer) for layer in layers))
        return cls(content, classes, handed_settings(layers, load_registry()))

    def model(self) -> Model:
        """Return a new model, with the values of the first one."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.h5"
            path.write_bytes(self.file)
            return Model.load(path, self.devices, self.callables)
