"""How the gap of a Stanford RRAM cell moves under voltage, for crossbars of any size."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, ShapeError
from ebana_memristor.checks import above_zero, is_number

CHARGE, BOLTZMANN = 1.602176634e-19, 1.380649e-23
"""C and J/K, exact (SI 2019)."""
BLOCK = 16_384
"""Cells that are moved at once, so that all that is needed of them stays in the cache."""


STEP = 0.01
"""Of the gap in a part of a step of time, relative to `g0`."""
MOST_PARTS = 100_000
BEYOND = 100.0
"""Voltage, relative to `V0`, beyond which the model says nothing."""


def _number(default: float) -> Any:
    return attrs.field(default=default, validator=above_zero)


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
        gamma0: Enhancement of the local field without a gap; all there is for reset.
        beta: By how much the enhancement falls with the gap.
        alpha: Power of the gap, in nm, that it falls with.
        F_min: Field below which the gap stands still, V/m.
        T_ini: Temperature around, K.
        Rth: Thermal resistance, K/W.
        gap_min: Smallest gap, m.
        gap_max: Largest gap, m.
        deltaGap0: Size of the fluctuations of the velocity, m/s.
        T_crit: Temperature where they set in, K.
        T_smth: Over how many kelvin.

    Source:
        Jiang et al., IEEE Trans. Electron Devices 63(5), 2016; Verilog-A at nanoHUB
        publication 19.
    """

    I0: float = _number(1e-3)
    g0: float = _number(0.25e-9)
    V0: float = _number(0.25)
    Vel0: float = _number(10.0)
    Ea: float = _number(0.6)
    a0: float = _number(0.25e-9)
    tox: float = _number(12e-9)
    gamma0: float = _number(16.0)
    beta: float = _number(0.8)
    alpha: float = _number(3.0)
    F_min: float = _number(1.4e9)
    T_ini: float = _number(298.15)
    Rth: float = _number(2.1e3)
    gap_min: float = _number(2e-10)
    gap_max: float = _number(17e-10)
    deltaGap0: float = _number(0.02)  # noqa: N815 (as published)
    T_crit: float = _number(450.0)
    T_smth: float = _number(500.0)

    def __attrs_post_init__(self) -> None:
        if not self.gap_min < self.gap_max:
            raise ParameterError(
                f"StanfordModel has gap_min={self.gap_min!r} and gap_max={self.gap_max!r}.",
                "give a smaller and a larger gap",
            )

    def current(self, voltage: Any, gap: Any) -> Array:
        """Return the current, A, of voltages and gaps that broadcast."""
        return np.asarray(self.I0 * np.exp(-np.asarray(gap) / self.g0) * np.sinh(voltage / self.V0))

    def conductance(self, gap: Any) -> Array:
        """Return the conductance at no voltage, S."""
        return np.asarray(self.I0 / self.V0 * np.exp(-np.asarray(gap) / self.g0))

    @property
    def window(self) -> tuple[float, float]:
        """Conductances of the largest and the smallest gap at no voltage, S."""
        return float(self.conductance(self.gap_max)), float(self.conductance(self.gap_min))

    def gap_of(self, conductance: Any) -> Array:
        """Return the gap of a conductance at no voltage, m.

        Raises:
            ParameterError: It lies outside of what the gap's limits allow; names it.
        """
        wanted = np.asarray(conductance, dtype=np.float64)
        low, high = self.window
        slack = 1e-12
        outside = ~((wanted >= low * (1 - slack)) & (wanted <= high * (1 + slack)))
        if outside.any():
            raise ParameterError(
                f"No gap gives {float(wanted[outside].flat[0])!r} S; cells have {low:g} S to "
                f"{high:g} S.",
                "give conductances in this range",
            )
        gap = -self.g0 * np.log(wanted * self.V0 / self.I0)
        return np.asarray(np.clip(gap, self.gap_min, self.gap_max))

    def check_gap(self, gap: Any) -> Array:
        """Return gaps as an array after checking that the cell can have them.

        Raises:
            ParameterError: One lies outside of the limits; names it.
        """
        array = np.array(gap, dtype=np.float64)
        slack = 1e-12 * self.gap_max
        outside = ~((array >= self.gap_min - slack) & (array <= self.gap_max + slack))
        if outside.any():
            raise ParameterError(
                f"A gap is {float(array[outside].flat[0])!r} m; cells have {self.gap_min:g} m to "
                f"{self.gap_max:g} m.",
                "give gaps within these limits",
            )
        return np.asarray(np.clip(array, self.gap_min, self.gap_max))

    def moved(
        self,
        gap: Any,
        voltage: Any,
        duration: float,
        *,
        rng: np.random.Generator | None = None,
        compliance: float = np.inf,
    ) -> Array:
        """Return the gaps after a time at a voltage, within their limits.

        The time is divided until no gap moves by more than a hundredth of `g0` in a part, so that
        runaway and saturation are followed. Fluctuations are a velocity that holds for the whole
        time, as for a step of the Verilog-A code: in steps half as long, half of their variance is
        left over a fixed time.

        Args:
            gap: Shape of the crossbar, m.
            voltage: Across the cells, V; broadcasts to `gap`.
            duration: s.
            rng: Draws the fluctuations; None: without.
            compliance: Largest current that heats a cell, A.

        Raises:
            ParameterError: `duration` or `compliance` is not above zero, a gap is outside of its
                limits, or a voltage beyond 100 V0.
            ShapeError: The voltage does not broadcast.
        """
        if not (is_number(duration) and 0 < duration < np.inf and compliance > 0):
            raise ParameterError(
                f"A step has duration={duration!r} s and compliance={compliance!r} A.",
                "give numbers above zero",
            )
        gaps, volts = self.check_gap(gap), np.asarray(voltage, dtype=np.float64)
        if not (np.abs(volts) <= BEYOND * self.V0).all():
            raise ParameterError(
                f"A voltage of {voltage!r} V is applied; the model holds up to "
                f"{BEYOND * self.V0:g} V.",
                "give finite voltages below that",
            )
        try:
            spread = None if not volts.ndim else np.broadcast_to(volts, gaps.shape).reshape(-1)
        except ValueError as error:
            raise ShapeError(
                f"Voltages have shape {volts.shape}, cells {gaps.shape}.", "let them broadcast"
            ) from error
        flat = gaps.reshape(-1)
        for first in range(0, len(flat), BLOCK):
            part = slice(first, first + BLOCK)
            own = volts if spread is None else spread[part]
            noise = None if rng is None else self.deltaGap0 * rng.standard_normal(len(flat[part]))
            flat[part] = self._after(flat[part], own, duration, noise, compliance)
        return flat.reshape(gaps.shape)

    def _after(
        self, gap: Array, voltage: Array, duration: float, noise: Array | None, compliance: float
    ) -> Array:
        """Return some gaps after a time; each cell divides it as it needs."""
        result = np.empty_like(gap)
        places, left = np.arange(len(gap)), np.full(len(gap), duration)
        for _ in range(MOST_PARTS):
            speed = self._velocity(gap, voltage, noise, compliance)
            way = np.where(speed < 0, gap - self.gap_min, self.gap_max - gap)
            pace = np.where(way > STEP * self.g0, np.abs(speed), 0.0)
            with np.errstate(divide="ignore"):
                part = np.minimum(left, STEP * self.g0 / pace)
            gap = np.clip(gap + part * speed, self.gap_min, self.gap_max)
            left = left - part
            is_open = left > 0
            if not is_open.all():
                result[places] = gap
                if not is_open.any():
                    return result
                places, gap, left = places[is_open], gap[is_open], left[is_open]
                voltage = voltage[is_open] if voltage.ndim else voltage
                noise = None if noise is None else noise[is_open]
        raise ParameterError(
            f"A gap moves by more than {MOST_PARTS * STEP:g} g0 in one step of time.",
            "give a shorter duration, or larger g0",
        )

    def _velocity(
        self, gap: Array, voltage: Array, noise: Array | None, compliance: float
    ) -> Array:
        """Return the derivative of the gap by time, m/s."""
        current = self.current(voltage, gap)
        current = np.clip(current, -compliance, compliance)
        heat = np.abs(voltage * current * self.Rth)
        thermal = BOLTZMANN / CHARGE * (self.T_ini + heat)  # kT/q, V
        nanometres = gap * 1e9
        fall = nanometres * nanometres * nanometres if self.alpha == 3 else nanometres**self.alpha
        gamma = np.where(voltage < 0, self.gamma0, self.gamma0 - self.beta * fall)
        gamma = np.where(gamma * np.abs(voltage) / self.tox < self.F_min, 0.0, gamma)
        hop = np.sinh(gamma * (self.a0 / self.tox) * voltage / thermal)
        velocity = -self.Vel0 * np.exp(-self.Ea / thermal) * hop
        if noise is not None:
            velocity += noise / (1 + np.exp((self.T_crit - self.T_ini - heat) / self.T_smth))
        return np.asarray(velocity)
