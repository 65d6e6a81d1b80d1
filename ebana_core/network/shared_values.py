"""Whether a circuit takes shared values as its layers declare them: chips tell devices by these."""

from collections.abc import Iterator, Mapping

import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import FLAT, Parameter
from ebana_core.errors import ModelError
from ebana_core.network.declared import DeclaredParameter
from ebana_core.network.wiring import values_of


def check_shared(declared: Mapping[str, DeclaredParameter], circuit: Circuit) -> None:
    """Refuse a layer whose devices do not have the values that it declares for them.

    Raises:
        ModelError: Names the parameter.
    """
    for name, parameter in declared.items():
        devices = parameter.declaration.devices
        if devices is not None and not _agree(parameter, devices.reshape(-1), circuit):
            raise ModelError(
                f"Layer {parameter.layer.name!r} declares which value of {name!r} each of its "
                f"{devices.size} devices has, and its circuit does not take them so.",
                "give every device a number of a value, row by row, in `Declaration.devices`, and "
                "let `build` put Parameter(name, index, devices=...) of the same ones there",
            )


def _agree(parameter: DeclaredParameter, wanted: IntArray, circuit: Circuit) -> bool:
    n_values = int(np.prod(parameter.declaration.shape))
    if wanted.dtype.kind not in "iu" or not ((wanted >= 0) & (wanted < n_values)).all():
        return False
    seen = np.zeros(wanted.size, dtype=bool)
    for value in _uses(parameter.name, circuit):
        if value.devices is None:
            return False
        try:
            places = np.arange(wanted.size)[value.devices]
            taken = np.arange(n_values)[FLAT if value.index is None else value.index]
        except IndexError:
            return False
        if not np.array_equal(wanted[places], taken.reshape(-1)):
            return False
        seen[places] = True
    return bool(seen.all())


def _uses(name: str, circuit: Circuit) -> Iterator[Parameter]:
    for element in circuit.elements:
        for value in values_of(element).values():
            if isinstance(value, Parameter) and value.name == name:
                yield value
