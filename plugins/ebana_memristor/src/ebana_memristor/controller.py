"""Gives pulses to cells: as many as the wished changes need, or as many as were recorded."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from ebana_core.arrays import Array, BoolArray
from ebana_memristor.stepping import Stepping

Counts = NDArray[np.int64]
REACHED, SHORT, OUT_OF_REACH, UNMOVED = range(4)
"""Outcomes of a wished change: as near as pulses come; stopped at the largest number of pulses; out
of reach of any number of pulses; given up because pulses did not move the cell as they should."""


@final
@attrs.frozen(eq=False)
class Programmed:
    """The result of programming cells in a row.

    Args:
        x: Where they stand then, 0 to 1 of the window.
        first: Pulses in the direction of the wish: above zero up, below down.
        back: Pulses that followed in the other direction, signed likewise.
        reads: How often each was read.
        fate: What became of each wish: `REACHED` and so on.
        energy: Of the pulses, J.
    """

    x: Array
    first: Counts
    back: Counts
    reads: Counts
    fate: Counts
    energy: float


def lengths(x: Array, goal: Array, cells: Stepping) -> Array:
    """Return the length of wished changes in steps of the cells; inf where pulses move nothing."""
    nominal = cells.nominal(x, goal > x)
    way = np.abs(goal - x)
    return np.divide(way, nominal, out=np.where(way > 0, np.inf, 0.0), where=nominal > 0)


def apply_pulses(x: Array, goal: Array, cells: Stepping) -> Programmed:
    """Give cells the pulses that their wishes are long in steps, rounded.

    Args:
        x: Where they stand, 0 to 1 of the window. Shape ``(n,)``.
        goal: Where they are wished to stand. Same shape.
        cells: How they answer.
    """
    wished, is_up = np.rint(lengths(x, goal, cells)), goal > x
    count = np.minimum(wished, cells.pulses.most).astype(np.int64)
    count[np.isinf(wished)] = 0  # no pulse moves them
    fate = np.where(wished > count, np.where(np.isinf(wished), OUT_OF_REACH, SHORT), REACHED)
    present, energy = x.copy(), 0.0
    # Pulse by pulse: the step of each depends on where the last one led.
    for done in range(int(count.max(initial=0))):
        active = count > done
        nominal = cells.nominal(present[active], is_up[active])
        present, more = pulsed(present, nominal, is_up, active, cells)
        energy += more
    signed = np.where(is_up, count, -count)
    none = np.zeros(x.shape, dtype=np.int64)
    return Programmed(present, signed, none, none, fate, energy)


def replay(x: Array, counts: Sequence[Counts], cells: Stepping) -> Array:
    """Return where cells stand after recorded pulses and reads, 0 to 1 of the window.

    Args:
        x: Where they stood.
        counts: `first`, `back` and `reads` of a `Programmed`.
        cells: How they answer.
    """
    first, back, reads = counts
    present, is_read = x.copy(), reads > 0
    present[is_read] = cells.disturbed(present[is_read], is_read)
    for signed in (first, back):
        for done in range(int(np.abs(signed).max(initial=0))):
            active = np.abs(signed) > done
            nominal = cells.nominal(present[active], signed[active] > 0)
            present, _ = pulsed(present, nominal, signed > 0, active, cells)
            # A cell that is verified is read again after every pulse, and a read may disturb it.
            read = active & (reads > 0)
            present[read] = cells.disturbed(present[read], read)
    return present


def pulsed(
    x: Array, nominal: Array, is_up: BoolArray, active: BoolArray, cells: Stepping
) -> tuple[Array, float]:
    """Return where cells stand after one pulse to some of them, and its energy, J.

    `nominal` holds the sizes of these cells' steps; computing them is what takes the time.
    """
    before, way = x[active], is_up[active]
    after, present = cells.moved(before, np.where(way, nominal, -nominal), active), x.copy()
    present[active] = after
    # The conductance in the middle of its step stands for that during the pulse.
    return present, cells.energy((before + after) / 2, way)
