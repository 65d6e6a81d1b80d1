"""Cells of memristor crossbars: their laws, their states, and the windows of their conductance."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.laws import Law, Ohm
from ebana_core.papers import Citing
from ebana_core.validators import instance
from ebana_memristor.checks import pair, volts_above_zero, window
from ebana_memristor.laws import SinhCell, StanfordCell
from ebana_memristor.stanford import StanfordModel

JIANG_2016 = """@article{jiang2016,
  author = {Jiang, Zizhen and Wu, Yi and Yu, Shimeng and Yang, Lin and Song, Kay and Karim, Zia
    and Wong, H.-S. Philip},
  title = {A Compact Model for Metal-Oxide Resistive Random Access Memory with Experiment
    Verification},
  journal = {IEEE Transactions on Electron Devices},
  volume = {63},
  number = {5},
  year = {2016}
}"""


class Cell(Citing, ABC):
    """A memristor: a law whose state is trained.

    The state is the conductance at a drop of 0 V, or determines it; `window` holds the lowest and
    the highest conductance.

    Examples:
        >>> from ebana_memristor import Sinh
        >>> cell = Sinh(window=(1e-6, 1e-4), V0=0.3)
        >>> isinstance(cell, Cell), cell.window
        (True, (1e-06, 0.0001))
    """

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    @abstractmethod
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance, S."""

    @property
    @abstractmethod
    def law(self) -> Law:
        """The current-voltage law; its first value is the state."""

    @property
    def constants(self) -> Mapping[str, float]:
        """The law's other values, where they are not its defaults."""
        return {}

    def state_of(self, conductance: Array) -> Array:
        """Return the state of a cell from its conductance at 0 V, S. Default: they are the same."""
        return conductance

    def conductance_of(self, state: Array) -> Array:
        """Return the conductance at 0 V of a cell from its state, S."""
        return state

    def scaled(self, state: Array, factor: Array) -> Array:
        """Return the state in which the conductance is larger by a factor."""
        return state * factor

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest state, in its unit."""
        ends = [float(self.state_of(np.asarray(end))) for end in self.window]
        return min(ends), max(ends)


@final
@attrs.frozen(kw_only=True)
class Linear(Cell):
    """A cell that obeys Ohm's law.

    Args:
        window: Lowest and highest conductance, S.

    Examples:
        >>> Linear(window=(1e-6, 1e-5)).window
        (1e-06, 1e-05)
    """

    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=pair, validator=window
    )

    @property
    def law(self) -> Law:
        return Ohm()


@final
@attrs.frozen(kw_only=True)
class Sinh(Cell):
    """A cell of current ``G*V0*sinh(v/V0)``, whose state is its conductance G at no drop.

    Args:
        window: Lowest and highest G, S.
        V0: Drop beyond which it bends, V.

    Examples:
        >>> Sinh(V0=0.3).constants
        {'V0': 0.3}
    """

    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=pair, validator=window
    )
    V0: float = attrs.field(default=0.25, validator=volts_above_zero)

    @property
    def law(self) -> Law:
        return SinhCell()

    @property
    def constants(self) -> Mapping[str, float]:
        return {"V0": self.V0}


@final
@attrs.frozen(kw_only=True)
class Stanford(Cell):
    """A cell of the Stanford RRAM model, whose state is its gap.

    Args:
        model: Its parameters; the gap's limits give the window.

    Examples:
        >>> from ebana_memristor import StanfordModel
        >>> Stanford(model=StanfordModel(gap_max=1e-9)).limits
        (2e-10, 1e-09)
    """

    model: StanfordModel = attrs.field(
        factory=StanfordModel, validator=instance(StanfordModel, "give a StanfordModel")
    )

    @property
    def papers(self) -> tuple[str, ...]:
        return (JIANG_2016,)

    @property
    def window(self) -> tuple[float, float]:
        return self.model.window

    @property
    def law(self) -> Law:
        return StanfordCell()

    @property
    def constants(self) -> Mapping[str, float]:
        return {name: getattr(self.model, name) for name in ("I0", "g0", "V0")}

    def state_of(self, conductance: Array) -> Array:
        return self.model.gap_of(conductance)

    def conductance_of(self, state: Array) -> Array:
        return self.model.conductance(state)

    def scaled(self, state: Array, factor: Array) -> Array:
        # The current falls by e over every g0 of gap.
        return np.maximum(state - self.model.g0 * np.log(factor), 0.0)
