"""V and I, and the ammeters of ports."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.parts.part import Names, Part, Sums, VoltagePart


@final
@attrs.frozen
class CurrentPart(Part):
    """``I``: from head to tail."""

    letter = "i"
    learns = True
    quantity = Quantity("", "A")

    def add(self, sums: Sums, values: Values) -> None:
        sums.through(self.head, self.tail, values[self.name], {})

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentSource(name, *ends, value)

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        return np.asarray(change[..., self.head] - change[..., self.tail])


@final
@attrs.frozen
class SourcePart(VoltagePart):
    """``V``."""

    letter = "v"
    learns = True
    quantity = Quantity("", "V")

    def add_voltage(self, sums: Sums, values: Values) -> None:
        sums.add(self.own, values[self.name], {}, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, value)

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        return np.asarray(-change[..., self.own])


@final
@attrs.frozen
class AmmeterPart(VoltagePart):
    """A source of 0 V behind a port, whose current is read."""

    letter = "v"

    def add_voltage(self, sums: Sums, values: Values) -> None:
        """Add nothing."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, 0.0)
