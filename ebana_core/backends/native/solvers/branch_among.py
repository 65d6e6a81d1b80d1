"""Networks of transistors among other devices: the search for their points in compiled code.

The samples step together, so that the laws of diodes, and of whatever else has two terminals, are
asked once per step for all of them; all the rest is compiled.
"""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.assembly import added_by
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import rows_of
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.leader import Leader, Led
from ebana_core.backends.native.node_spans import places
from ebana_core.backends.native.solvers.branch_network import MOST_STEPS, BranchNetwork
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian

SHORT = 1e-3
"""Longest step, V, after which devices are evaluated where their nodes are, and not on a tangent
that touches nearer to the last one: so near the end none leads astray."""
AT_ONCE = 2_000_000
"""Numbers in the blocks of all samples that step together: more would leave the caches."""
Touched = Sequence[Array | None]
"""Where the tangents of every array touched before, V; None: this is the first time."""


@final
@attrs.frozen(eq=False)
class _Others:
    """What other devices conduct; see `branch_among_kernel.Others`."""

    currents: Array
    sizes: Array
    slopes: Array
    is_exact: BoolArray


@final
class BranchAmong(Leader):
    """Leads samples to their operating points, at one set of parameters.

    Args:
        network: The transistors, resistors and sources.
        plan: Its pattern.
        factors: Of the pattern; with ideal diodes each row is pivoted at its own unknown.
        devices: The nonlinear branches.
    """

    def __init__(
        self,
        network: BranchNetwork,
        plan: TerminalJacobian,
        factors: Factors,
        devices: tuple[DeviceArray, ...],
    ) -> None:
        from ebana_core.backends.native.solvers.branch_among_kernel import step_networks
        from ebana_core.backends.native.solvers.branch_steps import TOLERATED

        self._step, self._tolerated = step_networks, TOLERATED
        self._network, self._devices = network, devices
        self._row_of = np.argsort(factors.rows)
        ends = [places(end.unknowns) for array in devices for end in array.terminals]
        self._touched = np.unique(np.concatenate([np.zeros(0, dtype=np.intp), *ends]))
        pairs = [array.pairs for array in devices if array.coupled.shape[0]]
        found = [plan.pattern.find(rows, columns) for rows, columns in pairs]
        found.append(plan.pattern.find(self._touched, self._touched))
        self._places = factors.entries[np.concatenate(found)]

    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        if not is_near:
            x[:] = self._network.start(phase.offsets)[:, None]
        found, signs = np.zeros(len(x), dtype=np.intp), np.zeros(len(x))
        carried = np.zeros(x.shape)
        step = max(1, AT_ONCE // max(1, self._network.blocks.size))
        for first in range(0, len(x), step):
            # Slices of C-ordered rows, which are written to.
            part = slice(first, first + step)
            written = x[part], found[part], signs[part], carried[part]
            own = phase.part(np.arange(len(x))[part])
            self._lead_together(own, *written, min(MOST_STEPS, max_iterations), is_near=is_near)
        left = np.flatnonzero(found != 2)
        x[left] = 0.0
        return Led(left, left, signs > 0, None if phase.limits is None else carried)

    def _lead_together(
        self,
        phase: FreePhase,
        x: Array,
        found: IntArray,
        signs: Array,
        carried: Array,
        most: int,
        *,
        is_near: bool,
    ) -> None:
        """Lead some samples; see `branch_among_kernel.step_networks`.

        Args:
            phase: The equations of these samples.
            x: Unknowns, V; overwritten.
            found: Written.
            signs: Written.
            carried: Written.
            most: Steps after which samples are left.
            is_near: See `Leader.lead`.
        """
        own, active, lengths = self._network, np.arange(len(x)), np.zeros(len(x))
        blocks = np.repeat(own.blocks[None], len(x), axis=0)
        lanes = own.branches(blocks, phase.offsets)
        limits, none = phase.limits, np.zeros((0, 0))
        lower, upper = (none, none) if limits is None else (limits.lower, limits.upper)
        bounds = np.ascontiguousarray(lower), np.ascontiguousarray(upper), self._row_of
        driven = np.ascontiguousarray(phase.driven)
        touched: Touched = [None] * len(self._devices)
        near = np.full(len(x), is_near)
        for count in range(most):
            others, touches = self._others(phase, x[active], active, touched, near)
            self._step(
                active,
                x,
                found,
                lengths,
                carried,
                driven,
                own.linear,
                lanes,
                (others.currents, others.sizes, others.slopes, self._places, others.is_exact),
                bounds,
                own.pattern,
                own.order,
                own.masses,
                signs,
                count == 0,
            )
            steps = found[active] == 1
            active, touched = active[steps], [there[steps] for there in touches]
            near = lengths[active] <= SHORT
            if not len(active):
                break

    def _others(
        self, phase: FreePhase, x: Array, samples: IntArray, touched: Touched, near: BoolArray
    ) -> tuple[_Others, Sequence[Array]]:
        """Return what other devices conduct, and where their tangents touch.

        Args:
            phase: The equations.
            x: Unknowns of the samples, V.
            samples: Which.
            touched: See `Touched`.
            near: Samples whose devices are evaluated where their nodes are.
        """
        currents, sizes = np.zeros_like(x), np.zeros_like(x)
        is_exact, slopes, touches = np.ones(len(x), dtype=bool), [], []
        with np.errstate(over="ignore", invalid="ignore"):
            for k, (array, before) in enumerate(zip(self._devices, touched, strict=True)):
                drop = rows_of(phase.drops[k], samples) + array.drops(x)
                touch, there = array.law.near(drop, before, array.values)
                there = np.where(near[:, None], drop, there)
                current, slope = array.law.current_and_slope(there, array.values)
                ahead = drop - there
                size = abs(slope) * (rows_of(phase.sizes[k], samples) + array.sizes(x))
                for end in array.terminals:
                    end.add_currents(currents, current + slope * ahead)
                    end.add_sizes(sizes, size)
                is_exact &= (ahead == 0).all(axis=1)
                slopes.append(slope)
                touches.append(touch)
        added = added_by(self._devices, slopes, x)
        beside = [entries.amounts for entries in added.entries]
        amounts = np.concatenate([*beside, added.own[:, self._touched]], axis=1)
        sizes += self._tolerated * abs(currents)
        return _Others(currents, sizes, np.ascontiguousarray(amounts), is_exact), touches
