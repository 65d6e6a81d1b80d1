"""The one place that knows which array library an array belongs to."""

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
"""A float64 array; on an accelerator, an array of the library that owns it."""

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
"""An array of truth values."""

Values = Mapping[str, Array]
"""Value name to array, broadcastable to the branches of one element array."""


def namespace(array: Any) -> Any:
    """Return the array API namespace of `array`: NumPy itself, or a compatible wrapper."""
    if isinstance(array, np.ndarray | np.generic):
        return np
    import array_api_compat  # only where another array library is in use

    return array_api_compat.array_namespace(array)
