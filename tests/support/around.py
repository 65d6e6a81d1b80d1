"""Models once more, in other surroundings."""

from pathlib import Path

from ebana_core import Model
from ebana_core.network.configuration import rebuild
from ebana_core.registry import load_registry
from ebana_core.storage.model_file import read_model


def in_circuit(model: Model, folder: Path, *, gmin: float, shunt: float) -> Model:
    """Return a model of the same layers and values, with other conductances around, S."""
    path = folder / "model.h5"
    model.save(path)
    stored = read_model(path)
    devices = {type(layer) for layer in model.layers.values()}
    description = {**stored.description, "gmin": gmin, "shunt": shunt}
    found = rebuild(description, load_registry(), devices, {}, Model)
    found.parameters.assign(dict(stored.parameters))
    return found
