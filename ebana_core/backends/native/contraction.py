"""Ideal sources inside of blocks, taken out of the equations: the nodes at them follow others.

The ammeter behind a port, or a source of a bias, adds a node and a current to the unknowns. Both
leave the equations exactly: the node's voltage is that of the node at the source's other end and a
constant, so that the currents of both nodes add up at one of them. What flows through the source
is what then is left at the node that follows.
"""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors import Pattern
from ebana_core.circuit.graph import components

SAME = 1e-12
"""Relative difference of products of factors that are inverse to each other, by rounding."""


@attrs.frozen(eq=False)
class Level:
    """Sources whose one end is known, once those of the levels before are.

    Args:
        currents: Unknown of each source's current. Shape ``(n,)``.
        parents: Unknown of the end that is known; the number of unknowns where it is fixed.
        children: Unknown of the end that follows.
        entries: Places in the pattern of (current, parent), (current, child), (parent, current)
            and (child, current); those with a fixed parent count for nothing.
    """

    currents: IntArray
    parents: IntArray
    children: IntArray
    entries: tuple[IntArray, IntArray, IntArray, IntArray]


@final
class Contraction:
    """Which unknowns follow which others through ideal sources, by the pattern of a Jacobian.

    Args:
        pattern: Of the Jacobian.
        is_current: Which unknowns are currents of devices.

    Attributes:
        levels: The sources; what closes a loop of them stays an unknown.
        kept: The unknowns that stay.
        place: Number among those of what each unknown follows, ``len(kept)`` where that is fixed;
            one place more, for what is fixed already. Currents that left follow what is fixed.
        left: Whether an unknown is a current that left. Shape ``(n,)``.
        follows: Whether it follows another one, or what is fixed. Same shape.
        is_end: Whether it is at an end of a source that left. Same shape.
        pattern: Of the Jacobian by the unknowns that stay.
    """

    def __init__(self, pattern: Pattern, is_current: BoolArray) -> None:
        n = self._n = pattern.shape[0]
        self.levels = _levels(pattern, is_current)
        self.left, self.follows, is_end = (np.zeros(n + 1, dtype=bool) for _ in range(3))
        root = np.arange(n + 1)
        for level in self.levels:
            self.left[level.currents] = True
            self.follows[level.children] = True
            is_end[level.parents] = is_end[level.children] = True
            root[level.children] = root[level.parents]
        self.left, self.follows, self.is_end = self.left[:n], self.follows[:n], is_end[:n]
        root[:n][self.left] = n
        self.kept = np.flatnonzero(root[:n] == np.arange(n))
        number = np.full(n + 1, len(self.kept))
        number[self.kept] = np.arange(len(self.kept))
        self.place = number[root]
        rows, columns = self.place[pattern.rows], self.place[pattern.columns]
        within = (rows < len(self.kept)) & (columns < len(self.kept))
        shape = len(self.kept), len(self.kept)
        self.pattern = Pattern(rows[within], columns[within], shape)
        self._terms = within

    def summed(self, amounts: Array) -> Array:
        """Return what amounts at the entries of the whole pattern add up to in the smaller one."""
        return self.pattern.summed(amounts[self._terms])

    def at(self, entries: Array) -> "Contracted | None":
        """Return by how much unknowns follow others; None where a source holds no node.

        Args:
            entries: Of the linear part, in the whole pattern.
        """
        gain, share = np.ones(self._n + 1), np.ones(self._n + 1)
        gain[-1] = share[-1] = 0.0
        factors = []
        for level in self.levels:
            is_fixed = level.parents == self._n
            own = [entries[places] for places in level.entries]
            by_parent, by_child = np.where(is_fixed, 0.0, own[0]), own[1]
            at_parent, at_child = np.where(is_fixed, 0.0, own[2]), own[3]
            if not by_child.all() or not at_child.all():
                return None
            gain[level.children] = -by_parent / by_child * gain[level.parents]
            share[level.children] = -at_parent / at_child * share[level.parents]
            factors.append((by_parent, by_child, at_parent, at_child))
        moves = self.place < len(self.kept)
        if not np.allclose((gain * share)[moves], 1.0, rtol=SAME, atol=0):
            return None
        return Contracted(self, gain, factors)


