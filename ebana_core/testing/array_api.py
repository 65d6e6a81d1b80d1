"""Laws that claim to follow the array API are computed by a library that has nothing else.

PyTorch on a processor is no proof: NumPy's functions take its tensors there, and refuse them on
an accelerator only. Arrays of ``array-api-strict`` stand for both: they have what the standard
says alone, and on a device beside the processor NumPy cannot reach them.
"""

from typing import Any

import numpy as np

from ebana_core.arrays import host
from ebana_core.errors import MissingLibraryError
from ebana_core.testing.asking import Device, agree

DEVICE = "device1"
"""A device of array-api-strict that is not the processor."""

_DROPS = np.array([-0.3, 0.0, 0.3])


def strict_library() -> Any:
    """Return the namespace that has what the array API standard says, and no more.

    Raises:
        MissingLibraryError: array-api-strict is not installed.
    """
    try:
        import array_api_strict
    except ImportError as error:
        raise MissingLibraryError(
            "A law that says follows_array_api = True is examined with array-api-strict; it is not "
            "installed.",
            "pip install ebana-core[testing]",
        ) from error
    return array_api_strict


def check_array_api(device: Device) -> None:
    """Current, slope, current_change and contrast go by ``namespace(drop)`` and operators alone.

    Raises:
        AssertionError: Names the method and what it raises.
        MissingLibraryError: array-api-strict is not installed.
    """
    if not device.law.follows_array_api:
        return
    for precision in ("float32", "float64"):
        drop, change = _DROPS, np.full(3, 0.1)
        values = {name: np.full(3, value) for name, value in device.numbers.items()}
        for method, arguments in (
            ("current", (drop, values)),
            ("slope", (drop, values)),
            ("current_change", (drop, change, values)),
            ("change_rounding", (drop, change, values)),
            *(("contrast", (name, drop, change, values)) for name in values),
        ):
            _check(device, method, arguments, precision)


def _check(device: Device, method: str, arguments: tuple[Any, ...], precision: str) -> None:
    compute, xp = getattr(device.law, method), strict_library()
    claim = f"follows_array_api is True and {method}"
    advice = "use namespace(drop) and operators alone, no NumPy functions, or leave it out"
    try:
        with np.errstate(all="ignore"):
            found = compute(*(_taken(argument, xp, precision) for argument in arguments))
    except Exception as error:  # whatever a stranger's law raises
        raise AssertionError(
            f"{claim} raises {type(error).__name__} with arrays of array-api-strict: {error}; "
            f"{advice}"
        ) from error
    assert isinstance(found, xp.asarray(0.0).__class__), (
        f"{claim} returns a {type(found).__name__} for arrays of array-api-strict; {advice}"
    )
    assert found.dtype == getattr(xp, precision), (
        f"{claim} returns {found.dtype} numbers for drops of {precision}; {advice}"
    )
    if precision == "float64":
        with np.errstate(all="ignore"):
            expected = compute(*arguments)
        there = np.isfinite(expected)
        both = host(found)[there], expected[there]
        if there.any():
            agree(f"{method} of another library", "NumPy's", *both, _DROPS[there])


def _taken(argument: Any, xp: Any, precision: str) -> Any:
    if isinstance(argument, np.ndarray):
        return xp.asarray(argument, dtype=getattr(xp, precision), device=xp.Device(DEVICE))
    if isinstance(argument, dict):
        return {name: _taken(value, xp, precision) for name, value in argument.items()}
    return argument
