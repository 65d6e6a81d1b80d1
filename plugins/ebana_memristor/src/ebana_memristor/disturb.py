"""Read disturb: every read moves the state of a cell a little."""

from typing import final

import attrs
import numpy as np

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.checking import checked_number
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_instance
from ebana_memristor.cells import Cell, Stanford
from ebana_memristor.checks import above_zero
from ebana_memristor.effects import Cells, Effect
from ebana_memristor.layer import MemristorLayer


@final
@attrs.frozen(kw_only=True)
class ReadDisturb(Effect):
    """Every read moves the gap of a Stanford cell, by the dynamics of the model.

    It acts on the reads of write-verify, and on those that `disturb` counts. Phases of training and
    evaluations leave states as they are. With the published parameters nothing moves below 1.05 V
    (``F_min*tox/gamma0``); positive voltages set.

    Args:
        voltage: Voltage of a read, V, above zero.
        duration: Time that a read takes, s, above zero.

    Examples:
        >>> ReadDisturb(voltage=1.2, duration=1e-6).voltage
        1.2
    """

    voltage: float = attrs.field(default=0.1, validator=above_zero)
    duration: float = attrs.field(default=1e-7, validator=above_zero)

    def check_cell(self, cell: Cell, layer: str) -> None:
        if not isinstance(cell, Stanford):
            raise ParameterError(
                f"Layer {layer!r} has {self!r} and cells of {type(cell).__name__}, which do "
                "not say how their state moves.",
                "use Stanford() cells, or leave ReadDisturb out",
            )
        cell.model.checked_voltage(self.voltage, np.inf)

    def after_read(self, x: Array, cells: Cells, cell: Cell) -> Array:
        gap = cell.state_of(cells.conductance(x))
        after = self.after_reads(gap, cell, 1)
        # Cells that stand still keep every bit, which the way there and back would round.
        return np.where(after == gap, x, cells.place(cell.conductance_of(after)))

    def after_reads(self, gap: Array, cell: Cell, n_reads: float) -> Array:
        """Return gaps after a number of reads, m."""
        assert isinstance(cell, Stanford)  # checked when the layer was made
        return cell.model.moved(gap, self.voltage, n_reads * self.duration)


def disturb(model: Model, n_reads: float) -> None:
    """Read the cells of a model: their gaps move as its layers' `ReadDisturb` says.

    Args:
        model: A model with `MemristorLayer`s.
        n_reads: How often, above zero.

    Raises:
        ParameterError: `n_reads` is not above zero, or no layer is disturbed.
    """
    n_reads = checked_number(n_reads, "n_reads", "give a number above zero", above=0.0)
    checked_instance(model, Model, "model", "give a Model with layers of memristors")
    changed: dict[str, Array] = {}
    for layer in model.layers.values():
        if isinstance(layer, MemristorLayer):
            for effect in layer.effects:
                if isinstance(effect, ReadDisturb):
                    name = layer.parameter("gap")
                    gap = model.parameters[name]
                    # Stuck cells are not moved by reads either.
                    free = layer.is_free(model.parameters)
                    after = effect.after_reads(gap, layer.cell, n_reads)
                    changed[name] = np.where(free, after, gap)
    if not changed:
        raise ParameterError("No layer is disturbed.", "give effects=[ReadDisturb(...)]")
    model.restore(changed)
