"""What a cell of a memristor crossbar is: its law, its state, and the window of its conductance."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ParameterError
from ebana_core.laws import Law, Ohm
from ebana_memristor.laws import SinhCell, StanfordCell, TableCell
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.tables import check_rising, read_table


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

    def scaled(self, state: Array, factor: Array) -> Array:
        """Return the state whose conductance is a factor larger. Default: of a conductance."""
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

    def scaled(self, state: Array, factor: Array) -> Array:
        return np.maximum(state - self.model.g0 * np.log(factor), 0.0)


@final
@attrs.frozen(kw_only=True)
class Measured(Cell):
    """A cell of a measured current-voltage curve, whose state is its conductance where it is read.

    The curve's shape is that of the table at every state; between its points it is straight,
    beyond them it goes on as in its last segments.

    Args:
        voltages: Rising, on both sides of zero, V.
        currents: At these voltages, rising, A; 0 A at 0 V, which is added where it is missing.
        read_voltage: Where the cell is read, V.
        window: Lowest and highest conductance at the read voltage, S.

    Raises:
        DataError: A voltage repeats, or the current does not rise with the voltage.
    """

    voltages: tuple[float, ...] = attrs.field(converter=tuple)
    currents: tuple[float, ...] = attrs.field(converter=tuple)
    read_voltage: float = 0.1
    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=tuple, validator=check_window
    )

    def __attrs_post_init__(self) -> None:
        check_rising(np.array(self.voltages, dtype=float), "The table's voltage", "V")
        check_rising(np.array(self.currents, dtype=float), "The table's current", "A")
        if not 0 < self.read_voltage < np.inf:
            raise ParameterError(
                f"Measured has read_voltage={self.read_voltage!r}.", "give a voltage above zero"
            )
        assert self.law  # a law that refuses the table says so here

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], **settings: Any) -> "Measured":
        """Return the cell of a table with the columns ``voltage``, V, and ``current``, A.

        Args:
            path: The CSV file.
            settings: The other arguments of `Measured`.

        Raises:
            DataError: The file holds no such table.
        """
        table = read_table(path, ["voltage", "current"])
        if len(table["voltage"]) != len(table["current"]):
            raise DataError(
                f"{os.fspath(path)!r} holds {len(table['voltage'])} voltages and "
                f"{len(table['current'])} currents.",
                "give as many of both",
            )
        return cls(voltages=table["voltage"], currents=table["current"], **settings)

    @property
    def law(self) -> Law:
        voltages, currents = list(map(float, self.voltages)), list(map(float, self.currents))
        if 0.0 not in voltages:
            place = sum(voltage < 0 for voltage in voltages)
            voltages.insert(place, 0.0)
            currents.insert(place, 0.0)
        at_read = float(np.interp(self.read_voltage, voltages, currents))
        factor = self.read_voltage / at_read if at_read > 0 else 1.0
        return TableCell(voltages, [current * factor for current in currents])