@final
@attrs.frozen(eq=False)
class Contracted:
    """How unknowns follow others at one set of parameters.

    Args:
        structure: Which ones.
        gain: d(unknown)/d(unknown that it follows), one place more than there are unknowns. What
            leaves it counts by the inverse there.
        factors: Of each level, the entries that `Level` lists.
    """

    structure: Contraction
    gain: Array
    factors: Sequence[tuple[Array, Array, Array, Array]]

    def constants(self, constant: Array) -> Array:
        """Return the unknowns while those that stay are 0 V. Shape ``(n_samples, n + 1)``, V.

        Args:
            constant: What is left of the equations where all unknowns are zero, ``(n_samples,
                n)``.
        """
        result = np.zeros((len(constant), constant.shape[1] + 1))
        for level, own in zip(self.structure.levels, self.factors, strict=True):
            fixed = constant[:, level.currents] + own[0] * result[:, level.parents]
            result[:, level.children] = -fixed / own[1]
        return result

    def spread(self, kept: Array, constants: Array) -> Array:
        """Return all unknowns, but for the currents that left: these are zero.

        Args:
            kept: The unknowns that stay. Shape ``(n_samples, n_kept)``.
            constants: See there.
        """
        padded = np.concatenate([kept, np.zeros((len(kept), 1))], axis=1)
        return np.asarray((padded[:, self.structure.place] * self.gain + constants)[:, :-1])

    @property
    def sources(self) -> tuple[IntArray, IntArray, IntArray, Array, Array]:
        """The sources, level after level; see `source_kernel`."""
        nothing: IntArray = np.zeros(0, dtype=np.intp)
        levels, factors = self.structure.levels, self.factors
        return (
            np.concatenate([nothing, *(level.currents for level in levels)]),
            np.concatenate([nothing, *(level.parents for level in levels)]),
            np.concatenate([nothing, *(level.children for level in levels)]),
            np.concatenate([np.zeros(0), *(own[2] for own in factors)]),
            np.concatenate([np.zeros(0), *(own[3] for own in factors)]),
        )


def _levels(pattern: Pattern, is_current: BoolArray) -> tuple[Level, ...]:
    """Return the sources, each once one of its ends is known."""
    n = pattern.shape[0]
    currents, one, other = _sources(pattern, is_current)
    degree = np.bincount(pattern.rows, minlength=n + 1)
    known = np.arange(n + 1) == n
    found: list[Level] = []
    while True:
        ready = np.flatnonzero(known[one] != known[other])
        if not len(ready):
            floating = ~known[one]
            if not floating.any():  # what is left closes loops
                return tuple(found)
            # One node of each group becomes the one that the others follow, a busy one.
            group = components(n + 1, [one[floating]], [other[floating]])
            ends = np.unique(np.concatenate([one[floating], other[floating]]))
            ends = ends[np.argsort(-degree[ends], kind="stable")]
            _, first = np.unique(group[ends], return_index=True)
            known[ends[first]] = True
            continue
        parents = np.where(known[one], one, other)
        children = np.where(known[one], other, one)
        _, first = np.unique(children[ready], return_index=True)
        taken = ready[first]
        found.append(_level(pattern, currents[taken], parents[taken], children[taken]))
        known[children[taken]] = True
        rest = np.setdiff1d(np.arange(len(one)), taken)
        currents, one, other = currents[rest], one[rest], other[rest]


def _level(pattern: Pattern, currents: IntArray, parents: IntArray, children: IntArray) -> Level:
    there = np.where(parents < pattern.shape[0], parents, children)
    entries = (
        pattern.find(currents, there),
        pattern.find(currents, children),
        pattern.find(there, currents),
        pattern.find(children, currents),
    )
    return Level(currents, parents, children, entries)


def _sources(pattern: Pattern, is_current: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the currents of ideal sources, and both ends of each, ``n`` where one is fixed.

    Such a current is in no equation but those of its ends, and its own equation holds no other
    unknown.
    """
    n = pattern.shape[0]
    rows, columns = pattern.rows, pattern.columns
    of_row, of_column = is_current[rows], is_current[columns]
    is_strange = np.zeros(n, dtype=bool)
    both = of_row & of_column
    is_strange[rows[both]] = is_strange[columns[both]] = True
    in_row, in_column = rows[of_row & ~both], columns[of_column & ~both]
    counts = np.bincount(in_row, minlength=n)
    is_source = is_current & ~is_strange & (counts > 0) & (counts <= 2)
    is_source &= counts == np.bincount(in_column, minlength=n)
    # The same ends by row as by column.
    ends = np.sort(columns[of_row & ~both] + n * in_row)
    mirrored = np.sort(rows[of_column & ~both] + n * in_column)
    for keys, others in ((ends, mirrored), (mirrored, ends)):
        is_source[np.unique(keys[~np.isin(keys, others)] // n)] = False
    currents = np.flatnonzero(is_source)
    own, place = np.divmod(ends, n)
    first = np.searchsorted(own, currents)
    last = np.searchsorted(own, currents, side="right") - 1
    one, other = place[first], place[last]
    return currents, one, np.where(first == last, n, other)
