"""Circuits that the compiled kernel can solve, and their values as it reads them."""

import functools
from collections.abc import Callable
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array, IntArray, exact
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.newton import FULL_STEPS
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.phase_solver import Left, PhaseSolver, sources_stand_still
from ebana_core.backends.native.solvers.compiled_devices import CompiledDevices
from ebana_core.machine_code import needing_numba

MOST_PRODUCTS = 131_072
"""Largest product of the coupling blocks, in numbers: it stays in the second cache of a core."""
_NO_ROWS = np.zeros((0, 0))
_NOTHING_KEPT = _NO_ROWS, _NO_ROWS
_NONE: IntArray = np.zeros(0, dtype=np.intp)


def load_kernel() -> tuple[Callable[..., None], Callable[..., Array]]:
    """Return the kernel, and what prepares conductances for it.

    Raises:
        MissingLibraryError: numba is not installed, or fails.
    """
    with needing_numba():
        from ebana_core.backends.native.solvers.kernel import newton_steps
        from ebana_core.backends.native.solvers.kernel_step import coupled
    return newton_steps, coupled


@functools.cache
def _loaded() -> tuple[Callable[..., None], Callable[..., Array]]:
    """Return what `load_kernel` does: it is asked for in every step of training."""
    return load_kernel()


@final
class CompiledSteps(PhaseSolver):
    """Newton's method by full steps, compiled, at one set of parameters.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        is_worth: Whether a batch of so many samples is solved sooner than by NumPy's products.
    """

    def __init__(
        self, linear: LinearPart, devices: CompiledDevices, is_worth: Callable[[int], bool]
    ) -> None:
        self._kernel, self._coupled = _loaded()
        self._is_worth = is_worth
        across, back = exact(linear.across), exact(linear.back)
        n_first, n_rest = across.shape
        # In the order in which the loops of the kernel read them.
        across, back = np.ascontiguousarray(across.T), np.ascontiguousarray(back)
        diagonal, inner, own = map(exact, (linear.diagonal, linear.inner, linear.own))
        # Without amplifiers every conductance stands in both: one of them is read from the caches.
        is_symmetric = np.array_equal(across, back) and np.array_equal(inner, inner.T)
        back = across if is_symmetric else back
        products = _NO_ROWS
        if n_first * n_rest**2 <= MOST_PRODUCTS:
            products = self._coupled(across, back, is_symmetric)
        self._linear = (diagonal, across, back, inner, own, products)
        self._n_entries = n_rest * (n_rest + 1) // 2 if is_symmetric else n_rest**2
        self._devices = devices

    def takes(self, phase: Equations, n_samples: int) -> bool:
        return sources_stand_still(phase) and self._is_worth(n_samples)

    def solve(self, phase: Equations, x: Array, max_iterations: int) -> Left:
        assert isinstance(phase, FreePhase | NudgedPhase)
        is_free = isinstance(phase, FreePhase)
        constant = exact(phase.driven if isinstance(phase, FreePhase) else -phase.injected)
        drops = _joined(phase.drops)
        sizes = _joined(phase.sizes) if isinstance(phase, FreePhase) else drops
        limits = (_NO_ROWS, _NO_ROWS)
        if phase.limits is not None:
            limits = (_in_rows(phase.limits.lower), _in_rows(phase.limits.upper))
        # Of a circuit in float32 the little that is left to solve is solved in float64.
        u = x if x.dtype == np.float64 else np.zeros(x.shape)
        finished = np.zeros(len(x), dtype=np.bool_)
        kept = self._room(len(x)) if isinstance(phase, FreePhase) else phase.kept
        carried = np.empty_like(u) if is_free and phase.limits is not None else _NO_ROWS
        self._kernel(
            is_free,
            # Whatever needs more steps needs a line search.
            min(max_iterations, FULL_STEPS),
            u,
            finished,
            carried,
            constant,
            self._linear,
            self._n_entries,
            limits,
            self._devices.pieces,
            drops,
            sizes,
            self._devices.ends,
            self._devices.pairs,
            kept or _NOTHING_KEPT,
        )
        if u is not x:
            x[:] = u
        if finished.all():
            own = carried.astype(x.dtype, copy=False) if len(carried) else None
            return Left(_NONE, own, kept if is_free else None)
        left = np.flatnonzero(~finished)
        # Other methods start from 0 V, as if these steps had not been tried.
        x[left] = 0.0
        return Left(left)

    def _room(self, n_samples: int) -> tuple[Array, Array]:
        """Return room for what nudged phases go on with."""
        n_first = len(self._linear[0])
        return np.empty((n_samples, self._n_entries)), np.empty((n_samples, n_first))


def _joined(parts: Any) -> Array:
    if len(parts) == 1:
        return _in_rows(parts[0])
    return _in_rows(np.hstack(parts)) if len(parts) else _NO_ROWS


def _in_rows(array: Any) -> Array:
    """Return an array row by row: for another order all machine code would be made once more."""
    return np.ascontiguousarray(exact(array))
