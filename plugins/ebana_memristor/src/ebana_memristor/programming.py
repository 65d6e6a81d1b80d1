"""How pulses move a cell: what becomes of a wished change of its conductance.

A response says by what share of the window one pulse moves a cell that stands at x, 0 at the
lowest and 1 at the highest conductance.
"""

import os
from abc import ABC, abstractmethod
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.tables import check_rising, read_table


def _above_zero(response: Any, field: Any, value: float) -> None:
    if not 0 < value < np.inf:
        raise ParameterError(
            f"{type(response).__name__} has {field.name}={value!r}.",
            "give a finite number above zero",
        )


def _whole(response: Any, field: Any, value: Any) -> None:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < 1:
        raise ParameterError(
            f"{type(response).__name__} has {field.name}={value!r}.",
            "give a whole number of at least 1",
        )


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


class PulseResponse(ABC):
    """By how much one pulse moves a cell."""

    @abstractmethod
    def step(self, x: Array, is_up: BoolArray) -> Array:
        """Return the size of one pulse's step, as a share of the window. Shape of `x`.

        Args:
            x: Where the cells stand, 0 to 1.
            is_up: Which are pulsed towards the higher conductance.
        """


@final
@attrs.frozen(kw_only=True)
class LinearPulses(PulseResponse):
    """Every pulse moves a cell by the same amount.

    Args:
        n_states: Pulses from one end of the window to the other.
        asymmetry: Size of a step down, relative to one up.
    """

    n_states: int = attrs.field(default=100, validator=_whole)
    asymmetry: float = attrs.field(default=1.0, validator=_above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        return np.where(is_up, 1.0, self.asymmetry) / self.n_states + 0 * x


@final
@attrs.frozen(kw_only=True)
class SoftBounds(PulseResponse):
    """Steps shrink towards the end that they lead to: up by ``(1 - x)``, down by ``x``.

    Args:
        n_states: One over the step in the middle of the window.
        asymmetry: Size of a step down, relative to one up.

    Source:
        Fusi and Abbott, Nature Neuroscience 10, 2007 (soft bounds); Frascaroli et al.,
        Scientific Reports 8, 7178, 2018.
    """

    n_states: int = attrs.field(default=100, validator=_whole)
    asymmetry: float = attrs.field(default=1.0, validator=_above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        return 2 * np.where(is_up, 1 - x, self.asymmetry * x) / self.n_states


@final
@attrs.frozen(kw_only=True)
class Exponential(PulseResponse):
    """Steps shrink exponentially on the way: up by ``exp(-up*x)``, down by ``exp(-down*(1-x))``.

    Args:
        n_states: Pulses from one end to the other, about.
        up: How strongly steps up shrink.
        down: How strongly steps down shrink; another number than `up` is an asymmetry.

    Source:
        Chen, Peng and Yu, IEDM 2017 (NeuroSim), in differential form.
    """

    n_states: int = attrs.field(default=100, validator=_whole)
    up: float = attrs.field(default=3.0, validator=_above_zero)
    down: float = attrs.field(default=3.0, validator=_above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        grown = np.where(is_up, np.expm1(self.up) / self.up, np.expm1(self.down) / self.down)
        left = np.where(is_up, np.exp(-self.up * x), np.exp(-self.down * (1 - x)))
        return grown * left / self.n_states


@final
@attrs.frozen(kw_only=True)
class GapDynamics(PulseResponse):
    """Pulses of a Stanford cell: what its gap does under their voltage.

    A set runs away, as the current grows with it; a reset slows down. Below a field of `F_min` of
    the model cells stand still: those of the largest gap need 1.4 V.

    Args:
        model: The cell.
        set_voltage: Of pulses towards the higher conductance, V.
        reset_voltage: Height of pulses towards the lower one, which have the other sign, V.
        width: Of a pulse, s.
        n_steps: Of time in a pulse.
    """

    model: StanfordModel = attrs.field(factory=StanfordModel)
    set_voltage: float = attrs.field(default=1.4, validator=_above_zero)
    reset_voltage: float = attrs.field(default=1.3, validator=_above_zero)
    width: float = attrs.field(default=2e-10, validator=_above_zero)
    n_steps: int = attrs.field(default=20, validator=_whole)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        model = self.model
        low, high = (float(model.conductance(gap)) for gap in (model.gap_max, model.gap_min))
        gap = model.gap_of(low + np.asarray(x) * (high - low))
        voltage = np.broadcast_to(np.where(is_up, self.set_voltage, -self.reset_voltage), gap.shape)
        for _ in range(self.n_steps):
            gap = model.moved(gap, voltage, self.width / self.n_steps)
        return np.abs((model.conductance(gap) - low) / (high - low) - x)


@final
@attrs.frozen(kw_only=True)
class MeasuredPulses(PulseResponse):
    """Steps of measured curves of potentiation and depression (LTP and LTD).

    A cell moves as the measured one did from the conductance that it has.

    Args:
        up: Conductance before the first and after each pulse up, rising, S.
        down: Conductance before the first and after each pulse down, falling, S.

    Raises:
        DataError: A conductance repeats or turns back.
    """

    up: tuple[float, ...] = attrs.field(converter=_numbers)
    down: tuple[float, ...] = attrs.field(converter=_numbers)

    def __attrs_post_init__(self) -> None:
        check_rising(np.array(self.up), "The conductance of pulses up", "S")
        check_rising(
            np.array(self.down)[::-1], "The conductance of pulses down, read backwards", "S"
        )

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str]) -> "MeasuredPulses":
        """Return the response of a table with the columns ``ltp`` and ``ltd``, S.

        Raises:
            DataError: The file holds no such table.
        """
        table = read_table(path, ["ltp", "ltd"])
        return cls(up=table["ltp"], down=table["ltd"])

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance measured, S: the window of a cell that it suits."""
        return min(self.up + self.down), max(self.up + self.down)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        low, high = self.window
        up, down = ((np.array(curve) - low) / (high - low) for curve in (self.up, self.down))
        rising = np.interp(x, up, np.append(np.diff(up), 0.0))
        falling = np.interp(x, down[::-1], np.append(-np.diff(down), 0.0)[::-1])
        return np.where(is_up, rising, falling)


@final
@attrs.frozen(kw_only=True)
class Pulses:
    """Pulses of one height and width, and how many an update may take.

    Without write-verify an update is as many pulses as its wish is long in steps where the cell
    stands, rounded; with it, each cell is read after every pulse and pulsed on, either way,
    until it is within half a step.

    Args:
        response: By how much one pulse moves a cell.
        write_verify: Read after every pulse.
        max_pulses: Of one cell in one update.
        voltage: Height, V; for the energy.
        width: s; for the energy.
    """

    response: PulseResponse = attrs.field(factory=LinearPulses)
    write_verify: bool = False
    max_pulses: int = attrs.field(default=100, validator=_whole)
    voltage: float = attrs.field(default=1.0, validator=_above_zero)
    width: float = attrs.field(default=1e-7, validator=_above_zero)
