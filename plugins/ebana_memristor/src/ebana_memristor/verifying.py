"""Pulsing and reading cells in turn: how long that goes on, and why cells are given up."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_memristor.controller import (
    OUT_OF_REACH,
    REACHED,
    SHORT,
    UNMOVED,
    Counts,
    Programmed,
    lengths,
    pulsed,
)
from ebana_memristor.programming import ACROSS
from ebana_memristor.stepping import Stepping

BEYOND_WISH, MORE = 4, 10
"""Pulses that a verified cell may have: a multiple of its wish in steps, and some more. Steps of a
quarter of the nominal size are rare (4.6 standard deviations of a spread of 0.3)."""
USEFUL = 0.5
"""Share of the remaining distance that a pulse must cover near a goal that is out of reach."""
PATIENCE, ANSWER = 10, 0.1
"""Pulses in a row that must move a reading by this share of what the response says of them."""


@final
@attrs.frozen(eq=False)
class Outlook:
    """The prospects of cells in a row: how far more pulses can bring them.

    A goal is out of reach if steps shrink towards it so much that by the response alone more
    pulses are needed than cross the middle of the window twice: at the end of a device with soft
    bounds, beyond the threshold of a filament.

    Args:
        is_beyond: Whose goals are out of reach.
        near: How near to such a goal pulses are of use, 0 to 1 of the window.
        most: Pulses that each may have.
    """

    is_beyond: BoolArray
    near: Array
    most: Counts

    def is_idle(self, left: Array, nominal: Array) -> BoolArray:
        """Tell for which cells another pulse is of no use.

        Args:
            left: Distance from the goals. Shape ``(n,)``.
            nominal: Steps of the response. Same shape.
        """
        is_slow = (np.abs(left) <= self.near) & (nominal < USEFUL * np.abs(left))
        return (nominal <= 0) | (self.is_beyond & is_slow)


def outlook(x: Array, goal: Array, cells: Stepping) -> Outlook:
    """Return what pulses can do for cells that stand at x and are wished to a goal."""
    pace, is_up = cells.pulses.response.pace, goal > x
    here, there = cells.nominal(x, is_up), cells.nominal(goal, is_up)
    shrinks, length = there < here, lengths(x, goal, cells)
    # Steps that change in proportion to the way: the integral of one over the step.
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(shrinks, length * np.log(here / there) * here / (here - there), length)
    is_beyond = shrinks & ~(needed <= ACROSS * pace.n_across)
    wished = np.where(is_beyond, length, needed)
    limit = cells.pulses.most_at(pace)
    most = np.minimum(np.rint(BEYOND_WISH * wished) + MORE, limit).astype(np.int64)
    return Outlook(is_beyond, np.where(is_up, pace.up, pace.down) / 2, most)


@final
@attrs.frozen(eq=False)
class Answers:
    """The changes of readings after the last pulses of each cell; its arrays change in place.

    Args:
        since: Readings before these pulses. Shape ``(n,)``, 0 to 1 of the window.
        expected: What the response says of these pulses, likewise.
        pulses: How many they are.
    """

    since: Array
    expected: Array
    pulses: Counts

    def add(self, active: BoolArray, nominal: Array) -> None:
        """Note a pulse of some cells."""
        self.expected[active] += nominal[active]
        self.pulses[active] += 1

    def is_silent(self, seen: Array, turned: BoolArray) -> BoolArray:
        """Tell which cells have not answered; those that have begin anew, as do turned ones."""
        is_full = self.pulses >= PATIENCE
        silent = is_full & ~turned & (np.abs(seen - self.since) < ANSWER * self.expected)
        anew = is_full | turned
        self.since[anew], self.expected[anew], self.pulses[anew] = seen[anew], 0.0, 0
        return silent


def verify_pulses(x: Array, goal: Array, cells: Stepping) -> Programmed:
    """Pulse and read cells until their readings have changed by what is wished, or are given up.

    Args:
        x: Where they stand, 0 to 1 of the window. Shape ``(n,)``.
        goal: Where they are wished to stand. Same shape.
        cells: How they answer.
    """
    view, wish, n = outlook(x, goal, cells), goal - x, len(x)
    counts, turns, places = np.zeros((2, n), np.int64), np.zeros(n, np.int64), np.arange(n)
    fate, is_open, is_up = np.full(n, REACHED), np.ones(n, np.bool_), wish > 0
    seen, nominal, energy = cells.seen(x), np.zeros(n), 0.0
    # The goal in terms of readings: what a cell misreads is in both of them.
    present, goal_seen = cells.disturbed(x, is_open), seen + wish
    reads, answers = np.ones(n, np.int64), Answers(seen.copy(), np.zeros(n), np.zeros(n, np.int64))
    while True:
        left = goal_seen - seen
        turned = is_open & ((left > 0) != is_up)
        turns += turned
        is_up = left > 0
        nominal[is_open] = cells.nominal(present[is_open], is_up[is_open])
        # Within half a step another pulse would lead past the goal; who has turned twice swings
        # about it.
        is_short = is_open & (np.abs(left) > nominal / 2) & (turns < 2)
        why = np.where(counts.sum(axis=0) >= view.most, SHORT, REACHED)
        why[answers.is_silent(seen, turned)] = UNMOVED
        why[view.is_idle(left, nominal)] = OUT_OF_REACH
        fate[is_short] = why[is_short]
        is_open = is_short & (why == REACHED)
        if not is_open.any():
            break
        present, more = pulsed(present, nominal[is_open], is_up, is_open, cells)
        energy += more
        counts[turns[is_open], places[is_open]] += 1
        answers.add(is_open, nominal)
        reads += is_open
        seen = np.where(is_open, cells.seen(present), seen)
        present[is_open] = cells.disturbed(present[is_open], is_open)
    # A goal out of reach that took all pulses was missed for that reason.
    fate[view.is_beyond & (fate == SHORT)] = OUT_OF_REACH
    signs = np.where(wish > 0, 1, -1)
    return Programmed(present, signs * counts[0], -signs * counts[1], reads, fate, energy)
