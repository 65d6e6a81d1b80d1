"""Reports of devices on updates: numbers, which are summed over an epoch, and arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array


def added(sums: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return sums of the numbers that devices report, with those of one more report added."""
    numbers = {name: value for name, value in more.items() if not np.ndim(value)}
    return {**sums, **{name: sums.get(name, 0.0) + float(value) for name, value in numbers.items()}}


def arrays_of(report: Mapping[str, Any]) -> dict[str, Array]:
    """Return the arrays among what devices report of an update."""
    return {name: value for name, value in report.items() if np.ndim(value)}
