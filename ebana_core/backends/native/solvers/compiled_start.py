"""The search for operating points of blocks in compiled code, up to the last step."""

from collections.abc import Callable, Sequence
from typing import final

import attrs
import numpy as np
from scipy.sparse import coo_array

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.limited_steps import MOST_STEPS
from ebana_core.backends.native.sparse_linear import SparseLinearPart, product
from ebana_core.backends.native.terminal_arrays import TerminalArray, inverse_of
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian, slope_ratios
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.tables import (
    DIODE_ENDS,
    DIODE_NUMBERS,
    TRANSISTOR_ENDS,
    TRANSISTOR_NUMBERS,
    Table,
    Tables,
)

OF_DIODES = [(0, 0), (0, 1), (1, 0), (1, 1)]
"""Ends between which a diode has slopes: current and voltage."""
DIODE_STATES, TRANSISTOR_STATES = 3, 2
"""Numbers that tell where the junctions of a device were evaluated."""
OF_TRANSISTORS = [(a, b) for a in (0, 2, 3) for b in range(4) if (a, b) != (3, 1)]
"""The same of a transistor; nothing flows into its gate, whose voltage moves no bulk current."""


@final
@attrs.frozen(eq=False)
class Led:
    """What compiled code made of samples.

    Args:
        left: Numbers of those that it did not lead to their points; they are zero still.
        open: Numbers of those of whose currents more than rounding is left, or may be.
        is_stable: Those whose points are known to be stable. Shape ``(n_samples,)``.
    """

    left: IntArray
    open: IntArray
    is_stable: BoolArray


@final
class CompiledStart:
    """Where Newton's method begins, by limited steps in compiled code, at one set of parameters.

    Args:
        plan: Pattern and pivots.
        factors: Of the plan.
        linear: The linear part.
        known: The devices, each with its tables.
    """

    def __init__(
        self,
        plan: TerminalJacobian,
        factors: Factors,
        linear: SparseLinearPart,
        known: Sequence[tuple[TerminalArray, Tables]],
    ) -> None:
        from ebana_core.backends.native.solvers.limited_kernel import limited_steps

        self._kernel = limited_steps
        entries = np.zeros(len(plan.pattern))
        entries[plan.of_linear] = linear.entries[plan.linear_entries]
        self._still, driven = np.zeros((1, len(linear.own))), []
        for (array, _), (within, incidence) in zip(known, plan.wired, strict=True):
            state = array.law.linear_at(np.zeros((1, *array.nodes.shape)), array.values)
            between, amounts = state.slopes.places, state.slopes.amounts[0]
            entries += incidence.of((amounts * slope_ratios(array, between))[within])
            array.add_currents(self._still, state.currents)
            inverse = inverse_of(array.scale)[:, between.rows]
            rows, columns = array.places[:, between.rows], array.nodes[:, between.columns]
            is_driven = inverse != 0
            driven.append(((amounts * inverse)[is_driven], rows[is_driven], columns[is_driven]))
        amounts, rows, columns = (np.concatenate(part) for part in zip(*driven, strict=True))
        shape = (len(linear.own), len(linear.scale))
        self._driven = coo_array((amounts, (rows, columns)), shape=shape).tocsr()
        self._entries = entries, plan.pattern.rows, plan.pattern.columns, factors.entries
        self._pattern = factors.pattern
        self._order = factors.rows, factors.columns
        massive = np.flatnonzero(plan.masses)
        self._masses = plan.masses[massive], factors.entries[plan.pattern.find(massive, massive)]
        find = _finder(plan, factors)
        self._diodes = _Wired(
            [(a, t.diodes) for a, t in known],
            OF_DIODES,
            DIODE_ENDS,
            DIODE_NUMBERS,
            DIODE_STATES,
            find,
        )
        self._transistors = _Wired(
            [(a, t.transistors) for a, t in known],
            OF_TRANSISTORS,
            TRANSISTOR_ENDS,
            TRANSISTOR_NUMBERS,
            TRANSISTOR_STATES,
            find,
        )
        # Machine code is made at the first call, here, where no search is short of time.
        self._run(0, np.zeros((0, len(linear.own))), np.zeros((0, len(linear.scale))))

    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        """Lead samples to their operating points, or near them.

        Args:
            phase: The equations.
            x: Zeros, or unknowns that are near; overwritten, V.
            max_iterations: Steps after which a sample is left.
            is_near: Begin where `x` is; a few steps are taken.
        """
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
        constant = np.ascontiguousarray(self._still + driven + product(self._driven, offsets))
        self._kernel(
            min(MOST_STEPS, max_iterations),
            x,
            found,
            constant,
            np.abs(constant),
            self._entries,
            self._pattern,
            self._order,
            self._diodes.at(offsets),
            self._transistors.at(offsets),
            self._masses,
            signs,
        )
        return found, signs


