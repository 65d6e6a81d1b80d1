"""Gradients as a user hands them to an optimizer, checked."""

from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers
from ebana_core.errors import NotFiniteError, ShapeError, UnknownNameError
from ebana_core.outer import Outer, as_found

OWN = (np.dtype(np.float64), np.dtype(np.float32))
"""Types in which gradients come from backends."""


def checked_gradient(
    name: str, gradients: Mapping[str, Array], shape: tuple[int, ...]
) -> Array | Outer:
    """Return the gradient of a parameter, whose shape it has.

    Raises:
        UnknownNameError: There is none.
        ShapeError: It has another shape.
        DataError: It holds no numbers.
    """
    if name not in gradients:
        raise UnknownNameError(
            f"No gradient for {name!r}; there are gradients for {sorted(gradients)}.",
            f"give one, or freeze it: model.trainable[{name.split('.')[0]!r}] = False",
        )
    gradient = as_found(gradients, name)
    if isinstance(gradient, Outer):
        pass
    elif type(gradient) is not np.ndarray or gradient.dtype not in OWN:  # others are copied
        gradient = checked_numbers(gradient, f"The gradient of {name!r}")
    if gradient.shape != shape:
        raise ShapeError(
            f"The gradient of {name!r} has shape {gradient.shape}, the parameter {shape}.",
            "give the gradient as model.gradients returns it",
        )
    return gradient


def check_finite(name: str, gradient: Array) -> None:
    """Refuse a gradient that is not finite.

    Raises:
        NotFiniteError: Names the parameter, the first such place and the value there.
    """
    wrong = np.argwhere(~np.isfinite(gradient))
    if len(wrong):
        place = wrong[0].tolist()
        raise NotFiniteError(
            f"The gradient of {name!r} is {gradient[tuple(place)]!r} at {place}.",
            "check beta, the rule and the data; nothing was changed",
        )
