"""Compiled code that solves a sample of a network: unknowns together, or each by itself."""

from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.native.singles.wiring import Wiring
from ebana_core.machine_code import needing_numba

MOST_STEPS = 60
"""Steps after which a sample is left to the search of other simulators."""


class SampleSolver(ABC):
    """Solves one sample after the other.

    Args:
        wiring: The network.

    Raises:
        MissingLibraryError: numba is not installed, or fails.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @abstractmethod
    def is_solved(
        self, volts: Array, resistors: Any, transistors: Any, is_active: BoolArray, is_cold: bool
    ) -> bool:
        """Solve a sample; tell whether that went well.

        Args:
            volts: Of all nodes, V; unknowns are overwritten.
            resistors: See `sums.Resistors`.
            transistors: See `sums.Transistors`.
            is_active: Nodes that move; the others stay where they balance.
            is_cold: The transistors begin without currents; else as the last solve left them.
        """


@final
class Together(SampleSolver):
    """All unknowns at once, with sparse factors."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        with needing_numba():
            from ebana_core.backends.native.singles.kernel import newton
        self._newton: Any = newton
        self._n_steps = 0

    def is_solved(
        self, volts: Array, resistors: Any, transistors: Any, is_active: BoolArray, is_cold: bool
    ) -> bool:
        wiring = self._wiring
        # Of a sample that was solved without a step there are no factors.
        has_factors = not is_cold and self._n_steps > 0
        self._n_steps = self._newton(
            volts,
            wiring.unknowns,
            resistors,
            transistors,
            wiring.matrix,
            wiring.factors,
            wiring.first_clamped if has_factors else 0,
            is_active,
            wiring.groups,
            is_cold,
            MOST_STEPS,
            wiring.shorter,
            wiring.near,
            wiring.is_judged,
        )
        return self._n_steps >= 0


@final
class Apart(SampleSolver):
    """Unknowns that move no other, each by itself."""

    def __init__(self, wiring: Wiring, blocks: IntArray) -> None:
        super().__init__(wiring)
        with needing_numba():
            from ebana_core.backends.native.singles.apart_kernel import balance_each
        self._balance_each: Any = balance_each
        self._places = wiring.apart(blocks)
        self._conducted = np.zeros((len(wiring.unknowns), 4))

    def is_solved(
        self, volts: Array, resistors: Any, transistors: Any, is_active: BoolArray, is_cold: bool
    ) -> bool:
        found: bool = self._balance_each(
            volts,
            self._wiring.unknowns,
            resistors,
            transistors,
            self._places,
            self._conducted,
            is_active,
            is_cold,
            MOST_STEPS,
        )
        return found


def sample_solver(wiring: Wiring) -> SampleSolver:
    """Return what solves the samples of a network; see `SampleSolver`."""
    return Together(wiring) if wiring.blocks is None else Apart(wiring, wiring.blocks)
