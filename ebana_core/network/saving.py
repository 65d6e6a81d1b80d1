"""Networks as files: layers, settings and values."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ebana_core.layers import Layer
from ebana_core.network.configuration import Build, Built, describe, rebuild
from ebana_core.network.values import NetworkValues
from ebana_core.registry import load_registry
from ebana_core.storage.model_file import read_model, write_model
from ebana_core.storage.whole import check_arrays


def save(values: NetworkValues, path: str | os.PathLike[str]) -> None:
    """Write the network and its values as an HDF5 file, for `load`.

    Args:
        values: Of the network.
        path: File to write; an existing one is replaced, unless it holds a recorded training.

    Raises:
        StorageError: It cannot be written, or holds a run.
    """
    description = describe(values, load_registry())
    write_model(path, description, values.parameters, values.parameter_units())


def load(
    path: str | os.PathLike[str],
    devices: Sequence[type[Layer]],
    callables: Mapping[str, Any],
    build: Build[Built],
    *,
    strict: bool,
) -> Built:
    """Build a stored network with its values; see `Model.load`."""
    stored = read_model(path)
    model = rebuild(stored.description, load_registry(), devices, callables, build)
    shapes = {name: array.shape for name, array in model.parameters.items()}
    check_arrays(stored.parameters, shapes, stored.place, strict=strict)
    model.parameters.assign({n: v for n, v in stored.parameters.items() if n in shapes})
    return model
