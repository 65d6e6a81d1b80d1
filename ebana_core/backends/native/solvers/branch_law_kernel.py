"""Transistors that are branches at given voltages of their ends, in compiled code."""

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers import branch_blocks as at
from ebana_core.backends.native.solvers.branch_kernel import evaluate
from ebana_core.kernels import kernel

STILL = 1e-9
"""How far nodes inside may be from theirs, V: a current that is eliminated there is off by the
square of that over the square of a thermal voltage, which is below rounding."""


@kernel(error_model="numpy")
def conduct(blocks: Array, ends: Array, most: int, found: Array, slopes: Array) -> None:
    """Find what transistors conduct, one sample after the other.

    Args:
        blocks: The transistors in blocks, with their gates; voltages inside are overwritten.
        ends: Voltages of heads and tails. Shape ``(n_samples, n_devices, 2)``, V.
        most: Steps after which what is inside of a transistor counts as not found.
        found: Overwritten with what leaves head and tail, A, the sizes of both, A, and what
            cancelled in both, A; see `TerminalState`. The first is not a number where it was not
            found. Shape ``(n_samples, n_devices, 6)``.
        slopes: Overwritten with its derivatives, S. Shape ``(n_samples, n_devices, 4)``.
    """
    n_devices = ends.shape[1]
    for sample in range(len(ends)):
        for b in range(len(blocks)):
            block, first = blocks[b], b * at.LANES
            n_lanes = min(at.LANES, n_devices - first)
            for k in range(n_lanes):
                block[at.TO_HEAD + k] = ends[sample, first + k, 0]
                block[at.TO_TAIL + k] = ends[sample, first + k, 1]
            for count in range(most):
                evaluate(block, count == 0)
                farthest = 0.0
                for k in range(n_lanes):
                    farthest = max(farthest, block[at.UNSETTLED + k])
                if farthest <= STILL:
                    break
            for k in range(n_lanes):
                is_found = block[at.UNSETTLED + k] <= STILL
                own, slope = found[sample, first + k], slopes[sample, first + k]
                own[0] = block[at.AT_HEAD + k] if is_found else np.nan
                own[1], own[2] = block[at.AT_TAIL + k], block[at.SIZE_HEAD + k]
                own[3] = block[at.SIZE_TAIL + k]
                own[4] = own[5] = block[at.CANCELLED + k]
                slope[0], slope[1] = block[at.HEAD_BY_HEAD + k], block[at.HEAD_BY_TAIL + k]
                slope[2], slope[3] = block[at.TAIL_BY_HEAD + k], block[at.TAIL_BY_TAIL + k]
