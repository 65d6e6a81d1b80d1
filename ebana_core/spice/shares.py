"""What the groups of a block's elements add, and how it is summed at the terminals."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.laws.slopes import Incidence, SlopePlaces, Slopes
from ebana_core.laws.tables import Tables
from ebana_core.laws.terminal_state import TerminalState


@attrs.frozen(eq=False)
class Shares:
    """What the elements of a group add, before it is summed at terminals.

    Args:
        currents: Shape ``(..., n_targets)``, A.
        sizes: Their absolute terms. Same shape, A.
        slopes: Shape ``(..., n_entries)``, S.
        cancelled: What cancelled in the devices, A; see `TerminalState`. Shape of `currents`; the
            default is zero.
    """

    currents: Array
    sizes: Array
    slopes: Array
    cancelled: Array = attrs.field()

    @cancelled.default
    def _nothing(self) -> Array:
        return np.broadcast_to(0.0, self.sizes.shape)


@attrs.frozen(eq=False)
class Layout:
    """Where the shares of a group belong; -1 is ground.

    Args:
        targets: Terminal of every current.
        rows: Terminal whose current a slope belongs to.
        columns: Terminal whose voltage drives it.
    """

    targets: IntArray
    rows: IntArray
    columns: IntArray


@final
class Summing:
    """Adds up at the terminals of a block what its groups add.

    Args:
        layouts: Of the groups.
        n_terminals: Of the block.
    """

    def __init__(self, layouts: Sequence[Layout], n_terminals: int) -> None:
        targets, rows, columns = (
            np.concatenate(part)
            for part in zip(*((i.targets, i.rows, i.columns) for i in layouts), strict=True)
        )
        self._sum = Incidence(targets, n_terminals)
        self._kept = np.flatnonzero((rows >= 0) & (columns >= 0))
        self.places = SlopePlaces(rows[self._kept], columns[self._kept], n_terminals)

    def of(self, amounts: Sequence[Array]) -> Array:
        """Return the sums of what every group adds. Shape ``(..., n_terminals)``."""
        return self._sum.of(np.concatenate(amounts, axis=-1))

    def state(self, shares: Sequence[Shares]) -> TerminalState:
        """Return the block as a whole."""
        slopes = np.concatenate([share.slopes for share in shares], axis=-1)
        return TerminalState(
            self.of([share.currents for share in shares]),
            self.of([share.sizes for share in shares]),
            Slopes(slopes[..., self._kept], self.places),
            self.of([share.cancelled for share in shares]),
        )


def numbered(found: Iterable[int]) -> IntArray:
    """Return numbers, of terminals or terms, as an array that places entries; it may be empty."""
    return np.array(list(found), dtype=np.intp)


class Group(ABC):
    """Elements that are computed at once, at voltages ``(..., n_terminals + 1)``, ground last.

    Attributes:
        layout: Where what they add belongs.
        n_junctions: How many pn junctions they have whose voltages a search limits.
    """

    layout: Layout
    n_junctions: int = 0

    @abstractmethod
    def at(self, voltages: Array) -> Shares:
        """Return what they add at voltages."""

    @property
    def tables(self) -> Tables | None:
        """The elements as tables, where compiled code knows their kind."""
        return None

    def linear_at(self, voltages: Array) -> Shares:
        """Return what they add beside their tables."""
        shape = voltages.shape[:-1]
        nothing = np.zeros((*shape, len(self.layout.targets)))
        return Shares(nothing, nothing, np.zeros((*shape, len(self.layout.rows))))

    def near(self, voltages: Array, before: Array | None) -> tuple[Shares, Array]:
        """Return what they add on tangents at junction voltages near those of before.

        Args:
            voltages: Of the terminals, V.
            before: Junction voltages where they were evaluated last. Shape ``(..., n_junctions)``,
                V; None: this is the first time.

        Returns:
            What they add, and the junction voltages where they are evaluated now.
        """
        del before
        return self.at(voltages), np.zeros((*voltages.shape[:-1], 0))

    @abstractmethod
    def change(self, voltages: Array, change: Array) -> tuple[Array, Array]:
        """Return how much their currents change, and what its rounding is relative to, A.

        Shapes ``(..., n_targets)``.
        """
