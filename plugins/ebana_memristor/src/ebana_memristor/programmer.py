"""Programs a crossbar: its first states, and those after pulses to the cells that it chooses."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError
from ebana_core.user_warnings import warn
from ebana_memristor.cells import Cell
from ebana_memristor.controller import (
    OUT_OF_REACH,
    REACHED,
    SHORT,
    UNMOVED,
    Programmed,
    apply_pulses,
    lengths,
    replay,
)
from ebana_memristor.effects import Cells, Effect
from ebana_memristor.programming import RECORDS, Pulses
from ebana_memristor.stepping import Stepping
from ebana_memristor.verifying import outlook, verify_pulses

WORDS = {
    SHORT: (
        "Cells of layer {name!r} need more pulses than one update may give them; runs count them "
        "as '{name}.missed'. Lower lr, or give Pulses(max_pulses=...) a larger number."
    ),
    OUT_OF_REACH: (
        "Cells of layer {name!r} are wished where pulses of {response} lead to no end; runs "
        "count them as '{name}.out_of_reach'. They stay where further pulses are of no use. Lower "
        "lr, or use devices whose steps do not vanish there."
    ),
    UNMOVED: (
        "Pulses do not move cells of layer {name!r} as {response} says; runs count them as "
        "'{name}.unmoved'. They are at an end of their window, or their steps are far smaller."
    ),
}
"""Warnings about wished changes that were not reached, each shown once per layer."""


class MissedTargetWarning(UserWarning):
    """Cells did not reach the states that an update wished for."""


@final
@attrs.frozen(eq=False)
class Programmer:
    """Programs the cells of a layer.

    Args:
        name: Of the layer.
        cell: What each cell is.
        pulses: How they are programmed; None: any change that is wished.
        effects: What they do otherwise, in this order.
    """

    name: str
    cell: Cell
    pulses: Pulses | None
    effects: Sequence[Effect]

    def drawn(
        self, conductance: Array, made: Mapping[str, Array], rng: np.random.Generator
    ) -> Array:
        """Return the states of new cells.

        Args:
            conductance: That the initializer drew, S; clipped to the window.
            made: What the cells have from their making, by name within the layer.
            rng: Draws the noise.

        Raises:
            ParameterError: No conductance is within the window.
        """
        cells, (low, high) = Cells(self.cell.window, made), self.cell.window
        if conductance.max() < low or conductance.min() > high:
            raise ParameterError(
                f"The initializer of layer {self.name!r} draws {conductance.min():g} S to "
                f"{conductance.max():g} S; its cells have {low:g} S to {high:g} S.",
                "draw conductances within the window",
            )
        x = cells.place(conductance)
        # What nothing moves has the last word: noise does not loosen stuck cells.
        for effect in sorted(self.effects, key=lambda one: one.holds_cells):
            x = effect.settled(x, cells, rng)
        return self.state(x)

    def programmed(
        self, values: Array, wished: Array, rng: np.random.Generator, others: Mapping[str, Array]
    ) -> tuple[Array, dict[str, float], dict[str, Array]]:
        """Return the states after an update, sums named in `REPORTS`, and arrays in `RECORDS`.

        Args:
            values: States before it.
            wished: States that are wished, within the limits. Same shape.
            rng: Draws the noise.
            others: The layer's parameters, by name within the layer.
        """
        cells = Cells(self.cell.window, others)
        before, goal = (cells.place(self.cell.conductance_of(at)) for at in (values, wished))
        if self.pulses is None:
            return self._settled(values, goal, wished != values, cells, rng), {}, {}
        every = Stepping(self.cell, self.pulses, self.effects, cells, rng)
        # Decided by the wish alone: a reading would move cells that nobody wished to move.
        asked = (wished != values) & (np.rint(lengths(before, goal, every)) >= 1)
        lost = np.zeros_like(asked)
        if self.pulses.write_verify:
            lost[asked] = _is_idle(before[asked], goal[asked], every)
            asked = asked & ~lost
        is_verified = bool(self.pulses.write_verify and asked.any())
        # Drawn only where cells are read, so that other updates use no random numbers for it.
        seed = int(rng.integers(2**63)) if is_verified else 0
        some = attrs.evolve(every, cells=cells.at(asked), seed=seed)
        found = (verify_pulses if is_verified else apply_pulses)(before[asked], goal[asked], some)
        x, counts, fate = before.copy(), np.zeros((3, *before.shape)), OUT_OF_REACH * lost
        if is_verified:  # the crossbar is read once, as a whole
            x[~asked] = every.disturbed(before[~asked], ~asked)
            counts[2] = 1.0
        x[asked], fate[asked] = found.x, found.fate
        counts[:, asked] = found.first, found.back, found.reads
        self._warn_of(fate, self.is_free(cells))
        touched = (counts[0] != 0) | (x != before)
        new = self._settled(values, x, touched, cells, rng)
        names = (item.name for item in RECORDS)
        return new, _sums(found, counts, fate), dict(zip(names, counts, strict=True))

    def played(self, values: Array, counts: Sequence[Array], others: Mapping[str, Array]) -> Array:
        """Return the states after recorded pulses; see `MemristorLayer.played`."""
        assert self.pulses is not None  # the layer checks it
        found = (effect.without_noise for effect in self.effects)
        sure = attrs.evolve(self, effects=[effect for effect in found if effect is not None])
        cells, rng = Cells(self.cell.window, others), np.random.default_rng(0)
        before = cells.place(self.cell.conductance_of(np.asarray(values, dtype=np.float64)))
        every = np.ones(before.shape, dtype=np.bool_)
        rows = [np.asarray(count, dtype=np.int64)[every] for count in counts]
        stepping = Stepping(self.cell, self.pulses, sure.effects, cells.at(every), rng)
        # Without noise: the recorded counts say what was done, not what the noise made of it.
        x = replay(before[every], rows, stepping).reshape(before.shape)
        touched = (np.asarray(counts[0]) != 0) | (x != before)
        return sure._settled(values, x, touched, cells, rng)

    def state(self, x: Array) -> Array:
        """Return the states of cells that stand at x, 0 to 1 of the window."""
        conductance = Cells(self.cell.window, {}).conductance(x)
        return np.clip(self.cell.state_of(conductance), *self.cell.limits)

    def _settled(
        self, values: Array, x: Array, touched: BoolArray, cells: Cells, rng: np.random.Generator
    ) -> Array:
        """Return the states of programmed cells; the others keep every bit, stuck ones too."""
        for effect in self.effects:
            x = effect.settled(x, cells, rng)
        return np.where(touched & self.is_free(cells), self.state(x), values)

    def is_free(self, cells: Cells) -> Any:
        """Tell which cells anything can move."""
        free: Any = True
        for effect in self.effects:
            free = free & effect.is_free(cells)
        return free

    def _warn_of(self, fate: Array, is_free: Any) -> None:
        """Say why cells were left short; Python's filters show each sentence once per layer."""
        assert self.pulses is not None
        for kind, words in WORDS.items():
            if ((fate == kind) & is_free).any():
                told = words.format(name=self.name, response=type(self.pulses.response).__name__)
                warn(told, MissedTargetWarning)


def _is_idle(x: Array, goal: Array, cells: Stepping) -> BoolArray:
    """Tell for which cells no pulse is of use, from where they stand."""
    return outlook(x, goal, cells).is_idle(goal - x, cells.nominal(x, goal > x))


def _sums(found: Programmed, counts: Array, fate: Array) -> dict[str, float]:
    pulses = counts[:2]
    return {
        "pulses_up": int(pulses.sum(where=pulses > 0)),
        "pulses_down": -int(pulses.sum(where=pulses < 0)),
        "reads": int(counts[2].sum()),
        "energy": found.energy,
        "missed": int((fate != REACHED).sum()),
        "out_of_reach": int((fate == OUT_OF_REACH).sum()),
        "unmoved": int((fate == UNMOVED).sum()),
    }
