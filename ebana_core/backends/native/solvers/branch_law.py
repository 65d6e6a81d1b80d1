"""The law of transistors that are branches in compiled code, for Newton's method step by step.

Free phases of networks whose other devices all have two terminals are led to their points by
`BranchStart` and `BranchAmong`. Beside blocks, in nudged phases, and for samples that these leave,
Newton's method asks all devices for their currents, and such transistors take the longest.
"""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.solvers.branch_blocks import in_blocks, set_gates
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.laws.tables import BranchTable
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.machine_code import needing_numba

MOST_STEPS = 60
"""Steps after which what is inside of a transistor is left to the law itself, which damps them."""


@final
class BranchLaw:
    """Evaluates an array of transistors that are branches.

    Args:
        array: The transistors.
        table: Their numbers.

    Raises:
        MissingLibraryError: numba is not installed, or fails.
    """

    def __init__(self, array: TerminalArray, table: BranchTable) -> None:
        with needing_numba():
            from ebana_core.backends.native.solvers.branch_law_kernel import conduct
        self._conduct, self._array = conduct, array
        lanes = np.arange(len(array.nodes))
        self._blocks = in_blocks(table.numbers, table.ties, lanes)
        set_gates(self._blocks, lanes, table.gates)

    def at(self, voltages: Array) -> TerminalState:
        """Return currents and slopes; see `TerminalLaw.at`."""
        ends = np.ascontiguousarray(voltages, dtype=np.float64)
        found, slopes = np.empty((*ends.shape[:2], 6)), np.empty((*ends.shape[:2], 4))
        # The blocks are worked on: threads may ask for several phases at once.
        self._conduct(self._blocks.copy(), ends, MOST_STEPS, found, slopes)
        is_left = np.isnan(found[..., 0])
        if is_left.any():
            self._leave(is_left, voltages, found, slopes)
        currents, sizes, cancelled = (found[..., first : first + 2] for first in (0, 2, 4))
        return TerminalState(currents, sizes, slopes.reshape(*ends.shape, 2), cancelled)

    def _leave(self, is_left: BoolArray, voltages: Array, found: Array, slopes: Array) -> None:
        """Leave some transistors to the law itself."""
        shape = is_left.shape
        values = {
            name: np.broadcast_to(value, shape)[is_left]
            for name, value in self._array.values.items()
        }
        state = self._array.law.at(voltages[is_left][None], values)
        amounts = state.currents, state.sizes, state.cancelled
        found[is_left] = np.concatenate([own[0] for own in amounts], axis=-1)
        slopes[is_left] = state.slopes.dense()[0].reshape(-1, 4)


def in_compiled_code(terminals: Sequence[TerminalArray]) -> tuple[TerminalArray, ...] | None:
    """Return the devices, transistors that are branches evaluated in compiled code; None: no such.

    Raises:
        MissingLibraryError: numba is not installed, or fails.
    """
    found = []
    for array in terminals:
        table = array.law.branch_table(array.values, len(array.nodes))
        evaluate = None if table is None else BranchLaw(array, table).at
        found.append(attrs.evolve(array, evaluate=evaluate))
    return tuple(found) if any(array.evaluate is not None for array in found) else None
