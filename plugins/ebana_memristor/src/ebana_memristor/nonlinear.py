"""Responses to pulses by the two nonlinearities that papers tell of a device."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.validators import number, whole
from ebana_memristor.responses import PulseResponse

PER_LABEL = 0.07 * np.sqrt(2)
"""Furthest distance of a curve of nonlinearity 1 above the straight line, as a share of the window:
it is 0.07 at right angles to it. Read off the table of NeuroSim 3.0 (Formula.cpp, 0.01 to 9)."""
_LABEL = number("give a label from -9 to 9", at_least=-9.0, at_most=9.0)
"""Labels of nonlinearity, which end where NeuroSim's table does."""


@final
@attrs.frozen(kw_only=True)
class NonlinearPulses(PulseResponse):
    """Steps of a curve ``x(p) = (1 - exp(-k*p))/(1 - exp(-k))``, p from 0 to 1.

    Its two nonlinearities are those that papers and NeuroSim tell of a device: 0 is straight.
    Above 0 a curve is steep at the low conductance, below 0 at the high one. A device with a
    positive one for weight increase and a negative one for decrease is steep at the beginning of
    either; two equal ones lead back the way that they came.

    Args:
        n_states: Pulses from one end of the window to the other, exactly.
        up: Nonlinearity of weight increase (LTP), between -9 and 9.
        down: Nonlinearity of weight decrease (LTD).

    Examples:
        >>> import numpy
        >>> curve = NonlinearPulses(n_states=50, up=2.0, down=-2.0)
        >>> low, high = curve.step(numpy.array([0.0, 1.0]), numpy.array([True, True]))
        >>> bool(low > high)
        True

    Source:
        Chen, Peng and Yu, NeuroSim+, IEDM 2017, and IEEE TCAD 37(12), 2018.
    """

    n_states: int = attrs.field(default=100, validator=whole())
    up: float = attrs.field(default=0.0, validator=_LABEL)
    down: float = attrs.field(default=0.0, validator=_LABEL)

    bends: tuple[float, float] = attrs.field(init=False, eq=False, repr=False)
    """The exponents k of the two curves, found once by a search."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        object.__setattr__(self, "bends", (_bend(self.up), _bend(self.down)))

    def step(self, x: Array, is_up: BoolArray) -> Array:
        k_up, k_down = self.bends
        up = _left(k_up, x) * -np.expm1(-k_up / self.n_states) if k_up else 1 / self.n_states
        down = _left(k_down, x) * np.expm1(k_down / self.n_states) if k_down else 1 / self.n_states
        return np.where(is_up, up, down) + 0 * x


def _left(k: float, x: Array) -> Array:
    """Return the distance from x to the asymptote of the curve, as a share of the window."""
    return -1 / np.expm1(-k) - x


def _bend(label: float) -> float:
    """Return the exponent of the curve whose nonlinearity has a label."""
    if abs(label) < 1e-6:
        return 0.0

    from scipy.optimize import brentq  # which takes longer to load than all of this plugin

    def excess(k: float) -> float:
        whole_way = -np.expm1(-k)
        p = -np.log(whole_way / k) / k  # where the curve is parallel to the straight line
        return float(-np.expm1(-k * p) / whole_way - p - abs(label) * PER_LABEL)

    # Curves of -k mirror those of k, so that the size alone is searched.
    return float(np.sign(label) * brentq(excess, 1e-9, 1e4))
