"""Currents of devices of several terminals at given voltages, and how much these change."""

from collections.abc import Callable
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.numerical import GAUSS_PLACES, GAUSS_SHARES
from ebana_core.laws.slopes import Slopes, slopes_of

ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""Rounding of a difference of currents, relative to the terms of the currents."""


@final
@attrs.frozen(eq=False)
class TerminalState:
    """A batch of devices at given voltages.

    Args:
        currents: What leaves each terminal's node into the device, A. Shape ``(n_samples,
            n_devices, n_terminals)``.
        sizes: Sums of the absolute terms of each current, A. Same shape.
        slopes: Derivative of each current by each voltage, S; given as `Slopes`, or as dense
            matrices, ``(n_samples, n_devices, n_terminals, n_terminals)``.
        cancelled: What the rounding of each current is relative to beside its terms and the
            voltages of the terminals, A: slopes times voltages that cancel inside of a device, as a
            gate does against its threshold. Same shape; the default is zero.
    """

    currents: Array
    sizes: Array
    slopes: Slopes = attrs.field(converter=slopes_of)
    cancelled: Array = attrs.field()

    @cancelled.default
    def _nothing(self) -> Array:
        return np.broadcast_to(0.0, self.sizes.shape)

    def part(self, samples: Any) -> "TerminalState":
        """Return some samples."""
        return TerminalState(
            self.currents[samples],
            self.sizes[samples],
            self.slopes.part(samples),
            self.cancelled[samples],
        )

    def rounding(self, sizes: Array) -> Array:
        """Return what the rounding of each current is relative to, A. Shape of `sizes`.

        Args:
            sizes: Of the voltages, as rounding sees them.
        """
        return self.at_terminals(sizes) + self.cancelled

    def at_terminals(self, sizes: Array) -> Array:
        """Return what rounding is relative to without what cancelled; see `rounding`."""
        return abs(self.slopes).times(sizes) + self.sizes


def changed(
    at: Callable[[Array], TerminalState], voltages: Array, change: Array
) -> tuple[Array, Array]:
    """Return a change of currents; see `TerminalLaw.change`."""
    before, after = at(voltages), at(voltages + change)
    total: Any = 0.0
    for point, weight in zip(GAUSS_PLACES, GAUSS_SHARES, strict=True):
        total = total + weight * at(voltages + point * change).slopes.times(change)
    difference = after.currents - before.currents
    reach = before.rounding(np.abs(voltages)) + after.sizes + after.cancelled
    is_smooth = np.abs(difference - total) <= ROUNDING * reach
    return np.where(is_smooth, total, difference), np.where(is_smooth, 0.0, reach)
