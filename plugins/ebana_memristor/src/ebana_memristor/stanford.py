"""How the gap of a Stanford RRAM cell moves under voltage, for crossbars of any size."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError

CHARGE, BOLTZMANN = 1.602176634e-19, 1.380649e-23
"""C and J/K, exact (SI 2019)."""
BLOCK = 16_384
"""Cells that are moved at once, so that all that is needed of them stays in the cache."""


def _above_zero(model: "StanfordModel", field: Any, value: float) -> None:
    if not 0 < value < np.inf:
        raise ParameterError(
            f"StanfordModel has {field.name}={value!r}.", "give a finite number above zero"
        )


def _number(default: float) -> Any:
    return attrs.field(default=default, validator=_above_zero)


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

    def gap_of(self, conductance: Any) -> Array:
        """Return the gap of a conductance at no voltage, m.

        Raises:
            ParameterError: It lies outside of what the gap's limits allow; names it.
        """
        wanted = np.asarray(conductance, dtype=np.float64)
        low, high = (float(self.conductance(gap)) for gap in (self.gap_max, self.gap_min))
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
        outside = ~((array >= self.gap_min) & (array <= self.gap_max))
        if outside.any():
            raise ParameterError(
                f"A gap is {float(array[outside].flat[0])!r} m; cells have {self.gap_min:g} m to "
                f"{self.gap_max:g} m.",
                "give gaps within these limits",
            )
        return array

    def moved(
        self,
        gap: Array,
        voltage: Any,
        duration: float,
        *,
        rng: np.random.Generator | None = None,
        compliance: float = np.inf,
    ) -> Array:
        """Return the gaps after one explicit step of time, within their limits.

        The velocity is that at the beginning; take steps in which the gap moves by much less
        than `g0`. Fluctuations are a velocity that holds for the step, as in the Verilog-A
        code: over a fixed time, steps half as long leave half of their variance.

        Args:
            gap: Shape of the crossbar, m.
            voltage: Across the cells, V; broadcasts.
            duration: Of the step, s.
            rng: Draws the fluctuations; None: without.
            compliance: Largest current that heats a cell, A.

        Raises:
            ParameterError: `duration` or `compliance` is not above zero, or a voltage not finite.
        """
        if not (duration > 0 and compliance > 0):
            raise ParameterError(
                f"A step has duration={duration!r} s and compliance={compliance!r} A.",
                "give numbers above zero",
            )
        if not np.isfinite(voltage).all():
            raise ParameterError("A voltage is not finite.", "give finite voltages, V")
        flat = np.ascontiguousarray(gap, dtype=np.float64).reshape(-1)
        volts = np.asarray(voltage, dtype=np.float64)
        spread = None if not volts.ndim else np.broadcast_to(volts, gap.shape).reshape(-1)
        result = np.empty_like(flat)
        for first in range(0, len(flat), BLOCK):
            part = slice(first, first + BLOCK)
            own = volts if spread is None else spread[part]
            speed = self._velocity(flat[part], own, rng, compliance)
            np.clip(flat[part] + duration * speed, self.gap_min, self.gap_max, out=result[part])
        return result.reshape(np.shape(gap))

    def _velocity(
        self, gap: Array, voltage: Array, rng: np.random.Generator | None, compliance: float
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
        if rng is not None:
            onset = 1 + np.exp((self.T_crit - self.T_ini - heat) / self.T_smth)
            velocity = velocity + self.deltaGap0 * rng.standard_normal(gap.shape) / onset
        return np.asarray(velocity)
