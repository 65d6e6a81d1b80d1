"""Circuits that the compiled kernel can solve, and their values as it reads them."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.newton import FULL_STEPS
from ebana_core.backends.native.node_spans import places
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import MissingLibraryError

_NO_ROWS = np.zeros((0, 0))
_NO_PLACES: IntArray = np.zeros(0, dtype=np.intp)


def numba_is_installed() -> bool:
    """Tell whether compiled kernels can be had."""
    return find_spec("numba") is not None


def load_kernel() -> Callable[..., None]:
    """Return the kernel.

    Raises:
        MissingLibraryError: numba is not installed.
    """
    try:
        from ebana_core.backends.native.solvers.kernel import newton_steps
    except ImportError as error:
        raise MissingLibraryError(
            "Compiled kernels need numba, which is not installed.",
            "pip install ebana-core[numba], or leave out `compiled`",
        ) from error
    kernel: Callable[..., None] = newton_steps
    return kernel


@final
class CompiledSteps:
    """Newton's method by full steps, compiled, at one set of parameters.

    Args:
        linear: The linear part.
        devices: The nonlinear branches, all of two straight lines.
    """

    def __init__(self, linear: LinearPart, devices: tuple[DeviceArray, ...]) -> None:
        self._kernel = load_kernel()
        # In the order in which the loops of the kernel read them.
        across, back = np.ascontiguousarray(linear.across), np.ascontiguousarray(linear.back.T)
        self._linear = (linear.diagonal, across, back, linear.inner, linear.own)
        self._pieces = _pieces(devices)
        self._ends, self._pairs = _ends(devices), _pairs(devices)

    def solve(self, phase: Equations, x: Array, max_iterations: int) -> IntArray:
        """Solve a phase sample by sample.

        Args:
            phase: Its equations.
            x: Zeros; overwritten with the unknowns, V. Shape ``(n_samples, n_unknowns)``.
            max_iterations: Steps after which a sample counts as failed.

        Returns:
            Numbers of the samples that full steps do not solve.
        """
        assert isinstance(phase, FreePhase | NudgedPhase)
        is_free = isinstance(phase, FreePhase)
        constant = phase.driven if isinstance(phase, FreePhase) else -phase.injected
        drops = _joined(phase.drops)
        sizes = _joined(phase.sizes) if isinstance(phase, FreePhase) else drops
        limits = (_NO_ROWS, _NO_ROWS)
        if phase.limits is not None:
            limits = (phase.limits.lower, phase.limits.upper)
        finished = np.zeros(len(x), dtype=np.bool_)
        self._kernel(
            is_free,
            # Whatever needs more steps needs a line search.
            min(max_iterations, FULL_STEPS),
            x,
            finished,
            constant,
            self._linear,
            limits,
            self._pieces,
            drops,
            sizes,
            self._ends,
            self._pairs,
        )
        left = np.flatnonzero(~finished)
        # Other methods start from 0 V, as if these steps had not been tried.
        x[left] = 0.0
        return left


def _joined(parts: Any) -> Array:
    if len(parts) == 1:
        return np.ascontiguousarray(parts[0])
    return np.hstack(parts) if len(parts) else _NO_ROWS


def _pieces(devices: tuple[DeviceArray, ...]) -> tuple[Array, Array, Array]:
    columns: list[list[Array]] = [[], [], []]
    for array in devices:
        pieces = array.law.pieces(array.values)
        assert pieces is not None
        for column, values in zip(columns, pieces, strict=True):
            column.append(np.broadcast_to(values, array.heads.shape))
    joined = [np.concatenate([np.zeros(0), *column]) for column in columns]
    return joined[0], joined[1], joined[2]


def _ends(devices: tuple[DeviceArray, ...]) -> tuple[IntArray, IntArray, Array, Array]:
    branches, unknowns = [_NO_PLACES], [_NO_PLACES]
    scales, shares = [np.zeros(0)], [np.zeros(0)]
    first = 0
    for array in devices:
        for end in array.terminals:
            branches.append(first + places(end.branches))
            unknowns.append(places(end.unknowns))
            scales.append(end.scale)
            shares.append(end.own)
        first += len(array.heads)
    joined = np.concatenate(branches), np.concatenate(unknowns)
    return *joined, np.concatenate(scales), np.concatenate(shares)


def _pairs(devices: tuple[DeviceArray, ...]) -> tuple[IntArray, IntArray, IntArray, Array]:
    branches, rows, columns = [_NO_PLACES], [_NO_PLACES], [_NO_PLACES]
    factors = [np.zeros(0)]
    first = 0
    for array in devices:
        branches.append(first + np.tile(array.coupled, 2))
        rows.append(array.pairs[0])
        columns.append(array.pairs[1])
        factors.append(array.factors)
        first += len(array.heads)
    joined = np.concatenate(branches), np.concatenate(rows), np.concatenate(columns)
    return *joined, np.concatenate(factors)
