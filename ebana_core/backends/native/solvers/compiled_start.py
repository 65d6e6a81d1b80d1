"""The search for operating points of blocks in compiled code, up to the last step."""

from collections.abc import Sequence
from typing import final

import numpy as np
from scipy.sparse import coo_array, csr_array

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.contraction import Contracted
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.leader import Leader, Led
from ebana_core.backends.native.limited_steps import MOST_STEPS
from ebana_core.backends.native.solvers.compiled_wiring import WiredElements, finder
from ebana_core.backends.native.sparse_linear import SparseLinearPart, product
from ebana_core.backends.native.terminal_arrays import TerminalArray, inverse_of
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian, slope_ratios
from ebana_core.laws.tables import DIODE_NUMBERS, TRANSISTOR_NUMBERS, Tables

OF_DIODES = [(0, 0), (0, 1), (1, 0), (1, 1)]
"""Ends between which a diode has slopes: current and voltage."""
OF_TRANSISTORS = [(a, b) for a in (0, 2, 3) for b in range(4) if (a, b) != (3, 1)]
"""The same of a transistor; nothing flows into its gate, whose voltage moves no bulk current."""
DIODE_STATES, TRANSISTOR_STATES = 3, 2
"""Numbers that tell where the junctions of an element were evaluated."""


@final
class CompiledStart(Leader):
    """Where Newton's method begins, by limited steps in compiled code, at one set of parameters.

    Nodes that follow others through ideal sources inside of devices, ammeters among them, are no
    unknowns of the search; the currents of these sources are found at its end.

    Args:
        plan: Pattern and pivots.
        factors: Of the unknowns that stay.
        contracted: How the others follow them.
        linear: The linear part.
        entries: See `linear_entries`.
        known: The devices, each with its tables.
        is_examined: Stability is asked for.
    """

    def __init__(
        self,
        plan: TerminalJacobian,
        factors: Factors,
        contracted: Contracted,
        linear: SparseLinearPart,
        entries: Array,
        known: Sequence[tuple[TerminalArray, Tables]],
        *,
        is_examined: bool,
    ) -> None:
        from ebana_core.backends.native.solvers.limited_kernel import limited_steps
        from ebana_core.backends.native.solvers.source_kernel import set_currents

        self._kernel, self._set_currents = limited_steps, set_currents
        self._sources = contracted.sources
        self._contracted, structure = contracted, contracted.structure
        self._still, self._driven = _driven(linear, [array for array, _ in known])
        self._pattern, self._order = factors.pattern, (factors.rows, factors.columns)
        find = finder(structure.pattern, factors)
        terms = _Terms(plan, contracted, entries)
        self._entries = terms.amounts, terms.rows, terms.columns, find(terms.rows, terms.columns)
        self._summed, self._whole = terms.summed, terms.at_ends
        self._sizes = abs(self._summed)
        sums = np.bincount(structure.place[:-1], plan.masses, len(structure.kept) + 1)[:-1]
        massive = np.flatnonzero(sums) if is_examined else np.zeros(0, dtype=np.intp)
        masses = np.asarray(sums[massive], dtype=np.float64)
        self._masses = masses, find(massive, massive)
        self._diodes = WiredElements(
            [(a, t.diodes) for a, t in known],
            OF_DIODES,
            DIODE_NUMBERS,
            DIODE_STATES,
            contracted,
            find,
        )
        self._transistors = WiredElements(
            [(a, t.transistors) for a, t in known],
            OF_TRANSISTORS,
            TRANSISTOR_NUMBERS,
            TRANSISTOR_STATES,
            contracted,
            find,
        )
        # Machine code is made at the first call, here, where no search is short of time.
        self._run(0, np.zeros((0, len(linear.own))), np.zeros((0, len(linear.scale))))

    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        # Linear elements are affine in the voltages that sources set.
        found, signs = self._run(max_iterations, x, phase.offsets, phase.driven, is_near=is_near)
        left = np.flatnonzero(found == 0)
        x[left] = 0.0
        return Led(left, np.flatnonzero(found < 2), signs > 0)

    def _run(
        self,
        max_iterations: int,
        x: Array,
        offsets: Array,
        driven: Array | float = 0.0,
        *,
        is_near: bool = False,
    ) -> tuple[IntArray, Array]:
        found, signs = np.full(len(x), is_near, dtype=np.intp), np.zeros(len(x))
        contracted, kept = self._contracted, self._contracted.structure.kept
        constant = np.ascontiguousarray(self._still + driven + product(self._driven, offsets))
        constants = contracted.constants(constant)
        diodes, all_diodes = self._diodes.at(offsets, constants)
        transistors, all_transistors = self._transistors.at(offsets, constants)
        terms = np.concatenate([constant, constants[:, :-1]], axis=1)
        stays = np.ascontiguousarray(x[:, kept])
        self._kernel(
            min(MOST_STEPS, max_iterations),
            stays,
            found,
            product(self._summed, terms),
            product(self._sizes, np.abs(terms)),
            self._entries,
            self._pattern,
            self._order,
            diodes,
            transistors,
            self._masses,
            signs,
        )
        x[:] = contracted.spread(stays, constants)
        self._set_currents(
            x,
            constant,
            np.abs(constant),
            self._whole,
            all_diodes,
            all_transistors,
            self._sources,
        )
        return found, signs


