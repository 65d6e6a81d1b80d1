"""Which parameters some values follow from: what is made of them is kept while these stay."""

from collections.abc import Iterable, Mapping

from ebana_core.arrays import Array
from ebana_core.circuit.elements import Parameter, Value
from ebana_core.circuit.names import of_devices


def names_among(values: Iterable[Value]) -> list[str]:
    """Return the names of the parameters that values may follow from."""
    found = []
    for value in values:
        if isinstance(value, Parameter):
            found.append(value.name)
            if value.devices is not None:
                found.append(of_devices(value.name))
    return found


def present(names: Iterable[str], parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of some names; those of single devices are there on chips alone."""
    return {name: parameters[name] for name in names if name in parameters}


def parameters_among(values: Iterable[Value], parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters that values follow from, by name."""
    return present(names_among(values), parameters)
