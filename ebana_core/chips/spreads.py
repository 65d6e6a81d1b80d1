"""Random spreads of the values of devices: how one made chip differs from the next."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable
from zlib import crc32

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_numbers, shown
from ebana_core.errors import ParameterError, ShapeError, UnknownNameError
from ebana_core.network.declared import DeclaredParameter

Spread = float | Callable[[Array, np.random.Generator], Any]
"""A standard deviation, or a function of the values and a random generator."""


@runtime_checkable
class Drawn(Protocol):
    """A model: what it declares, and the values that stand."""

    @property
    def declared(self) -> Mapping[str, DeclaredParameter]:
        """Parameter name to its declaration."""
        ...

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Parameter name to array."""
        ...


def checked_spreads(
    spreads: Mapping[str, Spread],
    declared: Mapping[str, DeclaredParameter],
    what: str,
    meaning: str,
) -> dict[str, Spread]:
    """Return spreads after checking names and numbers.

    Args:
        spreads: Parameter name to spread.
        declared: Parameter name to its declaration.
        what: What errors call them, for example ``"variations"``.
        meaning: What a number says, for example ``"a relative standard deviation"``.

    Raises:
        UnknownNameError: A parameter that the model lacks.
        ParameterError: Neither a number of at least zero nor callable.
    """
    if not isinstance(spreads, Mapping):
        raise ParameterError(
            f"{what} is {shown(spreads)}.", "give {'d1.conductance': 0.1} or the like"
        )
    for name, spread in spreads.items():
        require_known(name, declared, what)
        if not callable(spread):
            fix = f"give {meaning}, or a callable of values and a generator"
            checked_number(spread, f"The {what[:-1]} of {name!r}", fix, at_least=0.0)
    return dict(spreads)


def require_known(name: str, declared: Mapping[str, DeclaredParameter], what: str) -> None:
    """Refuse the name of a parameter that the model lacks.

    Raises:
        UnknownNameError: Lists the parameters.
    """
    if name not in declared:
        raise UnknownNameError(
            f"{what} names {name!r}; the parameters are {sorted(declared)}.",
            "use one of these names",
        )


def stream(seed: int, copy: int, name: str) -> np.random.Generator:
    """Return what draws one parameter of one copy: each has a random stream of its own."""
    return np.random.default_rng([seed, copy, crc32(name.encode())])


def log_normal(spread: float, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return log-normal factors of mean 1 and a standard deviation: they are above zero."""
    width = np.sqrt(np.log1p(spread**2))
    return np.asarray(rng.lognormal(-(width**2) / 2, width, shape))


def spread_by(
    spread: Callable[[Array, np.random.Generator], Any],
    name: str,
    values: Array,
    rng: np.random.Generator,
    what: str = "variation",
) -> Array:
    """Return what a user's function makes of the values of a parameter.

    Raises:
        DataError: It returned something that is not numbers.
        ShapeError: It returned another shape.
    """
    new = checked_numbers(spread(values.copy(), rng), f"What the {what} of {name!r} returned")
    if new.shape != values.shape:
        raise ShapeError(
            f"The {what} of {name!r} returned shape {new.shape}; the parameter has shape "
            f"{values.shape}.",
            "return an array of the shape it was given",
        )
    return new


def keeps_its_sign(parameter: DeclaredParameter) -> bool:
    """Tell whether a parameter cannot pass zero: it then spreads by factors, not by offsets."""
    quantity = parameter.declaration.quantity
    return max(quantity.above, quantity.at_least) >= 0 or quantity.least_size > 0
