"""How fast the gap of a Stanford cell moves: one set of formulas for numbers and for arrays."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, final

import attrs
import numpy as np

CHARGE, BOLTZMANN = 1.602176634e-19, 1.380649e-23
"""C and J/K, exact (SI 2019)."""


@final
class Functions(NamedTuple):
    """What the formulas take of `math` or of NumPy."""

    exp: Callable[[Any], Any]
    asinh: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    choose: Callable[[Any, Any, Any], Any]


ARRAYS = Functions(np.exp, np.arcsinh, np.sqrt, np.where)
NUMBERS = Functions(math.exp, math.asinh, math.sqrt, lambda test, a, b: a if test else b)


@final
class Drive(NamedTuple):
    """What cells are driven with: numbers, or arrays of the shape of the cells.

    Args:
        volts: Size of the voltage of the source, V.
        sinhs: ``sinh(volts/V0)``.
        signs: 1 or -1, of the voltage.
        compliance: Largest current of the source, A.
        noise: Velocity of the fluctuations where they are fully on, m/s; None: without.
    """

    volts: Any
    sinhs: Any
    signs: Any
    compliance: float
    noise: Any

    def at(self, places: Any) -> "Drive":
        """Return the drive of some of the cells."""

        def some(item: Any) -> Any:
            return item[places] if np.ndim(item) else item

        volts, sinhs, signs, compliance, noise = self
        return Drive(some(volts), some(sinhs), some(signs), compliance, some(noise))


@final
class Motion(NamedTuple):
    """How a gap moves where it is.

    Args:
        velocity: m/s.
        slope: Derivative of the velocity by the gap, 1/s.
        margin: Enhanced voltage above the one at which cells begin to move, V: below zero they
            stand still.
        margin_slope: Derivative of the margin by the gap, V/m.
        is_free: Whether the cell moves.
    """

    velocity: Any
    slope: Any
    margin: Any
    margin_slope: Any
    is_free: Any


@attrs.frozen(kw_only=True)
class Filament:
    """The parameters of a Stanford cell that its gap moves by; see `StanfordModel`."""

    I0: float
    g0: float
    V0: float
    Vel0: float
    Ea: float
    a0: float
    tox: float
    gamma0: float
    gamma_reset: float
    beta: float
    alpha: float
    F_min: float
    T_ini: float
    Rth: float
    T_crit: float
    T_smth: float

    def motion(self, of: Functions, gap: Any, drive: Drive, is_free: Any = None) -> Motion:
        """Return how gaps move.

        Args:
            of: What the formulas take.
            gap: m: a number or an array.
            drive: Of the same kind.
            is_free: Whether the field is large enough to move the cells, as it was at the
                beginning of a step; None: as it is at these gaps.
        """
        volts, volts_slope, heat, heat_slope = self._heated(of, gap, drive)
        thermal = BOLTZMANN / CHARGE * (self.T_ini + heat)  # kT/q, V
        warming = BOLTZMANN / CHARGE * heat_slope / thermal
        gamma, gamma_slope = self._enhancement(gap, drive.signs)
        push, push_slope = gamma * volts, gamma_slope * volts + gamma * volts_slope
        margin = push - self.F_min * self.tox
        is_free = margin >= 0 if is_free is None else is_free
        work, barrier = self.a0 / self.tox * push / thermal, self.Ea / thermal
        work_slope = self.a0 / self.tox * push_slope / thermal - work * warming
        # exp(-Ea/kT) * sinh(work), in one exponent: its factors may overflow where it does not.
        forward, back = self.Vel0 / 2 * of.exp(work - barrier), of.exp(-2 * work)
        pace = -drive.signs * is_free
        speed = forward * (1 - back)
        velocity = pace * speed
        slope = pace * (forward * (1 + back) * work_slope + speed * barrier * warming)
        if drive.noise is not None:
            onset = 1 / (1 + of.exp((self.T_crit - self.T_ini - heat) / self.T_smth))
            velocity = velocity + drive.noise * onset
            slope = slope + drive.noise * onset * (1 - onset) * heat_slope / self.T_smth
        return Motion(velocity, slope, margin, push_slope, is_free)

    def margin(self, of: Functions, gap: Any, drive: Drive) -> Any:
        """Return the margin of a `Motion` alone, V."""
        return self._enhancement(gap, drive.signs)[0] * self._heated(of, gap, drive)[0] - (
            self.F_min * self.tox
        )

    def drop(self, of: Functions, gap: Any, drive: Drive) -> Any:
        """Return the size of the voltage across cells, V: the source's, unless it is limited."""
        return self._heated(of, gap, drive)[0]

    def _heated(self, of: Functions, gap: Any, drive: Drive) -> tuple[Any, Any, Any, Any]:
        """Return the voltage across cells, V, the heating, K, and their derivatives by the gap.

        A source that would exceed its compliance gives that current; the cell has the voltage at
        which it carries it.
        """
        heat = self.Rth * self.I0 * drive.volts * drive.sinhs * of.exp(-gap / self.g0)
        if drive.compliance == math.inf:
            return drive.volts, 0.0, heat, -heat / self.g0
        ratio = drive.compliance / self.I0 * of.exp(gap / self.g0)  # sinh(V/V0) at the limit
        is_limited = ratio < drive.sinhs
        volts = self.V0 * of.asinh(ratio)
        volts_slope = self.V0 / self.g0 * ratio / of.sqrt(1 + ratio * ratio)
        limited = self.Rth * drive.compliance
        return (
            of.choose(is_limited, volts, drive.volts),
            of.choose(is_limited, volts_slope, 0.0),
            of.choose(is_limited, limited * volts, heat),
            of.choose(is_limited, limited * volts_slope, -heat / self.g0),
        )

    def _enhancement(self, gap: Any, signs: Any) -> tuple[Any, Any]:
        """Return the enhancement of the local field, and its derivative by the gap, 1/m."""
        nanometres = gap * 1e9
        # NumPy's power of an array takes as long as all the rest.
        before = nanometres * nanometres if self.alpha == 3 else nanometres ** (self.alpha - 1)
        middle, half = (self.gamma0 + self.gamma_reset) / 2, (self.gamma0 - self.gamma_reset) / 2
        gamma = middle + half * signs if half else self.gamma0
        return gamma - self.beta * before * nanometres, -1e9 * self.beta * self.alpha * before
