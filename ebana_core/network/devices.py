"""The devices of each layer: what stands beside a parameter, and what a measurement finds."""

from collections.abc import Collection, Mapping
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.layers import Layer
from ebana_core.network.declared import DeclaredParameter


@final
class Devices:
    """The devices that have the parameters of a network, layer by layer.

    Args:
        declared: Parameter name to its layer and declaration.
    """

    def __init__(self, declared: Mapping[str, DeclaredParameter]) -> None:
        self._declared = declared
        self._names: dict[str, list[tuple[str, str]]] = {}
        for full, parameter in declared.items():
            own = parameter.declaration.quantity.name
            self._names.setdefault(parameter.layer.name, []).append((own, full))

    def beside(self, layer: str, values: Mapping[str, Array]) -> dict[str, Array]:
        """Return the values of one layer's parameters, by their names within the layer."""
        return {own: values[full] for own, full in self._names[layer]}

    def read(self, values: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        """Return all values as a measurement finds them; those of fluctuating devices change.

        Args:
            values: Parameter name to array; readings take their places.
            rng: Draws the fluctuations.
        """
        for layer, names in self._names.items():
            # Every parameter of a layer is read beside the others as they are before the reading.
            others = self.beside(layer, values)
            for own, full in names:
                parameter = self._declared[full]
                place = self._read_at(full)
                stands = values.get(place)
                if stands is None:
                    stands = parameter.declaration.of_devices(values[full])
                seen = parameter.layer.read(own, stands, rng, others)
                if seen is not stands:
                    values[place] = parameter.declaration.quantity.check(seen, full)
                    values[place].flags.writeable = False
        return values

    def single(self, deviating: Collection[str]) -> dict[str, DeclaredParameter]:
        """Return the parameters of single devices, where these differ from a shared value.

        Args:
            deviating: Parameters of which a chip says how each device deviates.
        """
        return {
            parameter.varies_as: parameter
            for name, parameter in self._declared.items()
            if parameter.varies_as != name and (name in deviating or self._read_at(name) != name)
        }

    def _read_at(self, name: str) -> str:
        """Return under which name devices are read: shared ones, if they fluctuate, one by one."""
        parameter = self._declared[name]
        fluctuates = type(parameter.layer).read is not Layer.read
        return parameter.varies_as if fluctuates else name
