"""Asks a law of one device as the simulators do, and says in words what goes wrong."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import Law
from ebana_core.quantities import Quantity

FINE = 20_001
"""Drops of a fine grid."""

FACTORS = (1.37, 0.7, 1.05, 0.95, 1.0)
"""Factors by which values are changed: the first one that their bounds allow is taken."""

ADVICE = (
    ("read-only", "leave `drop` and `values` as they are, and compute new arrays"),
    ("does not support item assignment", "leave `values` as they are, and compute new arrays"),
    ("truth value", "drop is an array: write namespace(drop).where(condition, a, b), no `if`"),
    ("dimensional array", "drop is an array: write namespace(drop).exp, not math.exp"),
    ("1 array", "drop is an array: write namespace(drop).exp, not math.exp"),
    ("positional argument", "take the arguments that ebana_core.laws.Law says"),
)
"""Words of an exception to what helps."""


def _read_only(array: Any) -> Array:
    result = np.array(array, dtype=np.float64)
    result.flags.writeable = False
    return result


def arrays(values: Mapping[str, Any]) -> Values:
    """Return numbers as arrays that cannot be written to."""
    return MappingProxyType({name: _read_only(value) for name, value in values.items()})


@attrs.frozen(eq=False)
class Device:
    """One device under examination. Its arrays cannot be written to.

    Args:
        law: Its law.
        values: Value name to number, SI.
        drops: Where it is examined, V. Shape ``(n,)``.
    """

    law: Law
    values: Values = attrs.field(converter=arrays)
    drops: Array = attrs.field(converter=_read_only)

    @property
    def numbers(self) -> dict[str, float]:
        """The values as SPICE gets them."""
        return {name: float(value) for name, value in self.values.items()}

    @property
    def in_words(self) -> str:
        """The values, for messages."""
        return ", ".join(f"{name}={value:g}" for name, value in self.numbers.items())

    def grid(self, *, reach: float = 1.0) -> Array:
        """Return fine drops from the lowest to the highest, or to `reach` times them, V."""
        low, high = float(self.drops.min()), float(self.drops.max())
        return np.linspace(min(low, reach * low), max(high, reach * high), FINE)

    def varied(self) -> "Device":
        """Return the device with other values, as far as its current stays finite."""
        for smaller in (1.0, 0.1, 0.01):
            values = {q.name: changed(q, self.numbers[q.name], smaller) for q in self.law.values}
            other = Device(self.law, arrays(values), self.drops)
            if np.isfinite(ask(other, "current", self.drops)).all():
                return other
        return self


def changed(quantity: Quantity, value: float, smaller: float = 1.0) -> float:
    """Return another value that the bounds allow; the same one where there is none near."""
    shifts = [(factor - 1) * (value or 1.0) for factor in FACTORS]
    for shift in shifts:
        if allowed(quantity, value + smaller * shift):
            return value + smaller * shift
    return value


def allowed(quantity: Quantity, *values: float) -> bool:
    """Tell whether a quantity may have these values."""
    return all(
        quantity.above < value
        and quantity.at_least <= value <= quantity.at_most
        and abs(value) >= quantity.least_size
        for value in values
    )


def ask(
    device: Device,
    method: str,
    drop: Array,
    *others: Any,
    name: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Array:
    """Return what a method of the law answers: a float64 array of the shape of `drop`.

    Args:
        device: Whose law, and whose values.
        method: Such as ``"current"``.
        drop: V.
        others: What the method takes between drop and values.
        name: Of a value, for methods that take it first.
        values: In place of the device's own.

    Raises:
        AssertionError: It raises, or answers anything else.
    """
    first = () if name is None else (name,)
    spoken = method if name is None else f"{method}({name!r})"
    given = device.values if values is None else arrays(values)
    try:
        with np.errstate(all="ignore"):
            found = getattr(device.law, method)(*first, drop, *others, given)
    except Exception as error:  # whatever a stranger's law raises
        raise AssertionError(
            f"{spoken} raises {type(error).__name__}: {error}; {_advice(error, device.law)}"
        ) from error
    return _checked(spoken, found, drop)


def _checked(spoken: str, found: Any, drop: Array) -> Array:
    if found is None:
        raise AssertionError(f"{spoken} returns nothing; end it with `return`")
    if not isinstance(found, np.ndarray | np.generic):
        raise AssertionError(
            f"{spoken} returns a {type(found).__name__}; return an array of the shape of drop"
        )
    if found.shape != drop.shape:
        raise AssertionError(
            f"{spoken} returns the shape {found.shape} for drops of the shape {drop.shape}; "
            "return one number per drop, computed from that drop alone"
        )
    if found.dtype != np.float64:
        raise AssertionError(f"{spoken} returns {found.dtype} numbers; return float64, as drop is")
    return np.asarray(found)


def _advice(error: Exception, law: Law) -> str:
    if isinstance(error, KeyError):
        return f"the law's values are {[quantity.name for quantity in law.values]}"
    found = [advice for words, advice in ADVICE if words in str(error)]
    return found[0] if found else "it is asked with an array of drops and a mapping of arrays"


EXCEPTIONS = 0.05
"""Share of points that may lie beside a kink."""


def agree(
    what: str,
    other: str,
    found: Array,
    expected: Array,
    drops: Array,
    *,
    noise: Array | float = 0.0,
) -> None:
    """Compare arrays; one point in twenty may lie beside a kink, and all must be numbers.

    Raises:
        AssertionError: They differ by more than 1e-5 and `noise`; quotes the worst.
    """
    error = np.abs(found - expected) - noise - 1e-5 * np.abs(expected) - 1e-25
    error = np.where(np.isfinite(error), error, np.inf)
    worst = int(np.argmax(error))
    is_close = (error > 0).mean() <= EXCEPTIONS and error[worst] < np.inf
    assert is_close, (
        f"{what} is {found[worst]:g} and {other} is {expected[worst]:g} at a drop of "
        f"{drops[worst]:g} V"
    )


def examined_drops(drops: Sequence[float] | Array) -> Array:
    """Return drops in order; refuse anything but a list of finite numbers."""
    array = np.sort(np.array(drops, dtype=np.float64).ravel())
    assert len(array) >= 2, "the fixture `drops` gives fewer than two drops"
    assert np.isfinite(array).all(), "the fixture `drops` gives a drop that is not finite"
    return array
