"""The answer of a crossbar's cells to pulses and reads, with all effects."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError
from ebana_memristor.cells import Cell
from ebana_memristor.effects import Cells, Effect
from ebana_memristor.programming import Pulses


@final
@attrs.frozen(eq=False)
class Stepping:
    """Cells in a row, and what pulses and reads do to them.

    Args:
        cell: What each of them is.
        pulses: What programs them.
        effects: What they do otherwise.
        cells: What each has from its making.
        rng: Draws what differs from pulse to pulse.
        seed: Of the fluctuations of readings, which are the same in all reads of an update.
    """

    cell: Cell
    pulses: Pulses
    effects: Sequence[Effect]
    cells: Cells
    rng: np.random.Generator
    seed: int = 0

    def nominal(self, x: Array, is_up: BoolArray) -> Array:
        """Return the size of one step of the response, where cells stand at x."""
        return self.pulses.response.checked_step(x, is_up)

    def moved(self, x: Array, step: Array, places: BoolArray) -> Array:
        """Return where some cells stand after a pulse of nominal, signed steps.

        Args:
            x: Where these cells stand, 0 to 1 of the window.
            step: Of the response. Same shape.
            places: Which of the cells they are.
        """
        cells = self.cells.at(places)
        for effect in self.effects:
            step = step * effect.factor(cells, self.rng, x.shape) * effect.is_free(cells)
        return np.clip(x + step, 0, 1)

    def seen(self, x: Array) -> Array:
        """Return where a reading finds all of the cells; it may be beyond the window."""
        # The same seed for every read of an update: fluctuations are slow against it.
        rng, conductance = np.random.default_rng(self.seed), self.cells.conductance(x)
        for effect in self.effects:
            conductance = effect.seen(conductance, self.cells, rng)
        return self.cells.reading(conductance)

    def disturbed(self, x: Array, places: BoolArray) -> Array:
        """Return where some cells stand after they have been read."""
        cells, after = self.cells.at(places), x
        for effect in self.effects:
            after = effect.after_read(after, cells, self.cell)
        # Stuck cells stay where they are, whichever effect comes before.
        free = np.ones(x.shape, dtype=np.bool_)
        for effect in self.effects:
            free &= effect.is_free(cells)
        return np.where(free, after, x)

    def energy(self, x: Array, is_up: BoolArray) -> float:
        """Return the energy of one pulse to cells that stand at x, J."""
        conductance, total = self.cells.conductance(x), 0.0
        for way, sign, (volts, width) in zip(
            (is_up, ~is_up), (1, -1), self.pulses.drive, strict=True
        ):
            # A cell's current is its conductance times a function of its voltage.
            through = current_of(self.cell, sign * volts) / self.cell.window[1]
            currents = np.minimum(through * conductance[way], self.pulses.response.compliance)
            total += volts * width * float(currents.sum())
        return total


def current_of(cell: Cell, volts: float) -> float:
    """Return the size of the current of a cell at its highest conductance, A."""
    law = cell.law
    values = {
        **{item.name: np.asarray(item.default) for item in law.values[1:]},
        **{key: np.asarray(value) for key, value in cell.constants.items()},
        law.values[0].name: cell.state_of(np.asarray(cell.window[1])),
    }
    with np.errstate(over="ignore"):
        return abs(float(law.current(np.asarray(volts), values)))


def check_drive(pulses: Pulses, cell: Cell, layer: str) -> None:
    """Refuse pulses whose energy in a cell is infinite or not a number.

    Raises:
        ParameterError: Names the layer and the pulse.
    """
    for sign, (volts, width) in zip((1, -1), pulses.drive, strict=True):
        current = min(current_of(cell, sign * volts), pulses.response.compliance)
        if not volts * width * current < np.inf:
            raise ParameterError(
                f"Layer {layer!r} has pulses of {sign * volts!r} V and {width!r} s, and cells that "
                f"draw {current!r} A at that voltage.",
                "give the height, V, and the width, s, of real pulses",
            )
