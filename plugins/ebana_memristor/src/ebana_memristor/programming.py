"""Pulses: what becomes of an optimizer's wish in cells that only pulses move."""

from collections.abc import Callable, Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError
from ebana_core.quantities import quantity
from ebana_memristor.checks import one_of, pair, truth, up_and_down, whole
from ebana_memristor.responses import Drive, LinearPulses, PulseResponse

VOLTAGE, WIDTH = 1.0, 1e-7
"""V and s, of pulses of which nothing is said."""

REPORTS = (
    quantity("pulses_up", "1", meaning="pulses towards the higher conductance"),
    quantity("pulses_down", "1", meaning="pulses towards the lower conductance"),
    quantity("reads", "1", meaning="of cells, to verify them"),
    quantity("energy", "J", meaning="of the pulses"),
)


def _two(value: Any, default: float) -> tuple[float, float]:
    if value is None:
        return default, default
    return (value[0], value[-1]) if isinstance(value, tuple) else (value, value)


@final
@attrs.frozen(kw_only=True)
class Pulses:
    """Pulses of one height and width, and how many an update may take.

    Without write-verify an update is as many pulses as its wish is long in steps where the cell
    stands, rounded. With it, each cell is read after every pulse and pulsed on until it is within
    half a step, or was on both sides of its goal twice.

    Args:
        response: By how much one pulse moves a cell.
        write_verify: Read after every pulse.
        max_pulses: Of one cell in one update.
        voltage: Height of pulses, V, or of those up and of those down; for the energy. None: as
            the response has them, or 1 V.
        width: s, likewise. None: as the response has them, or 100 ns.

    Raises:
        ParameterError: The response has pulses of its own, and these are said to be others.
    """

    response: PulseResponse = attrs.field(
        factory=LinearPulses, validator=one_of(PulseResponse, "a response, such as SoftBounds()")
    )
    write_verify: bool = attrs.field(default=False, validator=truth)
    max_pulses: int = attrs.field(default=100, validator=whole(1))
    voltage: Any = attrs.field(default=None, converter=pair, validator=up_and_down)
    width: Any = attrs.field(default=None, converter=pair, validator=up_and_down)

    def __attrs_post_init__(self) -> None:
        is_said = self.voltage is not None or self.width is not None
        if self.response.drive is not None and is_said:
            raise ParameterError(
                f"Pulses have voltage={self.voltage!r} and width={self.width!r}, and a response "
                f"of {self.response!r}.",
                "say them once, in the response",
            )

    @property
    def drive(self) -> Drive:
        """Height, V, and width, s, of pulses up and down."""
        if self.response.drive is not None:
            return self.response.drive
        (up, down), (long, short) = _two(self.voltage, VOLTAGE), _two(self.width, WIDTH)
        return (up, long), (down, short)


@attrs.frozen(eq=False)
class Stepping:
    """How the cells of a crossbar answer to pulses.

    Args:
        moved: Where cells stand after a pulse of nominal steps; the effects of real ones.
        seen: Where a reading finds cells, to verify them.
        power: What pulses up and down take in a cell at x, W: of x and of one row each.
    """

    moved: Callable[[Array, Array], Array]
    seen: Callable[[Array], Array]
    power: Callable[[Array], tuple[Array, Array]]


def apply_pulses(
    pulses: Pulses, x: Array, goal: Array, cells: Stepping
) -> tuple[Array, BoolArray, Mapping[str, float]]:
    """Pulse cells towards their goals.

    Args:
        pulses: Of one update.
        x: Where the cells stand, 0 to 1 of their window.
        goal: Where they are wished to stand. Same shape.
        cells: How they answer.

    Returns:
        Where they stand then, which cells were pulsed, and numbers named as in `REPORTS`.
    """
    present, response = x, pulses.response
    pulsed = np.zeros(x.shape, dtype=bool)
    up = down = reads = 0
    energy = 0.0
    is_up = goal > present
    turns = np.zeros(x.shape, dtype=np.int64)
    nominal = response.step(present, is_up)
    with np.errstate(divide="ignore", invalid="ignore"):
        wished = np.where(nominal > 0, np.rint(np.abs(goal - present) / nominal), 0.0)
    for done in range(pulses.max_pulses):
        if pulses.write_verify:
            seen = cells.seen(present)
            turns += (goal > seen) != is_up
            is_up = goal > seen
            nominal = response.step(present, is_up)
            active = (np.abs(goal - seen) > nominal / 2) & (nominal > 0) & (turns < 2)
            reads += int(x.size if done == 0 else pulsed.sum())
        else:
            nominal = response.step(present, is_up)
            active = wished > done
        if not active.any():
            break
        pulsed |= active
        up, down = up + int((active & is_up).sum()), down + int((active & ~is_up).sum())
        after = cells.moved(present, np.where(is_up, nominal, -nominal))
        after = np.where(active, after, present)
        for rows, sign, (_, width) in zip(
            cells.power((present + after) / 2), (is_up, ~is_up), pulses.drive, strict=True
        ):
            energy += float(rows[active & sign].sum()) * width
        present = after
    report = {"pulses_up": up, "pulses_down": down, "reads": reads, "energy": energy}
    return present, pulsed, report
