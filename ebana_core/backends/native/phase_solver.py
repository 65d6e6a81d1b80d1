"""What solves a whole phase by a way of its own, where Newton's method would go step by step."""

from abc import ABC, abstractmethod

import attrs

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.nudged_phase import NudgedPhase


@attrs.frozen(eq=False)
class Left:
    """What a way of its own leaves of a phase.

    Args:
        samples: Numbers of those that it did not solve, in which the unknowns are zero.
        carried: What ideal diodes carry of the currents of a free phase, whose held unknowns then
            stand exactly at their bounds. Shape ``(n_samples, n_unknowns)``, A; None: not known.
        kept: What phases that begin at a free one go on with; None: nothing.
    """

    samples: IntArray
    carried: Array | None = None
    kept: tuple[Array, Array] | None = None


class PhaseSolver(ABC):
    """Solves whole phases at one set of parameters; Newton's method goes on with what is left."""

    @abstractmethod
    def takes(self, phase: Equations, n_samples: int) -> bool:
        """Tell whether it solves such a phase, and is the faster way for so many samples."""

    @abstractmethod
    def solve(self, phase: Equations, x: Array, max_iterations: int) -> Left:
        """Solve a phase.

        Args:
            phase: Its equations.
            x: Where to begin, V; zeros for ways that begin at 0 V only. Overwritten with the
                unknowns. Shape ``(n_samples, n_unknowns)``.
            max_iterations: Newton steps after which a sample is left; ways without such steps
                have bounds of their own.
        """


def sources_stand_still(phase: Equations) -> bool:
    """Tell whether no source moves from the free phase, as it does to where outputs are held."""
    return not isinstance(phase, NudgedPhase) or phase.moved is None
