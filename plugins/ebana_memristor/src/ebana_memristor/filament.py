"""How fast the gap of a Stanford cell moves: one set of formulas for numbers and for arrays."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, final

import attrs
import numpy as np

from ebana_core.arrays import BoolArray

CHARGE, BOLTZMANN = 1.602176634e-19, 1.380649e-23
"""C and J/K, exact (SI 2019)."""
KELVIN = BOLTZMANN / CHARGE
"""k/q, V/K: temperatures are reckoned as voltages, kT/q."""


def _kept(values: Any, test: BoolArray) -> Any:
    """Return arrays with zeros where a test fails; most often it holds everywhere."""
    return values if test.all() else values * test


@final
class Functions(NamedTuple):
    """The functions that the formulas use, from `math` or from NumPy."""

    exp: Callable[[Any], Any]
    asinh: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    choose: Callable[[Any, Any, Any], Any]
    kept: Callable[[Any, Any], Any]


ARRAYS = Functions(np.exp, np.arcsinh, np.sqrt, np.where, _kept)
NUMBERS = Functions(
    math.exp,
    math.asinh,
    math.sqrt,
    lambda test, a, b: a if test else b,
    lambda value, test: value if test else 0.0,
)


@final
class Drive(NamedTuple):
    """The drive of cells: numbers, or arrays of the shape of the cells.

    Args:
        volts: Size of the voltage of the source, V.
        sinhs: ``sinh(volts/V0)``.
        heating: What a cell without a gap is heated by, as kT/q, V, if nothing is limited.
        signs: 1 or -1, of the voltage.
        pull: Enhancement without a gap, times ``a0/tox``.
        compliance: Largest current of the source, A.
        noise: Velocity of the fluctuations where they are fully on, m/s; None: without.
    """

    volts: Any
    sinhs: Any
    heating: Any
    signs: Any
    pull: Any
    compliance: float
    noise: Any

    def at(self, places: Any) -> "Drive":
        """Return the drive of some of the cells."""
        return Drive(*(item if np.ndim(item) == 0 else np.asarray(item)[places] for item in self))


@final
class Motion(NamedTuple):
    """How a gap moves where it is.

    Args:
        velocity: m/s.
        slope: Derivative of the velocity by the gap, 1/s.
        margin: Field at the gap over the length `a0`, above that at which cells begin to move, V:
            below zero they stand still.
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
    """The parameters of a Stanford cell that its gap moves by, named as in `StanfordModel`."""

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

    @classmethod
    def of(cls, model: Any) -> "Filament":
        """Return the filament of a `StanfordModel`, which holds it."""
        return cls(**{field.name: getattr(model, field.name) for field in attrs.fields(cls)})

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
        power = self._power(gap)
        pull = drive.pull - self._fall * power * gap
        push, push_slope = pull * volts, (-self.alpha * self._fall) * volts * power
        # Only a limited source lets the voltage across the cell depend on its gap.
        if drive.compliance != math.inf:
            push_slope = push_slope + pull * volts_slope
        # Below the threshold of the field no ion hops, and the cell stands still for ever.
        margin = push - self.a0 * self.F_min
        is_free = margin >= 0 if is_free is None else is_free
        inverse = 1 / (KELVIN * self.T_ini + heat)
        warming, work, barrier = heat_slope * inverse, push * inverse, self.Ea * inverse
        forward, back = self._hops(of, drive, work, barrier, is_free)
        velocity = forward - back
        work_slope = push_slope * inverse - work * warming
        slope = (forward + back) * work_slope + velocity * (barrier * warming)
        if drive.noise is not None:
            onset = self._onset(of, heat)
            change = heat_slope / (KELVIN * self.T_smth)
            slope = slope + drive.noise * onset * (1 - onset) * change
            velocity = velocity + drive.noise * onset
        return Motion(velocity, slope, margin, push_slope, is_free)

    def velocity(self, of: Functions, gap: Any, drive: Drive, is_free: Any) -> Any:
        """Return how fast gaps move, m/s, as `motion` does, for cells that move or that do not."""
        volts, _, heat, _ = self._heated(of, gap, drive)
        inverse = 1 / (KELVIN * self.T_ini + heat)
        work = (drive.pull - self._fall * self._power(gap) * gap) * volts * inverse
        forward, back = self._hops(of, drive, work, self.Ea * inverse, is_free)
        velocity = forward - back
        return velocity if drive.noise is None else velocity + drive.noise * self._onset(of, heat)

    def _hops(
        self, of: Functions, drive: Drive, work: Any, barrier: Any, is_free: Any
    ) -> tuple[Any, Any]:
        """Return the velocities of hops along the field and against it, m/s.

        Their difference is ``Vel0 * exp(-Ea/kT) * sinh(work)``. Each is one exponential: its
        factors may overflow where it does not.
        """
        along = (drive.signs * (-self.Vel0 / 2)) * of.exp(work - barrier)
        forward = of.kept(along, is_free)
        # From the same exponential, so that the difference of both hops keeps its digits.
        return forward, forward * of.exp(-2 * abs(work))

    def margin(self, of: Functions, gap: Any, drive: Drive) -> Any:
        """Return the margin of a `Motion` alone, V."""
        pull = drive.pull - self._fall * self._power(gap) * gap
        return pull * self._heated(of, gap, drive)[0] - self.a0 * self.F_min

    def drop(self, of: Functions, gap: Any, drive: Drive) -> Any:
        """Return the size of the voltage across cells, V: the source's, unless it is limited."""
        return self._heated(of, gap, drive)[0]

    def is_limited(self, of: Functions, gap: Any, drive: Drive) -> Any:
        """Tell which cells would draw more than their source gives."""
        return drive.compliance / self.I0 * of.exp(gap / self.g0) < drive.sinhs

    def _heated(self, of: Functions, gap: Any, drive: Drive) -> tuple[Any, Any, Any, Any]:
        """Return the voltage across cells, V, the heating as kT/q, V, and their slopes by the gap.

        A source that would exceed its compliance gives that current; the cell has the voltage at
        which it carries it.
        """
        heat = drive.heating * of.exp(gap * (-1 / self.g0))
        heat_slope = heat * (-1 / self.g0)
        if drive.compliance == math.inf:
            return drive.volts, 0.0, heat, heat_slope
        ratio = drive.compliance / self.I0 * of.exp(gap / self.g0)  # sinh(V/V0) at the limit
        is_limited = ratio < drive.sinhs
        volts = self.V0 * of.asinh(ratio)
        volts_slope = self.V0 / self.g0 * ratio / of.sqrt(1 + ratio * ratio)
        # At the limit the current stays, so that the heat grows with the voltage alone.
        limited = KELVIN * self.Rth * drive.compliance
        return (
            of.choose(is_limited, volts, drive.volts),
            of.choose(is_limited, volts_slope, 0.0),
            of.choose(is_limited, limited * volts, heat),
            of.choose(is_limited, limited * volts_slope, heat_slope),
        )

    def _onset(self, of: Functions, heat: Any) -> Any:
        """Return the share of the fluctuations that is on at a heating, given as kT/q, V."""
        colder = (self.T_crit - self.T_ini) - heat / KELVIN
        return 1 / (1 + of.exp(colder / self.T_smth))

    @property
    def _fall(self) -> float:
        """Decrease of the enhancement, times a0/tox, per gap to the power of alpha."""
        return self.a0 / self.tox * self.beta * 1e9**self.alpha

    def _power(self, gap: Any) -> Any:
        """Return the gap to the power of alpha - 1."""
        # NumPy's power of an array takes as long as all the rest.
        return gap * gap if self.alpha == 3 else gap ** (self.alpha - 1)