def known_tables(
    terminals: Sequence[TerminalArray],
) -> Sequence[tuple[TerminalArray, Tables]] | None:
    """Return devices with their tables; None: compiled code does not know all, or none bends."""
    if not any(array.law.n_junctions for array in terminals):
        return None
    found = [(array, array.law.tables) for array in terminals]
    known = [(array, tables) for array, tables in found if tables is not None]
    return known if len(known) == len(found) else None


Find = Callable[[IntArray, IntArray], IntArray]
"""Rows and columns of the Jacobian to entries of the factors; -1 where one of them is fixed."""


def _finder(plan: TerminalJacobian, factors: Factors) -> Find:
    n = plan.pattern.shape[0]

    def find(rows: IntArray, columns: IntArray) -> IntArray:
        within = (rows < n) & (columns < n)
        places = plan.pattern.find(np.where(within, rows, 0), np.where(within, columns, 0))
        # Where an end is fixed, the place of (0, 0) was asked for, which there may not be.
        held = np.minimum(places, len(plan.pattern) - 1)
        return np.where(within, factors.entries[held], -1)

    return find


class _Wired:
    """The elements of all devices, and where they stand in the circuit."""

    def __init__(
        self,
        tables: Sequence[tuple[TerminalArray, Table]],
        between: Sequence[tuple[int, int]],
        n_ends: int,
        n_numbers: int,
        n_states: int,
        find: Find,
    ) -> None:
        self._n_states = n_states
        # All arrays are in C order: machine code of another order would be made anew, for seconds.
        self._numbers = np.ascontiguousarray(
            np.concatenate(
                [np.zeros((0, n_numbers))]
                + [np.tile(table.numbers, (len(array.nodes), 1)) for array, table in tables]
            )
        )
        nothing = np.zeros((0, n_ends), dtype=np.intp)
        parts = [_ends(array, table) for array, table in tables]
        self._nodes = np.concatenate([nothing, *(nodes for nodes, _, _ in parts)])
        unknowns = np.concatenate([nothing, *(places for _, places, _ in parts)])
        scales = np.concatenate([np.zeros((0, n_ends)), *(scale for *_, scale in parts)])
        rows, columns = np.array(between).T
        self._wiring = (
            unknowns,
            scales,
            np.ascontiguousarray(find(unknowns[:, rows], unknowns[:, columns])),
            np.array(between),
            np.ascontiguousarray(scales[:, columns] / scales[:, rows]),
        )

    def at(
        self, offsets: Array
    ) -> tuple[Array, Array, tuple[IntArray, Array, IntArray, IntArray, Array], Array]:
        """Return the devices at node voltages without the unknowns."""
        voltages = np.ascontiguousarray(offsets[:, self._nodes])
        states = np.zeros((*voltages.shape[:2], self._n_states))
        return voltages, self._numbers, self._wiring, states


def _ends(array: TerminalArray, table: Table) -> tuple[IntArray, IntArray, Array]:
    """Return nodes, unknowns and scales of the ends of all elements; 1 where they are fixed."""
    is_ground = np.tile(table.terminals < 0, (len(array.nodes), 1))
    shape = (-1, table.terminals.shape[1])
    nodes, places, scale = (
        own[:, table.terminals].reshape(shape) for own in (array.nodes, array.places, array.scale)
    )
    fixed = is_ground | (scale == 0)
    n_unknowns = np.iinfo(np.intp).max
    return (
        np.where(is_ground, GROUND, nodes),
        np.where(fixed, n_unknowns, places),
        np.where(fixed, 1.0, scale),
    )
