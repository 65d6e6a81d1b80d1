"""The cell of a measured current-voltage curve."""

import os
from typing import Any, final

import attrs
import numpy as np

from ebana_core.errors import DataError
from ebana_core.laws import Law
from ebana_memristor.cells import Cell
from ebana_memristor.checks import curve, numbers, pair, volts_above_zero, window
from ebana_memristor.laws import TableCell
from ebana_memristor.tables import check_rising, read_table


@final
@attrs.frozen(kw_only=True, repr=False)
class Measured(Cell):
    """A cell of a measured current-voltage curve, whose state is its conductance where it is read.

    The curve's shape is that of the table at every state; between its points it is straight,
    beyond them it goes on as in its last segments. ngspice takes long for more than about a
    hundred points.

    Args:
        voltages: Rising, on both sides of zero, V.
        currents: At these voltages, rising, A; 0 A at 0 V, which is added where it is missing.
        read_voltage: Where the cell is read, V, within the table.
        window: Lowest and highest conductance at the read voltage, S.

    Raises:
        DataError: A voltage repeats, the current does not rise with the voltage or is not zero
            at 0 V, or the cell is read beyond the table.

    Examples:
        >>> cell = Measured(voltages=[-1.0, 0.0, 1.0], currents=[-3e-6, 0.0, 2e-6])
        >>> cell.read_voltage
        0.1
    """

    voltages: tuple[float, ...] = attrs.field(converter=curve, validator=numbers)
    currents: tuple[float, ...] = attrs.field(converter=curve, validator=numbers)
    read_voltage: float = attrs.field(default=0.1, validator=volts_above_zero)
    window: tuple[float, float] = attrs.field(
        default=(1e-6, 1e-4), converter=pair, validator=window
    )
    law: Law = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if len(self.voltages) != len(self.currents):
            raise DataError(
                f"The table holds {len(self.voltages)} voltages and {len(self.currents)} currents.",
                "give as many of both",
            )
        check_rising(self.voltages, "The table's voltage", "V")
        check_rising(self.currents, "The table's current", "A")
        if self.read_voltage > self.voltages[-1]:
            raise DataError(
                f"Measured has read_voltage={self.read_voltage!r} V and voltages up to "
                f"{self.voltages[-1]!r} V.",
                "read the cell within its table",
            )
        for voltage, current in zip(self.voltages, self.currents, strict=True):
            # Elsewhere the cell would deliver power, which no passive device does.
            if np.sign(voltage) != np.sign(current):
                raise DataError(
                    f"The table holds {current!r} A at {voltage!r} V: it does not cross zero at "
                    "0 V.",
                    "subtract the offset of the measurement",
                )
        law = _table(self.voltages, self.currents, self.read_voltage)
        object.__setattr__(self, "law", law)

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

    def __repr__(self) -> str:
        low, high = self.voltages[0], self.voltages[-1]
        return (
            f"Measured({len(self.voltages)} points from {low!r} to {high!r} V, "
            f"read_voltage={self.read_voltage!r}, window={self.window!r})"
        )


def _table(
    voltages: tuple[float, ...], currents: tuple[float, ...], read_voltage: float
) -> TableCell:
    """Return the law of a curve, with 0 A at 0 V, whose conductance is that at `read_voltage`."""
    at, through = list(voltages), list(currents)
    if 0.0 not in at:
        place = sum(voltage < 0 for voltage in at)
        at.insert(place, 0.0)
        through.insert(place, 0.0)
    factor = read_voltage / float(np.interp(read_voltage, at, through))
    return TableCell(at, [current * factor for current in through])
