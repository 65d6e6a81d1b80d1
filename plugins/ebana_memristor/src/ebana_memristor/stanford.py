"""The Stanford RRAM cell: its currents, and how its gap moves under voltage."""

import math
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, own_settings, shown
from ebana_core.errors import ParameterError, ShapeError
from ebana_memristor import checks
from ebana_memristor.checks import above_zero, at_least_zero, decayed, is_within, plain
from ebana_memristor.crossbar_motion import moved_crossbar
from ebana_memristor.filament import KELVIN, Drive, Filament

BEYOND = 100.0
"""Voltage, relative to `V0`, up to which the model holds."""


def _number(default: float, check: Any = above_zero) -> Any:
    return attrs.field(default=default, validator=check)


@final
@attrs.frozen(kw_only=True)
class StanfordModel:
    """A metal-oxide cell whose state is the gap between filament and electrode.

    A positive voltage, top minus bottom, sets the cell: the gap shrinks, its conductance grows.

    Args:
        I0: Current without a gap, A.
        g0: Gap over which the current falls by e, m.
        V0: Voltage beyond which the current bends, V.
        Vel0: Velocity of the gap, m/s.
        Ea: Activation energy, eV.
        a0: Distance of atoms, m.
        tox: Thickness of the oxide, m.
        gamma0: Enhancement of the local field without a gap, for set.
        gamma_reset: The same for reset.
        beta: By how much either enhancement falls with the gap.
        alpha: Power of the gap, in nm, that it falls with.
        F_min: Field below which the gap stands still, V/m.
        T_ini: Temperature around, K.
        Rth: Thermal resistance, K/W.
        gap_min: Smallest gap, m.
        gap_max: Largest gap, m.
        deltaGap0: Size of the fluctuations of the velocity, m/s.
        T_crit: Temperature where they set in, K.
        T_smth: Over how many kelvin.

    Examples:
        >>> float(StanfordModel().current(0.1, 2e-10).round(9))  # A, at the smallest gap
        0.000184563

    Source:
        Jiang et al., IEEE Trans. Electron Devices 63(5), 2016; Verilog-A at nanoHUB publication 19.
    """

    I0: float = _number(1e-3)
    g0: float = _number(0.25e-9)
    V0: float = _number(0.25)
    Vel0: float = _number(10.0)
    Ea: float = _number(0.6)
    a0: float = _number(0.25e-9)
    tox: float = _number(12e-9)
    gamma0: float = _number(16.0)
    gamma_reset: float = _number(16.0)
    beta: float = _number(0.8, at_least_zero)
    alpha: float = _number(3.0)
    F_min: float = _number(1.4e9)
    T_ini: float = _number(298.15)
    Rth: float = _number(2.1e3, at_least_zero)
    gap_min: float = _number(2e-10)
    gap_max: float = _number(17e-10)
    deltaGap0: float = _number(0.02, at_least_zero)  # noqa: N815 (as published)
    T_crit: float = _number(450.0)
    T_smth: float = _number(500.0)
    filament: Filament = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        own_settings(self)
        object.__setattr__(self, "filament", Filament.of(self))
        if not self.gap_min < self.gap_max:
            raise ParameterError(
                f"StanfordModel has gap_min={self.gap_min!r} and gap_max={self.gap_max!r}.",
                "give a smaller and a larger gap",
            )
        low, high = self.window
        if not 0 < low < high < math.inf:
            raise ParameterError(
                f"StanfordModel has g0={self.g0!r}, I0={self.I0!r}, V0={self.V0!r}: its cells "
                f"conduct {low!r} S to {high!r} S.",
                "give a g0 that the gap's limits are a few of",
            )

    def current(self, voltage: Any, gap: Any) -> Array:
        """Return the current, A, of voltages and gaps that broadcast."""
        share = decayed(gap, self.g0, "A gap")
        return np.asarray(self.I0 * share * np.sinh(plain(voltage, "A voltage") / self.V0))

    def conductance(self, gap: Any) -> Array:
        """Return the conductance at 0 V of gaps, S."""
        return np.asarray(self.I0 / self.V0 * decayed(gap, self.g0, "A gap"))

    @property
    def window(self) -> tuple[float, float]:
        """Conductances at 0 V of the largest and of the smallest gap, S."""
        return float(self.conductance(self.gap_max)), float(self.conductance(self.gap_min))

    def gap_of(self, conductance: Any) -> Array:
        """Return the gap of a cell from its conductance at 0 V, m.

        Raises:
            ParameterError: It lies outside of what the gap's limits allow; names it.
        """
        wanted = plain(conductance, "A conductance")
        (low, high), slack = self.window, 1e-12
        outside = ~((wanted >= low * (1 - slack)) & (wanted <= high * (1 + slack)))
        if outside.any():
            raise ParameterError(
                f"No gap gives the conductance {float(wanted[outside].flat[0])!r} S; cells have "
                f"{low:g} S to {high:g} S.",
                "give conductances in this range",
            )
        gap = -self.g0 * np.log(wanted * self.V0 / self.I0)
        return np.asarray(np.clip(gap, self.gap_min, self.gap_max))

    def checked_gap(self, gap: Any) -> Array:
        """Return gaps as an array after checking that the cell can have them.

        Raises:
            ParameterError: One lies outside of the limits; names it.
        """
        array = plain(gap, "A gap")
        low, high = self.gap_min, self.gap_max
        if is_within(array, low, high):
            return array
        slack = 1e-12 * high
        outside = ~((array >= low - slack) & (array <= high + slack))
        if outside.any():
            raise ParameterError(
                f"A gap is {float(array[outside].flat[0])!r} m; cells have {low:g} to {high:g} m.",
                "give gaps within these limits",
            )
        return np.asarray(np.clip(array, low, high))

    def drive(
        self, voltage: Array, *, compliance: float = math.inf, noise: Array | None = None
    ) -> Drive:
        """Return the drive of cells by a source of a given voltage, V."""
        size = np.abs(voltage)
        signs, sinhs = np.copysign(1.0, voltage + 0.0), np.sinh(size / self.V0)
        heating = (KELVIN * self.Rth * self.I0) * (size * sinhs)
        first: Any = self.gamma0
        if self.gamma_reset != self.gamma0:
            first = np.where(signs < 0, self.gamma_reset, self.gamma0)
        pull = first * (self.a0 / self.tox)
        return Drive(size, sinhs, heating, signs, pull, float(compliance), noise)

    def checked_voltage(self, voltage: Any, compliance: float) -> Array:
        """Return voltages of a source as an array after checking them and its compliance.

        Raises:
            ParameterError: `compliance` is not above zero, or a voltage beyond 100 V0.
        """
        fix = "give a current above zero"  # infinity: the source has no limit
        checked_number(compliance, "compliance", fix, above=0.0, at_most=math.inf, unit="A")
        volts = plain(voltage, "A voltage")
        if not is_within(volts, -BEYOND * self.V0, BEYOND * self.V0):
            raise ParameterError(
                f"A voltage of {shown(voltage)} V is beyond the model's {BEYOND * self.V0:g} V.",
                "give finite voltages below that",
            )
        return volts

    def moved(
        self,
        gap: Any,
        voltage: Any,
        duration: float,
        *,
        rng: np.random.Generator | None = None,
        compliance: float = math.inf,
    ) -> Array:
        """Return the gaps after a time at a voltage, within their limits.

        Right to 1e-5 of what a gap moves, whether the time is given at once or in parts: each
        cell divides it as it needs. Fluctuations are a velocity that holds for the whole
        time, as for a step of the Verilog-A code: in steps half as long, half of their variance is
        left over a fixed time.

        Args:
            gap: Shape of the crossbar, m.
            voltage: Of the source across each cell, V; broadcasts to `gap`.
            duration: s.
            rng: Draws the fluctuations; None: without.
            compliance: Largest current of the source, A. A cell that would carry more has the
                voltage at which it carries this.

        Raises:
            ParameterError: `duration` or `compliance` is not above zero, a gap or voltage too far.
            ShapeError: The voltage does not broadcast.
        """
        checks.check_generator(rng)
        checked_number(duration, "A step has duration", "give a time above 0", above=0.0, unit="s")
        gaps, volts = self.checked_gap(gap), self.checked_voltage(voltage, compliance)
        try:
            if volts.ndim:
                volts = np.broadcast_to(volts, gaps.shape).reshape(-1)
        except ValueError as error:
            raise ShapeError(
                f"Voltages have shape {volts.shape}, cells {gaps.shape}.", "let them broadcast"
            ) from error
        noise = None if rng is None else self.deltaGap0 * rng.standard_normal(gaps.size)

        def drive(places: Any) -> Drive:
            own = volts[places] if volts.ndim else volts
            drawn = None if noise is None else noise[places]
            return self.drive(own, compliance=compliance, noise=drawn)

        limits = self.gap_min, self.gap_max
        with np.errstate(over="ignore", invalid="ignore"):  # judged by what comes of it
            found = moved_crossbar(self.filament, gaps.reshape(-1), drive, float(duration), limits)
        return found.reshape(gaps.shape)
