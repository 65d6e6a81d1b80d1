"""Pulses: how a change that an optimizer wishes is made in cells that only pulses move."""

from typing import Any, final

import attrs

from ebana_core.checking import own_settings
from ebana_core.errors import ParameterError
from ebana_core.quantities import quantity
from ebana_core.validators import instance, truth, whole
from ebana_memristor.checks import pair, up_and_down
from ebana_memristor.responses import Drive, LinearPulses, Pace, PulseResponse

VOLTAGE, WIDTH = 1.0, 1e-7
"""Height, V, and width, s, of pulses that do not set their own."""

ACROSS = 2
"""A cell may have as many pulses as cross the middle nine tenths of the window this often."""

REPORTS = (
    quantity("pulses_up", "1", meaning="pulses towards the higher conductance"),
    quantity("pulses_down", "1", meaning="pulses towards the lower conductance"),
    quantity("reads", "1", meaning="of cells, to verify them"),
    quantity("energy", "J", meaning="of the pulses"),
    quantity("missed", "1", meaning="cells that an update left short of their goal"),
    quantity("out_of_reach", "1", meaning="of these, those wished where pulses lead to no end"),
    quantity("unmoved", "1", meaning="of these, those that pulses did not move as they should"),
)

RECORDS = (
    quantity("first_pulses", "1", meaning="of a cell in an update: above zero up, below down"),
    quantity("back_pulses", "1", meaning="those that followed the other way, signed likewise"),
    quantity("cell_reads", "1", meaning="of a cell in an update: first, and after each pulse"),
)
"""Numbers that a layer with ``record_pulses`` records of every cell in every update."""


def _two(value: Any, default: float) -> tuple[float, float]:
    if value is None:
        return default, default
    return (value[0], value[-1]) if isinstance(value, tuple) else (value, value)


@final
@attrs.frozen(kw_only=True)
class Pulses:
    """Pulses of one height and width, and how many an update may take.

    Cells whose wish is shorter than half a step, where they stand, are left alone. Without
    write-verify the others get as many pulses as their wish is long in such steps, rounded. With
    it, an update that moves any cell reads the crossbar once, and each cell again after every
    pulse that it gets; cells are pulsed until their reading has changed by the wish to within half
    a step, or has gone past that twice. Whatever a cell has from its making is in all of its
    readings, and fluctuations of readings are slow: one draw for all reads of an update.

    A cell that needs more pulses than it may have counts as missed. It may have `max_pulses`;
    under verification at most four times as many as its wish is long in steps, and ten more.
    Verified cells are given up, and counted as missed, in two cases: the goal is out of reach and
    a pulse covers no useful part of what is left; or ten pulses moved the cell by less than a tenth
    of what they should. See `Outlook` and `Answers`.

    Args:
        response: By how much one pulse moves a cell.
        write_verify: Read after every pulse.
        max_pulses: Of one cell in one update; None: as many as cross the middle nine tenths of the
            window twice, by the steps of the response.
        voltage: Height of pulses, V, or of those up and of those down; for the energy. None: as
            the response has them, or 1 V.
        width: s, likewise. None: as the response has them, or 100 ns.

    Raises:
        ParameterError: The response has pulses of its own, and these are said to be others.

    Examples:
        >>> from ebana_memristor import SoftBounds
        >>> Pulses(response=SoftBounds(n_states=64), max_pulses=10).most
        10
    """

    response: PulseResponse = attrs.field(
        factory=LinearPulses,
        validator=instance(PulseResponse, "give a response, such as SoftBounds()"),
    )
    write_verify: bool = attrs.field(default=False, validator=truth)
    max_pulses: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole()))
    voltage: Any = attrs.field(default=None, converter=pair, validator=up_and_down)
    width: Any = attrs.field(default=None, converter=pair, validator=up_and_down)

    def __attrs_post_init__(self) -> None:
        own_settings(self)
        is_said = self.voltage is not None or self.width is not None
        if self.response.drive is not None and is_said:
            raise ParameterError(
                f"Pulses have voltage={self.voltage!r} and width={self.width!r}, and a response "
                f"of {self.response!r}.",
                "give them once, in the response",
            )

    @property
    def drive(self) -> Drive:
        """Height, V, and width, s, of pulses up and down."""
        if self.response.drive is not None:
            return self.response.drive
        (up, down), (long, short) = _two(self.voltage, VOLTAGE), _two(self.width, WIDTH)
        return (up, long), (down, short)

    @property
    def most(self) -> int:
        """Pulses that a cell may have in one update."""
        return self.most_at(self.response.pace) if self.max_pulses is None else self.max_pulses

    def most_at(self, pace: Pace) -> int:
        """Return the same for a pace that is known: computing it takes as long as a pulse."""
        return ACROSS * pace.n_across if self.max_pulses is None else self.max_pulses
