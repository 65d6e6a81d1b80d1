"""Gradients as users hand them to an optimizer, and the directions made of them, checked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array, is_masked
from ebana_core.checking import checked_numbers
from ebana_core.errors import NotFiniteError, ParameterError, ShapeError, UnknownNameError
from ebana_core.outer import Outer, as_found

OWN = (np.dtype(np.float64), np.dtype(np.float32))
"""Types in which gradients come from backends."""
NUMBERS = "fiu"
"""Kinds of real numbers, as NumPy calls them; truth values step by one unit, and are a mistake."""


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
            f"The gradient of {name!r} is {float(gradient[tuple(place)])} at {place}.",
            "check beta, the rule and the data; nothing was changed",
        )


def checked_direction(
    found: Any, gradient: Array, slots: Mapping[str, Array], owner: object
) -> tuple[Array, Mapping[str, Array]]:
    """Return the direction and the slots that `Optimizer.direction` made of a gradient.

    Args:
        found: What it returned.
        gradient: What it was given.
        slots: What it was given beside it.
        owner: The optimizer, for errors.

    Raises:
        ParameterError: It is no array and no mapping of the slots, or holds no real numbers.
        ShapeError: An array has not the shape of the gradient.
    """
    name = f"direction of {type(owner).__name__}"
    fix = "return the direction, in the gradient's shape, and a mapping of the slots"
    direction, after = found if isinstance(found, tuple) and len(found) == 2 else (None, None)
    if not isinstance(direction, np.ndarray | np.floating) or not isinstance(after, Mapping):
        raise ParameterError(f"{name} returned {type(found).__name__}, no such pair.", fix)
    if set(after) != set(slots):
        raise ParameterError(f"{name} returned the slots {[*after]}; it has {[*slots]}.", fix)
    for what, array in {"the direction": direction, **after}.items():
        if np.shape(array) != gradient.shape:
            raise ShapeError(
                f"{name} returned {what} in shape {np.shape(array)}; the gradient has "
                f"{gradient.shape}.",
                fix,
            )
        if is_masked(array) or np.asarray(array).dtype.kind not in NUMBERS:
            kind = "a masked array" if is_masked(array) else f"{np.asarray(array).dtype} values"
            raise ParameterError(f"{name} returned {what} as {kind}.", "return real numbers")
    return np.asarray(direction), after
