"""What a cell of a memristor crossbar is: its law, its state, and the window of its conductance."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.laws import Law, Ohm
from ebana_memristor.laws import SinhCell, StanfordCell
from ebana_memristor.stanford import StanfordModel


def check_window(cell: Any, _: object, window: tuple[float, float]) -> None:
    """Refuse what is no window of conductances (an attrs validator).

    Raises:
        ParameterError: Names the cell.
    """
    low, high = window
    if not 0 < low < high < np.inf:
        raise ParameterError(
            f"{type(cell).__name__} has window={window!r}.",
            "give the lowest and the highest conductance, S",
        )


class Cell(ABC):
    """A memristor: a law whose state is trained.

    Its state is its conductance at no drop, or says it; `window` holds the lowest and the
    highest one.
    """

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
        """Return the state of a conductance at no drop. Default: that is the state."""
        return conductance

    def conductance_of(self, state: Array) -> Array:
        """Return the conductance at no drop of a state, S."""
        return state

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
    """

    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=tuple, validator=check_window
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
    """

    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=tuple, validator=check_window
    )
    V0: float = 0.25

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
    """

    model: StanfordModel = attrs.field(factory=StanfordModel)

    @property
    def window(self) -> tuple[float, float]:
        return (
            float(self.model.conductance(self.model.gap_max)),
            float(self.model.conductance(self.model.gap_min)),
        )

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
