"""Newton's method along chains of resistors, one sample after the other, in compiled code.

It ends where `newton` ends: where every node is within rounding. A sample is solved from beginning
to end while it is in the processor's own memory. Samples that it does not finish are left to
`newton`.
"""

from types import ModuleType
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.chains import LANES, Chains
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.merits import SLOPE_RATIO
from ebana_core.backends.native.newton import JUST_ABOVE
from ebana_core.backends.native.node_spans import places
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.phase_solver import Left, PhaseSolver, sources_stand_still
from ebana_core.backends.native.solvers.chain_samples import Sample, sample_of
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.machine_code import needing_numba

MOST_STEPS, MOST_TRIALS = 40, 12
"""Newton steps of a sample, and lengths of each, after which it is left to `newton`."""
LOOSEST, SAFETY, LAST = 0.03, 0.3, 0.1
"""Largest size of what conjugate gradients leave of a step, relative to its beginning; how much
smaller it is than what Newton's method itself will leave, and than rounding."""


@final
class ChainedSteps(PhaseSolver):
    """Newton's method at one set of parameters, where no amplifier scales a node.

    Args:
        linear: The linear part, its unknowns in the order of the chains.
        devices: The nonlinear branches.
        chains: The chains.
    """

    def __init__(
        self, linear: SparseLinearPart, devices: tuple[DeviceArray, ...], chains: Chains
    ) -> None:
        with needing_numba():
            from ebana_core.backends.native.solvers import chain_kernel

        self._kernel: ModuleType = chain_kernel
        self._n = n = len(linear.own)
        matrix, n_first = linear.matrix, chains.n_first
        before = np.concatenate([[0.0], -matrix.diagonal(1)])[:n]
        if n_first < n:
            before[n_first] = 0.0
        shared = matrix[:n_first, n_first:].tocoo()
        rows, columns = (np.asarray(side, dtype=np.intp) for side in (shared.row, shared.col))
        self._linear = (matrix.diagonal(), before, rows, columns + n_first, -shared.data)
        ends = [_ends(array, n) for array in devices]
        none: IntArray = np.zeros(0, dtype=np.intp)
        self._heads, self._tails = (np.concatenate([none, *e]) for e in zip(*ends, strict=True))
        self._between = np.flatnonzero((self._heads < n) & (self._tails < n))
        pairs = self._heads[self._between], self._tails[self._between]
        # Compiled code asks of every signed index whether it counts from the end.
        self._first = np.concatenate([rows, np.minimum(*pairs)]).astype(np.uint32)
        self._second = np.concatenate([columns, np.maximum(*pairs) - n_first]).astype(np.uint32)
        self._branches = self._heads.astype(np.uint32), self._tails.astype(np.uint32)
        kinds = before[:n_first], before[n_first:]
        self._lanes = _lanes(kinds[0]), _lanes(kinds[1])

    def takes(self, phase: Equations, n_samples: int) -> bool:
        return sources_stand_still(phase)

    def solve(self, phase: Equations, x: Array, max_iterations: int) -> Left:
        assert isinstance(phase, FreePhase | NudgedPhase)
        left = []
        with np.errstate(over="ignore", invalid="ignore"):
            for number, own in enumerate(x):
                sample = sample_of(phase, number)
                if not self._is_solved(sample, own, min(max_iterations, MOST_STEPS)):
                    left.append(number)
                    own[...] = 0.0
        return Left(np.array(left, dtype=np.intp))

    def _is_solved(self, sample: Sample, result: Array, max_iterations: int) -> bool:
        """Solve one sample; tell whether that succeeded."""
        n = self._n
        x, step, scratch = np.zeros(n + 1), np.empty(n), np.empty((2, n + 1))
        residual = np.empty(n + 1)
        worst, slopes = self._evaluated(sample, x, residual, scratch)
        shrinks = 1.0
        for _ in range(max_iterations):
            if worst <= JUST_ABOVE:
                result[...] = x[:n]
                return True
            if not np.isfinite(worst):
                return False
            forcing = max(min(LOOSEST, SAFETY * shrinks**2), LAST / worst)
            diagonal, across = self._jacobian(slopes)
            taken = self._kernel.step(
                diagonal, self._linear[1], across, self._lanes, residual[:n], forcing, step
            )
            if taken < 0:
                return False
            before, initial = worst, abs(float(step @ residual[:n]))
            worst, slopes = self._moved(sample, x, step, residual, scratch, initial)
            shrinks = worst / before
        return False

    def _moved(
        self,
        sample: Sample,
        x: Array,
        step: Array,
        residual: Array,
        scratch: Array,
        initial: float,
    ) -> tuple[float, Array]:
        """Move by a step, or by as much of it as is good, and evaluate; see `merits.Slope`."""
        n, length = self._n, 1.0
        x[:n] += step
        for trial in range(MOST_TRIALS):
            worst, slopes = self._evaluated(sample, x, residual, scratch)
            value = float(step @ residual[:n])
            if worst <= 1.0 or trial == MOST_TRIALS - 1 or value <= SLOPE_RATIO * initial:
                break
            secant = length * initial / (initial + value) if np.isfinite(value) else 0.0
            shorter = min(max(secant, 0.1 * length), 0.5 * length)
            x[:n] += (shorter - length) * step
            length = shorter
        return worst, slopes

    def _evaluated(
        self, sample: Sample, x: Array, residual: Array, scratch: Array
    ) -> tuple[float, Array]:
        """Write the residual, and return the worst excess over rounding, and the slopes, S."""
        branches = self._branches
        drops, sizes, ends = sample.drops.copy(), sample.sizes.copy(), np.empty(len(self._heads))
        self._kernel.drops_at(x, drops, sizes, branches, ends)
        current, slopes, size = sample.laws(drops, sizes, ends)
        worst = self._kernel.balance(
            x,
            sample.constant,
            self._linear,
            branches,
            current,
            size,
            sample.precision,
            residual,
            *scratch,
        )
        return worst, slopes

    def _jacobian(self, slopes: Array) -> tuple[Array, tuple[Any, Any, Array]]:
        """Return the diagonal, and the couplings across the chains, S."""
        n = self._n
        diagonal = self._linear[0].copy()
        for ends in (self._heads, self._tails):
            diagonal += np.bincount(ends, slopes, n + 1)[:n]
        amounts = np.concatenate([self._linear[4], slopes[self._between]])
        return diagonal, (self._first, self._second, amounts)


def _ends(array: DeviceArray, n: int) -> tuple[IntArray, IntArray]:
    """Return the unknowns at the heads and at the tails; `n` where there is none."""
    heads, tails = np.full((2, len(array.heads)), n, dtype=np.intp)
    for terminal in array.terminals:
        branches, unknowns = places(terminal.branches), places(terminal.unknowns)
        is_head = terminal.scale > 0
        heads[branches[is_head]] = unknowns[is_head]
        tails[branches[~is_head]] = unknowns[~is_head]
    return heads, tails


def _lanes(before: Array) -> IntArray:
    """Return where four about equal parts begin, each with a chain, and the end."""
    begins = np.append(np.flatnonzero(before == 0), len(before))
    wished = np.linspace(0, len(before), LANES + 1)
    return np.asarray(begins[np.searchsorted(begins, wished)], dtype=np.intp)
