"""How pulses move a cell: what becomes of a wished change of its conductance.

A response says by what share of the window one pulse moves a cell that stands at x, 0 at the
lowest and 1 at the highest conductance.
"""

from abc import ABC, abstractmethod
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError


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
