"""Model files: a network and its values, without a run."""

import os
from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.arrays import Array
from ebana_core.storage.datasets import text_of, write_arrays
from ebana_core.storage.hdf5 import mark, new_file, open_typed, read_arrays, typed_group
from ebana_core.storage.header import read_json, write_json
from ebana_core.storage.layout import MODEL, RUN
from ebana_core.storage.run import Run


@attrs.frozen(eq=False, kw_only=True)
class StoredModel:
    """The content of a model's file.

    Args:
        description: Layers as plain data.
        parameters: Parameter name to values, SI units.
        place: Where the parameters stand, for errors.
    """

    description: Mapping[str, Any]
    parameters: Mapping[str, Array]
    place: str


def write_model(
    path: str | os.PathLike[str],
    description: Mapping[str, Any],
    parameters: Mapping[str, Array],
    units: Mapping[str, str],
) -> None:
    """Write a model file; an existing one is replaced when the new one is whole.

    Raises:
        StorageError: It cannot be written.
    """
    with new_file(path) as file:
        mark(file, MODEL)
        write_json(file, "model", description)
        write_arrays(typed_group(file, "parameters", "ebana-parameters"), parameters, units)


def read_model(path: str | os.PathLike[str]) -> StoredModel:
    """Read a model file, or the last epoch of a run file.

    Raises:
        StorageError: It does not exist, or is damaged.
        FormatError: It holds no model.
    """
    with open_typed(path, MODEL, RUN) as file:
        if text_of(file, "type") == MODEL:
            return StoredModel(
                description=read_json(file, "model"),
                parameters=read_arrays(file["parameters"]),
                place=f"{os.fspath(path)}:/parameters",
            )
    with Run.open(path, probe=False) as run:
        place = "latest/parameters" if run.n_epochs else "initial"
        return StoredModel(
            description=run.model, parameters=run.parameters, place=f"{run.path}:/{place}"
        )
