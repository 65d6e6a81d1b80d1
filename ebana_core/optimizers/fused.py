"""Whole updates in compiled code, where an optimizer and the devices are plain enough."""

import functools
import sys
from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.layers.plain_steps import PlainSteps
from ebana_core.machine_code import numba_works
from ebana_core.outer import FEWEST, Outer, multiplied_out

KERNELS = "ebana_core.optimizers.kernels"
"""The module of the kernels, which loads numba."""
ROW_KERNELS = "ebana_core.optimizers.row_kernels"
"""That of the kernels for gradients that are not multiplied out."""
BY_ROWS = ("steepest", "with_velocity")
"""The kernels that have one there."""


@final
@attrs.frozen
class Fused:
    """Compiled code for the updates of an optimizer.

    Args:
        kernel: Its name in `kernels`.
        constants: Its last arguments.
    """

    kernel: str
    constants: tuple[Any, ...] = ()

    def update(
        self,
        gradient: Array | Outer,
        scale: float,
        rate: float,
        values: Array,
        slots: Mapping[str, Array],
        steps: PlainSteps,
    ) -> tuple[Array, dict[str, Array]] | None:
        """Return new values and new slots, in new arrays.

        Args:
            gradient: Shape of the parameter.
            scale: Multiplies it.
            rate: Learning rate, negative.
            values: Present values.
            slots: What the optimizer keeps, in the order in which the kernel takes it.
            steps: What devices make of a change.

        Returns:
            None where NumPy's way has to do it: values are few and nothing is compiled yet, numba
            is missing, an array is not in C order, or a number is not finite or not allowed, of
            which NumPy's way says which and where.
        """
        if self.kernel not in BY_ROWS:
            gradient = multiplied_out(gradient)
        if values.size < FEWEST and not _is_compiled(self.kernel):
            return None
        kernels = _kernels()
        arrays = values, *slots.values(), *(() if isinstance(gradient, Outer) else (gradient,))
        if kernels is None or not all(array.flags.c_contiguous for array in arrays):
            return None
        new, own = np.empty_like(values), {slot: np.empty_like(values) for slot in slots}
        given: Any
        shape: tuple[int, ...]
        if isinstance(gradient, Outer):
            kernel, given, shape = f"{self.kernel}_rows", gradient.factors, values.shape
            kernels = _row_kernels()
        else:
            kernel, given, shape = self.kernel, _read(gradient, (-1,)), (-1,)
        is_finite = getattr(kernels, kernel)(
            given,
            float(scale),
            float(rate),
            _read(values, shape),
            (steps.relative, steps.lower, steps.upper, steps.above),
            new.reshape(shape),
            *(_read(array, shape) for array in slots.values()),
            *(array.reshape(shape) for array in own.values()),
            *self.constants,
        )
        return (new, own) if is_finite else None


@functools.cache
def _kernels() -> Any:
    """Return the module of all kernels; None: numba is not installed, or fails."""
    if not numba_works():
        return None
    try:
        from ebana_core.optimizers import kernels  # when one is needed: numba loads slowly
    except ImportError:
        return None
    return kernels


def _row_kernels() -> Any:
    from ebana_core.optimizers import row_kernels  # beside the others, which are there

    return row_kernels


def _is_compiled(kernel: str) -> bool:
    """Tell whether an optimizer's machine code is there, as a larger array asked for it before."""
    return _has_code(KERNELS, kernel) or _has_code(ROW_KERNELS, f"{kernel}_rows")


def _has_code(module: str, kernel: str) -> bool:
    known = getattr(sys.modules.get(module), kernel, None)
    return known is not None and bool(known.signatures)


def _read(array: Array, shape: tuple[int, ...]) -> Array:
    """Return an array as kernels read it: they are compiled once, not for arrays of all kinds."""
    view = array.reshape(shape)
    view.flags.writeable = False
    return view
