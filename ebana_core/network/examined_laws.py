"""Laws of devices, asked once for a few currents before a network is solved with them.

What a law of a plugin returns is used deep within solvers, where a wrong shape, a rounded number or
a drop that was overwritten would show as another fault, or as wrong voltages.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.circuit import Circuit, ElementArray, Input
from ebana_core.circuit.elements import resolve
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.laws import Law

DROPS = np.array([[-1e-3], [0.0], [1e-3]])
"""Drops that every law has an answer for, V: three samples of one device."""
DROPS.flags.writeable = False


def check_laws(circuit: Circuit, parameters: Mapping[str, Array]) -> None:
    """Refuse laws that do not return currents and slopes as `Law` says.

    Raises:
        ShapeError: The shape is not that of the drops.
        ParameterError: It is no array of float64, not finite, or a slope of the wrong sign.
        Exception: What the law itself raises, with a note on what was asked.
    """
    for element in circuit.elements:
        if isinstance(element, ElementArray):
            _check_law(element, parameters)


def _check_law(element: ElementArray, parameters: Mapping[str, Array]) -> None:
    if any(isinstance(value, Input) for value in element.values.values()):
        return  # its values come with the samples
    # Of the first device alone: crossbars have millions.
    values = {
        name: np.reshape(resolve(value, parameters, {}), -1)[:1]
        for name, value in element.values.items()
    }
    law, path = element.law, f"{type(element.law).__name__} of layer {element.layer!r}"
    current = _asked("current", law, values, path)
    slope = _asked("slope", law, values, path)
    low, _, high = slope[:, 0]
    if max(low, high) < 0 and current[2, 0] > current[0, 0]:
        raise ParameterError(
            f"slope of {path} is {max(low, high):.3g} S, where its current rises.",
            "return the derivative of the current by the drop, or leave slope out",
        )


def _asked(name: str, law: Law, values: Values, path: str) -> Array:
    """Return what a method of a law makes of the drops, checked."""
    try:
        with np.errstate(all="ignore"):
            found = getattr(law, name)(DROPS, values)
    except Exception as error:
        error.add_note(
            f"while {path} was asked for its {name} at drops of shape {DROPS.shape}, "
            f"which are read-only, with the values {sorted(values)}"
        )
        raise
    _check_array(f"{name} of {path}", found)
    return np.asarray(found)


def _check_array(path: str, found: Any) -> None:
    """Refuse anything but an array of finite float64 in the shape of the drops."""
    if not isinstance(found, np.ndarray):
        raise ParameterError(
            f"{path} returned {found!r}, which is not an array.", "return an array of drop's shape"
        )
    if found.shape != DROPS.shape:
        raise ShapeError(
            f"{path} returned shape {found.shape} for drops of shape {DROPS.shape}.",
            "return an array of drop's shape",
        )
    if found.dtype != np.float64:
        raise ParameterError(
            f"{path} returned numbers of {found.dtype}.", "compute with all digits, in float64"
        )
    if not np.isfinite(found).all():
        drop = float(DROPS[~np.isfinite(found)][0])
        raise ParameterError(
            f"{path} is {float(found[~np.isfinite(found)][0])} at a drop of {drop} V.",
            "let every drop have a finite current",
        )
