"""Waveforms: voltages, or currents, over time that sweep a cell."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import (
    LARGEST,
    checked_number,
    checked_numbers,
    checked_whole,
    shown,
)
from ebana_core.errors import DataError, ParameterError
from ebana_core.objects import checked_instance
from ebana_core.units import Measured, kept

NEAR = 1e-9
"""Share of a step that rounding may be off."""


def _flat(numbers: Any) -> Array:
    return checked_numbers(numbers, "Waveform has voltages").reshape(-1)


@final
@attrs.frozen(eq=False)
class Waveform:
    """A voltage at equal steps of time; or a current, where a source of current sweeps a cell.

    Args:
        step: s, above zero.
        voltages: Held from one step to the next. Shape ``(n_steps,)``, V; or A.

    Examples:
        >>> Waveform(1e-6, [0.0, 0.5, 1.0]).times
        array([0.e+00, 1.e-06, 2.e-06])
    """

    step: float
    voltages: Array = attrs.field(converter=_flat)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "step", _time(self.step, "step"))
        if not self.voltages.size or not np.isfinite(self.voltages).all():
            raise DataError(
                f"Waveform has voltages={shown(self.voltages)}.",
                "give at least one finite voltage, V",
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
    amplitude, period = _height(amplitude, "amplitude"), _time(period, "period")
    share = _phase(n_periods, n_steps)
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
    amplitude, period = _height(amplitude, "amplitude"), _time(period, "period")
    share = _phase(n_periods, n_steps)
    return Waveform(period / n_steps, np.where(share < 0.5, amplitude, -amplitude))


def pulses(
    level: float,
    *,
    width: float,
    period: float,
    step: float,
    edge: float = 0.0,
    delay: float = 0.0,
    n_pulses: int = 1,
) -> Waveform:
    """Return pulses from 0 to `level`, which rise and fall in straight edges.

    Args:
        level: Between the edges, V.
        width: Of a pulse with both of its edges, s.
        period: From the begin of a pulse to that of the next one, s, at least `width`.
        step: s, above zero.
        edge: Time in which a pulse rises, and falls, s, up to half of `width`; 0: at once.
        delay: Before the first pulse, s.
        n_pulses: Their number, at least 1.

    Raises:
        ParameterError: A time or a number out of its range.
    """
    level = _height(level, "level")
    width, period, step = _time(width, "width"), _time(period, "period"), _time(step, "step")
    edge, delay = _wait(edge, "edge", width / 2), _wait(delay, "delay", LARGEST)
    if not period >= width:
        raise ParameterError(
            f"A waveform has period={period!r} s and width={width!r} s.",
            "give at least the width as period",
        )
    checked_whole(n_pulses, "A waveform has n_pulses")
    count = max(1, round((delay + n_pulses * period) / step))
    # Rounding puts no step in front of the edge at which it begins.
    near = NEAR * step
    since = np.arange(count) * step - delay
    within = np.maximum(since - np.floor((since + near) / period) * period, 0.0)
    is_on = (since + near >= 0) & (within + near < width)
    ramp = np.clip(np.minimum(within, width - within) / edge, 0.0, 1.0) if edge else 1.0
    return Waveform(step, level * np.where(is_on, ramp, 0.0))


def joined(*waveforms: Waveform) -> Waveform:
    """Return waveforms one after the other.

    Raises:
        DataError: There is none, or their steps differ.
        ParameterError: Something else is among them.
    """
    for waveform in waveforms:
        checked_instance(waveform, Waveform, "A waveform", "give waveforms alone")
    steps = {waveform.step for waveform in waveforms}
    if len(steps) != 1:
        raise DataError(f"Waveforms have the steps {sorted(steps)} s.", "give all the same step")
    return Waveform(steps.pop(), np.concatenate([own.voltages for own in waveforms]))


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
    at, volts = checked_numbers(times, "times").reshape(-1), _flat(voltages)
    rises = at.shape == volts.shape and at.size > 1 and (np.diff(at) > 0).all()
    if not rises or not np.isfinite(at).all():
        raise DataError(
            f"A waveform has times={shown(times)} and voltages={shown(voltages)}.",
            "give two points at least, with finite and ascending times",
        )
    step = _time(step, "step")
    return Waveform(step, np.interp(np.arange(at[0], at[-1], step), at, volts))


def _time(given: float, name: str) -> float:
    """Return a time above zero as a plain number, s."""
    path = f"A waveform has {name}"
    return checked_number(given, path, "give a time above zero", above=0.0, unit="s")


def _wait(given: float, name: str, most: float) -> float:
    """Return a time that may be zero as a plain number, s."""
    fix = f"give a time from 0 to {most:g} s"
    return checked_number(
        given, f"A waveform has {name}", fix, at_least=0.0, at_most=most, unit="s"
    )


def _height(given: float, name: str) -> float:
    """Return what a waveform reaches as a plain number: V, or A for a source of current."""
    own = kept(given)
    unit = "A" if isinstance(own, Measured) and own.unit == "A" else "V"
    path, fix = f"A waveform has {name}", "give a finite number, V or A"
    return checked_number(own, path, fix, at_least=-LARGEST, unit=unit)


def _phase(n_periods: int, n_steps: int) -> Array:
    """Return the share of its period that each step has behind it."""
    checked_whole(n_periods, "A waveform has n_periods")
    checked_whole(n_steps, "A waveform has n_steps")
    return np.asarray((np.arange(n_periods * n_steps) % n_steps) / n_steps)
