"""Waveforms: voltages over time that sweep a cell."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_numbers, checked_whole
from ebana_core.errors import DataError


def _flat(numbers: Any) -> Array:
    return checked_numbers(numbers, "A waveform").reshape(-1)


@final
@attrs.frozen(eq=False)
class Waveform:
    """A voltage at equal steps of time.

    Args:
        step: s, above zero.
        voltages: Held from one step to the next. Shape ``(n_steps,)``, V.
    """

    step: float
    voltages: Array = attrs.field(converter=_flat)

    def __attrs_post_init__(self) -> None:
        checked_number(
            self.step, "A waveform has step", "give a time above zero", above=0.0, unit="s"
        )
        if not self.voltages.size or not np.isfinite(self.voltages).all():
            raise DataError(
                "A waveform's voltages are not finite.", "give at least one finite voltage, V"
            )

    @property
    def times(self) -> Array:
        """Time at which each voltage begins, s."""
        return np.asarray(self.step * np.arange(len(self.voltages)), dtype=np.float64)


def triangular(
    amplitude: float, period: float, *, n_periods: int = 1, n_steps: int = 1000
) -> Waveform:
    """Return a voltage that runs from 0 to `amplitude`, to -`amplitude`, and back.

    Args:
        amplitude: Largest voltage, V.
        period: Length of a period, s, above zero.
        n_periods: Number of periods, at least 1.
        n_steps: Steps of time in each period, at least 1.

    Raises:
        ParameterError: A period or a number that is not above zero.
    """
    share = _phase(period, n_periods, n_steps)
    rising = np.where(share < 0.25, share, np.where(share < 0.75, 0.5 - share, share - 1.0))
    return Waveform(period / n_steps, amplitude * 4 * rising)


def square(amplitude: float, period: float, *, n_periods: int = 1, n_steps: int = 1000) -> Waveform:
    """Return a voltage of `amplitude` in the first half of each period, -`amplitude` after.

    Args:
        amplitude: Largest voltage, V.
        period: Length of a period, s, above zero.
        n_periods: Number of periods, at least 1.
        n_steps: Steps of time in each period, at least 1.

    Raises:
        ParameterError: A period or a number that is not above zero.
    """
    share = _phase(period, n_periods, n_steps)
    return Waveform(period / n_steps, np.where(share < 0.5, amplitude, -amplitude))


def custom(times: Any, voltages: Any, step: float) -> Waveform:
    """Return a voltage that runs straight between given points, sampled at equal steps.

    Args:
        times: Of the points, ascending, s.
        voltages: At the points, V.
        step: s.

    Raises:
        DataError: Times that do not ascend, or another number of voltages.
        ParameterError: `step` is not above zero.
    """
    at, volts = _flat(times), _flat(voltages)
    rises = at.shape == volts.shape and at.size > 1 and (np.diff(at) > 0).all()
    if not rises or not np.isfinite(at).all():
        raise DataError(
            f"A waveform has {at.size} times and {volts.size} voltages.",
            "give two points at least, with finite and ascending times",
        )
    checked_number(step, "A waveform has step", "give a time above zero", above=0.0, unit="s")
    return Waveform(step, np.interp(np.arange(at[0], at[-1], step), at, volts))


def _phase(period: float, n_periods: int, n_steps: int) -> Array:
    """Return the share of its period that each step has behind it."""
    checked_number(period, "A waveform has period", "give a time above zero", above=0.0, unit="s")
    checked_whole(n_periods, "A waveform has n_periods")
    checked_whole(n_steps, "A waveform has n_steps")
    return np.asarray((np.arange(n_periods * n_steps) % n_steps) / n_steps)