def linear_entries(
    plan: TerminalJacobian, linear: SparseLinearPart, terminals: Sequence[TerminalArray]
) -> Array:
    """Return the entries of all that is linear, in the pattern of the Jacobian, S."""
    entries = np.zeros(len(plan.pattern))
    entries[plan.of_linear] = linear.entries[plan.linear_entries]
    for array, (within, incidence) in zip(terminals, plan.wired, strict=True):
        slopes = array.law.linear_at(np.zeros((1, *array.nodes.shape)), array.values).slopes
        entries += incidence.of((slopes.amounts[0] * slope_ratios(array, slopes.places))[within])
    return entries


def known_tables(
    terminals: Sequence[TerminalArray],
) -> Sequence[tuple[TerminalArray, Tables]] | None:
    """Return devices with their tables; None: compiled code does not know all, or none bends."""
    if not any(array.law.n_junctions for array in terminals):
        return None
    found = [(array, array.law.tables) for array in terminals]
    known = [(array, tables) for array, tables in found if tables is not None]
    return known if len(known) == len(found) else None


def _driven(
    linear: SparseLinearPart, terminals: Sequence[TerminalArray]
) -> tuple[Array, csr_array]:
    """Return what linear elements of devices draw at 0 V, A, and for each fixed voltage, S."""
    still, driven = np.zeros((1, len(linear.own))), []
    for array in terminals:
        state = array.law.linear_at(np.zeros((1, *array.nodes.shape)), array.values)
        between, amounts = state.slopes.places, state.slopes.amounts[0]
        array.add_currents(still, state.currents)
        inverse = inverse_of(array.scale)[:, between.rows]
        rows, columns = array.places[:, between.rows], array.nodes[:, between.columns]
        is_driven = inverse != 0
        driven.append(((amounts * inverse)[is_driven], rows[is_driven], columns[is_driven]))
    amounts, rows, columns = (np.concatenate(part) for part in zip(*driven, strict=True))
    shape = (len(linear.own), len(linear.scale))
    return still, coo_array((amounts, (rows, columns)), shape=shape).tocsr()


class _Terms:
    """The linear part by the unknowns that stay.

    Attributes:
        amounts: Its entries, S.
        rows: Unknown that stays of the row of each.
        columns: Likewise of its column.
        summed: Matrix that makes their currents of the currents of all unknowns at zero, and of
            the voltages that others have while those that stay are zero.
        at_ends: Entries, rows, columns of all unknowns, at the ends of sources that left; and
            places among factors that there are not.
    """

    def __init__(self, plan: TerminalJacobian, contracted: Contracted, entries: Array) -> None:
        own, gain, n = contracted.structure, contracted.gain, len(plan.masses)
        used = np.flatnonzero(
            (entries != 0) & ~own.left[plan.pattern.rows] & ~own.left[plan.pattern.columns]
        )
        rows, columns, amounts = plan.pattern.rows[used], plan.pattern.columns[used], entries[used]
        at_row, at_column, n_kept = own.place[rows], own.place[columns], len(own.kept)
        moves = at_row < n_kept
        shared = np.where(moves, amounts / np.where(gain[rows] == 0, 1.0, gain[rows]), 0.0)
        within = moves & (at_column < n_kept)
        self.amounts = (shared * gain[columns])[within]
        self.rows, self.columns = at_row[within], at_column[within]
        stays = np.flatnonzero(own.place[:-1] < n_kept)
        held = moves & own.follows[columns]
        terms = np.concatenate([1 / gain[stays], shared[held]])
        places = np.concatenate([own.place[stays], at_row[held]])
        sources = np.concatenate([stays, n + columns[held]])
        self.summed = coo_array((terms, (places, sources)), shape=(n_kept, 2 * n)).tocsr()
        ended = own.is_end[rows]
        nowhere = np.zeros(int(ended.sum()), dtype=np.intp)
        self.at_ends = amounts[ended], rows[ended], columns[ended], nowhere
