"""Networks of transistors that are branches: the search for their points in compiled code."""

from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.leader import Leader, Led
from ebana_core.backends.native.solvers.branch_network import MOST_STEPS, BranchNetwork

SHORTER = 0.03
"""Length of a step over that of the one before up to which old factors are good enough."""
CHEAP = 40
"""Multiplications of a factorisation for each device up to which every step has its own."""
MOST_COMPARED = 30_000_000
"""Multiplications that may look for the nearest one of the samples before."""


@final
class BranchStart(Leader):
    """Leads samples to their operating points, at one set of parameters.

    Args:
        network: The circuit, which has no other devices.
        factors: Of its pattern.
    """

    def __init__(self, network: BranchNetwork, factors: Factors) -> None:
        from ebana_core.backends.native.solvers.branch_steps import solve_networks

        self._solve, self._network = solve_networks, network
        is_cheap = factors.operations <= CHEAP * network.n_devices
        self._shorter = 0.0 if is_cheap else SHORTER
        # Machine code is made at the first call, here, where no search is short of time.
        n, n_nodes = len(factors.rows), int(network.nodes.max(initial=0)) + 1
        self._run(0, np.zeros((0, n)), np.zeros((0, n_nodes)), np.zeros((0, n)))

    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        if not is_near:
            x[:] = self._network.start(phase.offsets)[:, None]
        found, signs = self._run(max_iterations, x, phase.offsets, phase.driven, is_near=is_near)
        left = np.flatnonzero(found == 0)
        x[left] = 0.0
        return Led(left, left, signs > 0)

    def _nearest(self, offsets: Array) -> IntArray:
        """Return the sample before each whose sources are nearest to its own; -1 for the first."""
        chosen = self._network.fixed
        if len(offsets) ** 2 * chosen.size > MOST_COMPARED:
            return np.arange(len(offsets)) - 1
        fixed = offsets[:, chosen]
        squares = (fixed**2).sum(axis=1)
        apart = squares - 2 * fixed @ fixed.T
        apart[np.triu_indices(len(fixed))] = np.inf
        nearest: IntArray = apart.argmin(axis=1) if len(fixed) else np.zeros(0, dtype=np.intp)
        nearest[:1] = -1
        return nearest

    def _run(
        self,
        max_iterations: int,
        x: Array,
        offsets: Array,
        driven: Array,
        *,
        is_near: bool = False,
    ) -> tuple[IntArray, Array]:
        own = self._network
        found, signs = np.zeros(len(x), dtype=np.intp), np.zeros(len(x))
        # With several points, one sample could lead the next one astray.
        follows = own.has_one_point and not is_near
        before = self._nearest(offsets) if follows else np.full(len(x), -1)
        self._solve(
            min(MOST_STEPS, max_iterations),
            x,
            found,
            np.ascontiguousarray(driven),
            own.linear,
            own.branches(own.blocks.copy(), offsets),
            own.pattern,
            own.order,
            own.masses,
            signs,
            before,
            self._shorter,
        )
        return found, signs
