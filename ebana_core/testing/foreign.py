"""An array library that NumPy cannot compute with, for laws that claim to follow any.

PyTorch on a processor is no proof: NumPy's functions take its tensors there, and refuse them on
an accelerator only.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ebana_core.testing.asking import Device, agree

FUNCTIONS = (
    "abs acos acosh add asin asinh atan atan2 atanh ceil clip copysign cos cosh divide equal exp "
    "expm1 floor greater greater_equal hypot isfinite isinf isnan less less_equal log log10 log1p "
    "log2 logaddexp logical_and logical_not logical_or maximum minimum multiply negative "
    "not_equal positive pow remainder round sign sin sinh sqrt square subtract tan tanh trunc "
    "where all any max mean min prod sum broadcast_to concat expand_dims flip ones_like "
    "permute_dims reshape squeeze stack take zeros_like full_like searchsorted matmul "
    "cumulative_sum astype"
)
"""Of the array API standard that a law may need."""

OPERATORS = (
    "add radd sub rsub mul rmul truediv rtruediv pow rpow neg pos abs lt le gt ge eq ne and rand "
    "or ror xor invert mod floordiv matmul"
)

METHODS = ("any", "all", "sum", "max", "min", "reshape")
"""Of arrays, that every library has."""


class ForeignArray:
    """Numbers that only their own namespace and operators can reach."""

    __array_ufunc__ = None
    device = "cpu"

    def __init__(self, numbers: Any) -> None:
        self.numbers = np.asarray(numbers)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("NumPy cannot take an array of another library")

    def __array_namespace__(self, **_: Any) -> Any:
        return NAMESPACE

    @property
    def dtype(self) -> Any:
        """Of the numbers."""
        return self.numbers.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the numbers."""
        return self.numbers.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.numbers.ndim

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: Any) -> "ForeignArray":
        return ForeignArray(self.numbers[_taken(place)])


def _taken(argument: Any) -> Any:
    """Return what NumPy computes with in place of an argument, refusing NumPy's own arrays."""
    if isinstance(argument, ForeignArray):
        return argument.numbers
    if isinstance(argument, np.ndarray):
        raise TypeError("an array of NumPy meets one of another library")
    if isinstance(argument, tuple | list):
        return type(argument)(_taken(item) for item in argument)
    return float(argument) if isinstance(argument, np.floating) else argument


def _wrapped(compute: Callable[..., Any]) -> Callable[..., Any]:
    def computed(*arguments: Any, **settings: Any) -> Any:
        given = {name: _taken(value) for name, value in settings.items()}
        with np.errstate(all="ignore"):
            found = compute(*(_taken(argument) for argument in arguments), **given)
        return ForeignArray(found) if isinstance(found, np.ndarray | np.generic) else found

    return computed


def _asarray(numbers: Any, *, dtype: Any = None, device: Any = None) -> ForeignArray:
    del device
    return ForeignArray(np.asarray(getattr(numbers, "numbers", numbers), dtype=dtype))


NAMESPACE: Any = SimpleNamespace(
    __name__="ebana_core.testing.foreign",
    asarray=_asarray,
    finfo=np.finfo,
    pi=math.pi,
    e=math.e,
    inf=np.inf,
    nan=np.nan,
    float32=np.float32,
    float64=np.float64,
    **{name: _wrapped(getattr(np, name)) for name in FUNCTIONS.split()},
)

for _name in OPERATORS.split():
    setattr(ForeignArray, f"__{_name}__", _wrapped(getattr(np.ndarray, f"__{_name}__")))
for _name in METHODS:
    setattr(ForeignArray, _name, _wrapped(getattr(np.ndarray, _name)))


_DROPS = np.array([-0.3, 0.0, 0.3])


def check_array_api(device: Device) -> None:
    """Current, slope, current_change and contrast go by ``namespace(drop)`` and operators alone.

    Raises:
        AssertionError: Names the method and what it raises.
    """
    if not device.law.follows_array_api:
        return
    for precision in (np.float32, np.float64):
        drop, change = _DROPS, np.full(3, 0.1)
        values = {name: np.full(3, value) for name, value in device.numbers.items()}
        for method, arguments in (
            ("current", (drop, values)),
            ("slope", (drop, values)),
            ("current_change", (drop, change, values)),
            *(("contrast", (name, drop, change, values)) for name in values),
        ):
            _check(device, method, arguments, precision)


def _check(device: Device, method: str, arguments: tuple[Any, ...], precision: Any) -> None:
    compute = getattr(device.law, method)
    claim = f"follows_array_api is True and {method}"
    advice = "use namespace(drop) and operators alone, no NumPy functions, or leave it out"
    try:
        found = compute(*(_foreign(argument, precision) for argument in arguments))
    except Exception as error:  # whatever a stranger's law raises
        raise AssertionError(
            f"{claim} raises {type(error).__name__} with arrays of another library: {error}; "
            f"{advice}"
        ) from error
    assert isinstance(found, ForeignArray), (
        f"{claim} returns a {type(found).__name__} for arrays of another library; {advice}"
    )
    assert found.dtype == precision, (
        f"{claim} returns {found.dtype} numbers for drops of {np.dtype(precision)}; {advice}"
    )
    if precision is np.float64:
        with np.errstate(all="ignore"):
            expected = compute(*arguments)
        there = np.isfinite(expected)
        both = found.numbers[there], expected[there]
        if there.any():
            agree(f"{method} of another library", "NumPy's", *both, _DROPS[there])


def _foreign(argument: Any, precision: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return ForeignArray(argument.astype(precision))
    if isinstance(argument, dict):
        return {name: _foreign(value, precision) for name, value in argument.items()}
    return argument
