"""How one pulse moves a cell of one particular device: of the Stanford model, or a measured one."""

import os
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import DataError
from ebana_core.validators import instance
from ebana_memristor.checks import above_zero, curve, numbers
from ebana_memristor.responses import Drive, PulseResponse
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.tables import check_rising, read_table


@final
@attrs.frozen(kw_only=True)
class GapDynamics(PulseResponse):
    """Pulses of a Stanford cell: what its gap does under their voltage.

    A set runs away, as the current grows with it; a reset slows down. Below a field of `F_min` of
    the model cells stand still: those of the largest gap need 1.4 V.

    Args:
        model: That of the cell.
        set_voltage: Of pulses towards the higher conductance, V.
        reset_voltage: Height of pulses towards the lower one, which have the other sign, V.
        width: Of a pulse, s.
        compliance: Largest current of the pulses' source, A.

    Raises:
        ParameterError: A voltage beyond 100 V0 of the model.

    Examples:
        >>> GapDynamics(set_voltage=1.5, width=1e-9).set_voltage
        1.5
    """

    model: StanfordModel = attrs.field(
        factory=StanfordModel, validator=instance(StanfordModel, "give a StanfordModel")
    )
    set_voltage: float = attrs.field(default=1.4, validator=above_zero)
    reset_voltage: float = attrs.field(default=1.3, validator=above_zero)
    width: float = attrs.field(default=2e-10, validator=above_zero)
    compliance: float = attrs.field(default=1.0, validator=above_zero)

    def __attrs_post_init__(self) -> None:
        voltages = [self.set_voltage, self.reset_voltage]
        self.model.checked_voltage(voltages, self.compliance)

    @property
    def window(self) -> tuple[float, float]:
        """Conductances of the largest and the smallest gap, S."""
        return self.model.window

    @property
    def drive(self) -> Drive:
        """The pulses."""
        return (self.set_voltage, self.width), (self.reset_voltage, self.width)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        low, high = self.window
        model, at = self.model, np.asarray(x, dtype=np.float64)
        voltage = np.where(is_up, self.set_voltage, -self.reset_voltage) + 0 * at
        # Rounding at an end must not ask for a gap beyond its limits.
        conductance = np.clip(low + at * (high - low), low, high)
        gap = model.moved(
            model.gap_of(conductance), voltage, self.width, compliance=self.compliance
        )
        return np.abs((model.conductance(gap) - low) / (high - low) - at)


@final
@attrs.frozen(kw_only=True)
class MeasuredPulses(PulseResponse):
    """Steps of measured curves of potentiation and depression (LTP and LTD).

    A cell moves as the measured one did from the conductance that it has.

    Args:
        up: Conductance before the first and after each pulse up, rising, S.
        down: Conductance before the first and after each pulse down, falling, S.

    Raises:
        DataError: A conductance repeats, turns back, or is not above zero.

    Examples:
        >>> MeasuredPulses(up=[1e-6, 2e-6, 3e-6], down=[3e-6, 1e-6]).window
        (1e-06, 3e-06)
    """

    up: tuple[float, ...] = attrs.field(converter=curve, validator=numbers)
    down: tuple[float, ...] = attrs.field(converter=curve, validator=numbers)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_rising(self.up, "The conductance of pulses up", "S")
        check_rising(self.down[::-1], "The conductance of pulses down, read backwards", "S")
        if not self.window[0] > 0:
            raise DataError(
                f"The lowest conductance of the pulses is {self.window[0]!r} S.",
                "give conductances above zero, S",
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
        # Beyond the last measured point a pulse moves nothing: the step there is zero.
        rising = np.interp(x, up, np.append(np.diff(up), 0.0))
        falling = np.interp(x, down[::-1], np.append(-np.diff(down), 0.0)[::-1])
        return np.where(is_up, rising, falling)
