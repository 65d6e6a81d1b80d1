"""Voltages over time: what a cell is swept with."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ParameterError


def _flat(voltages: Any) -> Array:
    return np.array(voltages, dtype=np.float64).reshape(-1)


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
        if not 0 < self.step < np.inf:
            raise ParameterError(f"A waveform has step={self.step!r} s.", "give one above zero")
        if not self.voltages.size or not np.isfinite(self.voltages).all():
            raise DataError(
                "A waveform's voltages are not finite.", "give finite voltages, V, one at least"
            )

    @property
    def times(self) -> Array:
        """Where each voltage begins, s."""
        return np.asarray(self.step * np.arange(len(self.voltages)), dtype=np.float64)


def triangular(
    amplitude: float, period: float, *, n_periods: int = 1, n_steps: int = 1000
) -> Waveform:
    """Return a voltage that runs from 0 to `amplitude`, to -`amplitude`, and back.

    Args:
        amplitude: V.
        period: s.
        n_periods: How many.
        n_steps: Steps of each.

    Raises:
        ParameterError: A period or a number that is not above zero.
    """
    share = _phase(period, n_periods, n_steps)
    return Waveform(period / n_steps, amplitude * (2 / np.pi) * np.arcsin(np.sin(share)))


def square(amplitude: float, period: float, *, n_periods: int = 1, n_steps: int = 1000) -> Waveform:
    """Return a voltage of `amplitude` in the first half of each period, -`amplitude` after.

    Args:
        amplitude: V.
        period: s.
        n_periods: How many.
        n_steps: Steps of each.

    Raises:
        ParameterError: A period or a number that is not above zero.
    """
    share = _phase(period, n_periods, n_steps)
    is_first = share % (2 * np.pi) < np.pi * (1 - 1e-12)
    return Waveform(period / n_steps, np.where(is_first, amplitude, -amplitude))


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
    at, volts = (np.asarray(given, dtype=np.float64).reshape(-1) for given in (times, voltages))
    if at.shape != volts.shape or at.size < 2 or not (np.diff(at) > 0).all():
        raise DataError(
            f"A waveform has {at.size} times and {volts.size} voltages.",
            "give two points at least, with ascending times",
        )
    if not step > 0:
        raise ParameterError(f"A waveform has step={step!r} s.", "give one above zero")
    return Waveform(step, np.interp(np.arange(at[0], at[-1], step), at, volts))


def _phase(period: float, n_periods: int, n_steps: int) -> Array:
    if not (period > 0 and n_periods > 0 and n_steps > 0):
        raise ParameterError(
            f"A waveform has period={period!r} s, n_periods={n_periods!r}, n_steps={n_steps!r}.",
            "give numbers above zero",
        )
    return 2 * np.pi * np.arange(n_periods * n_steps) / n_steps
