"""The place where the embedded solver computes: an array library, a device and a precision."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, SINGLE, Array, IntArray, Precision, host, owned
from ebana_core.checking import shown as quoted
from ebana_core.circuit.elements import Selector
from ebana_core.derived import derived
from ebana_core.errors import MissingLibraryError, ParameterError

PRECISIONS = {precision.name: precision for precision in (DOUBLE, SINGLE)}


@final
@attrs.frozen(eq=False)
class ArrayLibrary:
    """Makes arrays of one library on one device, in one precision.

    Args:
        xp: Its array API namespace.
        dtype: Floating type of its arrays.
        device: As the library names it.
        precision: What rounding leaves.
    """

    xp: Any
    dtype: Any
    device: Any
    precision: Precision

    is_default: bool = derived(lambda own: own.xp is np and own.precision is DOUBLE)
    """NumPy in float64, what the rest of the program computes in."""

    def take(self, array: Array) -> Array:
        """Return numbers in this library and precision; NumPy's own where they are that already."""
        if self.is_default and array.dtype == self.dtype:
            return array
        if self.xp is np:
            with np.errstate(over="ignore", under="ignore"):
                return np.asarray(host(array), dtype=self.dtype)
        return self.xp.asarray(owned(array), dtype=self.dtype, device=self.device)

    def places(self, selected: Selector) -> Selector:
        """Return places to index arrays of this library with."""
        return selected if isinstance(selected, slice) else self.numbers(selected)

    def numbers(self, places: IntArray) -> IntArray:
        """Return numbered places as an array of this library."""
        if self.xp is np:
            return places
        return self.xp.asarray(owned(places), device=self.device)

    def zeros(self, shape: tuple[int, ...]) -> Array:
        """Return zeros."""
        if self.is_default:
            return np.zeros(shape)
        return self.xp.zeros(shape, dtype=self.dtype, device=self.device)


def check_dtype(dtype: Any) -> None:
    """Refuse unknown precisions.

    Raises:
        ParameterError: Neither ``"float64"`` nor ``"float32"``.
    """
    if not (isinstance(dtype, str) and dtype in PRECISIONS):
        raise ParameterError(
            f"NativeBackend has dtype={dtype!r}.", f"use one of {sorted(PRECISIONS)}"
        )


def check_device(device: Any) -> None:
    """Refuse anything but the name of a device.

    Raises:
        ParameterError: Not None, ``"cpu"``, ``"cuda"`` or ``"cuda:<number>"``.
    """
    if device is None:
        return
    if isinstance(device, str) and device.partition(":")[0] in ("cpu", "cuda"):
        kind, _, number = device.partition(":")
        if device == kind or (kind == "cuda" and number.isdecimal()):
            return
    raise ParameterError(
        f"NativeBackend has device={quoted(device)}.",
        'use None (NumPy), or "cpu", "cuda" or "cuda:<number>" (PyTorch)',
    )


def find_array_library(device: str | None, dtype: str) -> ArrayLibrary:
    """Return the library that computes on a device; `check_device` and `check_dtype` passed.

    Raises:
        MissingLibraryError: PyTorch is not installed.
        ParameterError: The device is not there, or PyTorch rounds its matrix products to less
            than the precision.
    """
    if device is None:
        return ArrayLibrary(np, np.dtype(dtype), "cpu", PRECISIONS[dtype])
    try:
        import torch
        from array_api_compat import torch as xp
    except ImportError as error:
        raise MissingLibraryError(
            f"NativeBackend has device={device!r}, which needs PyTorch; it is not installed.",
            "pip install ebana-core[torch], or leave out `device`",
        ) from error
    available = ["cpu", *(f"cuda:{k}" for k in range(torch.cuda.device_count()))]
    if ("cuda:0" if device == "cuda" else device) not in available:
        raise ParameterError(
            f"NativeBackend has device={device!r}, which this machine lacks; it has {available}.",
            "use one of these, or leave out `device`",
        )
    # TensorFloat-32 keeps three digits of a product, and contrasts are small differences.
    if dtype == "float32" and torch.get_float32_matmul_precision() != "highest":
        raise ParameterError(
            "PyTorch is set to round float32 matrix products to fewer digits: precision "
            f"{torch.get_float32_matmul_precision()!r}.",
            'call torch.set_float32_matmul_precision("highest")',
        )
    return ArrayLibrary(xp, getattr(torch, dtype), torch.device(device), PRECISIONS[dtype])
