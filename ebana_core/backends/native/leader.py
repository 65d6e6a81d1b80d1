"""The interface of compiled code that leads samples to their operating points."""

from abc import ABC, abstractmethod
from typing import final

import attrs

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.native.free_phase import FreePhase


@final
@attrs.frozen(eq=False)
class Led:
    """What compiled code made of samples.

    Args:
        left: Numbers of those that it did not lead to their points; they are zero still.
        open: Numbers of those of whose currents more than rounding is left, or may be.
        is_stable: Those whose points are known to be stable. Shape ``(n_samples,)``.
        carried: What ideal diodes carry of the currents of those that are led, A; None: there are
            none. Shape ``(n_samples, n_unknowns)``.
    """

    left: IntArray
    open: IntArray
    is_stable: BoolArray
    carried: Array | None = None


class Leader(ABC):
    """Leads samples of a circuit to their operating points, at one set of parameters."""

    @abstractmethod
    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        """Lead samples to their operating points, or near them.

        Args:
            phase: The equations.
            x: Zeros, or unknowns that are near; overwritten, V.
            max_iterations: Steps after which a sample is left.
            is_near: Begin where `x` is; a few steps are taken.

        Returns:
            What became of them; those that are left are zero in `x`.
        """
