"""Operating points of circuits of several dense layers: layers settle in turn, all samples at once.

The unknowns are split in two sides, as in `partition`; nodes of one side couple to nothing among
themselves, or to little. With the voltages of one side held, every node of the other one balances
alone: one equation of one unknown, whose residual rises with it. A sweep lets the first side
settle, then the rest; all that it multiplies are the conductances between layers and the voltages
of the whole batch. Sweeps alone converge, as slowly as a layer follows the next one; mixing the
last ones, a few are enough.

Source:
    Ortega and Rheinboldt 2000, Iterative Solution of Nonlinear Equations in Several Variables,
    section 13.5 (nonlinear Gauss-Seidel iterations for M-functions).
"""

from typing import final

import numpy as np

from ebana_core.arrays import (
    DOUBLE,
    Array,
    BoolArray,
    IntArray,
    anywhere,
    everywhere,
    namespace,
    put_rows,
    rows,
)
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.phase_solver import Left, PhaseSolver
from ebana_core.backends.native.solvers.lone_nodes import Inflow, LoneNodes, Phase
from ebana_core.backends.native.solvers.mixing import Mixing
from ebana_core.backends.native.solvers.products import products_of

MOST_SWEEPS = 200
STALLED = 8
"""Sweeps in which the way of the rest has not halved, after which other methods are tried."""
NEAR = 1e-2
"""Way of a sweep relative to the voltages from which on products are in full precision, and what
rounding may leave of them is reckoned."""
WORTH = 10_000
"""Entries of a matrix from which on products in float32 are worth a copy of it."""
AT_ONCE = 128
"""Samples that sweep together: with more, what NumPy makes of them leaves the processor's cache."""
GROWN = 2.0
"""Way of a sweep over the shortest one before, above which mixing begins anew: nodes that reach a
bound or begin to conduct make what it remembers wrong."""


@final
class Layered(PhaseSolver):
    """Solves whole phases by sweeps, at one set of parameters.

    Args:
        linear: The linear part.
        devices: The nonlinear branches, none of which joins two unknowns, nor may its current fall.
        weights: Stage weight of each unknown.
        library: Of the arrays.
    """

    def __init__(
        self,
        linear: LinearPart,
        devices: tuple[DeviceArray, ...],
        weights: Array,
        library: ArrayLibrary,
    ) -> None:
        n_first, n = linear.diagonal.shape[0], linear.own.shape[0]
        own = namespace(linear.inner).linalg.diagonal(linear.inner)
        self.weights = abs(weights[n_first:] * own)
        self.first = LoneNodes(slice(0, n_first), linear.diagonal, devices, library)
        self.rest = LoneNodes(slice(n_first, n), own, devices, library)
        self.exact = products_of(linear, weights)
        is_long = linear.precision is DOUBLE and n_first * (n - n_first) >= WORTH
        self.rough = self.exact.single() if is_long else self.exact
        self.sizes = self.rough.sizes()

    def takes(self, phase: Equations, n_samples: int) -> bool:
        return True

    def solve(self, phase: Equations, x: Array, max_iterations: int) -> Left:
        del max_iterations  # sweeps have a bound of their own
        assert isinstance(phase, FreePhase | NudgedPhase)
        xp, n_samples = namespace(x), x.shape[0]
        each = AT_ONCE if xp is np else n_samples
        left = []
        for first in range(0, n_samples, each):
            numbers = xp.arange(first, min(first + each, n_samples), device=x.device)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                batch = _Batch(self, phase.part(numbers), x, numbers)
                for _ in range(MOST_SWEEPS):
                    batch.leave(batch.sweep())
                    if batch.is_over:
                        break
                    batch.mix()
            left.append(batch.active)
        return Left(xp.concat(left))


class _Batch:
    """Samples that are being solved.

    Args:
        circuit: What solves them.
        phase: Their equations.
        x: Where solved ones are written.
        active: Their numbers in `x`.

    Attributes:
        active: Numbers of those that are not solved yet.
        is_over: None is left, or other methods have to be tried.
    """

    def __init__(self, circuit: Layered, phase: Phase, x: Array, active: IntArray) -> None:
        xp, own = namespace(x), rows(x, active)
        self._circuit, self._phase, self._x, self.active = circuit, phase, x, active
        self.is_over = False
        self._first = own[:, circuit.first.place]
        self._rest = self._moved = own[:, circuit.rest.place]
        self._best = xp.full(own.shape[0], np.inf, dtype=x.dtype, device=x.device)
        self._stalled = xp.zeros(own.shape[0], dtype=xp.int64, device=x.device)
        self._mixing = Mixing(self._rest, circuit.weights)
        self._products = circuit.rough
        self._sizes: tuple[Array, Array] | None = None
        self._is_at_rest = not anywhere(self._rest != 0)  # then it drives nothing at first
        if not self._is_at_rest:  # a start that is near: the first sweep may tell that it balances
            self._sizes, self._products = self._reckoned(), circuit.exact

    @property
    def _samples(self) -> IntArray:
        """Numbers of the active samples among those of the phase, which holds no others."""
        active = self.active
        result: IntArray = namespace(active).arange(active.shape[0], device=active.device)
        return result

    def sweep(self) -> BoolArray:
        """Let the first side settle, see where the rest would then; tell what is not solved.

        A sample is solved where the first side, and the rest as it was before, balance.
        """
        circuit, driven = self._circuit, self._phase.at_rest
        current = -driven[:, circuit.first.place]
        if not self._is_at_rest:
            current = current + self._products.into_first(self._rest)
        self._is_at_rest = False
        inflow = Inflow(current, self._sizes and self._sizes[0])
        first = circuit.first.settled(self._phase, self._samples, self._first, inflow)
        current = self._products.into_rest(first.x, self._rest) - driven[:, circuit.rest.place]
        inflow = Inflow(current, self._sizes and self._sizes[1])
        rest = circuit.rest.settled(self._phase, self._samples, self._rest, inflow)
        self._first, self._moved = first.x, rest.x
        is_open: BoolArray = ~((first.after <= 1) & (rest.before <= 1))
        return is_open

    def leave(self, is_open: BoolArray) -> None:
        """Write samples that are solved, and go on with the others."""
        if everywhere(is_open):
            return
        xp, solved = namespace(self._x), ~is_open
        solution = xp.concat([self._first[solved], self._rest[solved]], axis=1)
        put_rows(self._x, self.active[solved], solution)
        self._phase = self._phase.part(self._samples[is_open])
        self.active = self.active[is_open]
        self.is_over = not self.active.shape[0]
        self._first, self._rest = self._first[is_open], self._rest[is_open]
        self._moved, self._best = self._moved[is_open], self._best[is_open]
        self._stalled = self._stalled[is_open]
        self._sizes = self._sizes and (self._sizes[0][is_open], self._sizes[1][is_open])
        self._mixing.keep(is_open)

    def mix(self) -> None:
        """Choose voltages of the rest for the next sweep."""
        xp, weights, step = namespace(self._x), self._circuit.weights, self._moved - self._rest
        way = xp.sqrt((step**2) @ weights)
        if self._sizes is None:
            whole = xp.sqrt((self._rest**2) @ weights)
            # From here on most samples would follow the rounding of rough products.
            if 2 * int(xp.count_nonzero(way <= NEAR * whole)) >= way.shape[0]:
                self._sizes, self._products = self._reckoned(), self._circuit.exact
                self._mixing.change_map()
        self._stalled = xp.where(way < 0.5 * self._best, 0, self._stalled + 1)
        self.is_over = anywhere(self._stalled >= STALLED)
        is_astray = ~(way < GROWN * self._best)
        if anywhere(is_astray):
            self._mixing.forget(is_astray)
        self._best = xp.minimum(self._best, way)
        ahead = self._mixing.next(self._rest, step)
        self._rest = self._circuit.rest.bounded(self._phase, self._samples, ahead)

    def _reckoned(self) -> tuple[Array, Array]:
        """Return the sums of the absolute terms of what drives either side, A."""
        first, rest, driven = abs(self._first), abs(self._rest), abs(self._phase.at_rest)
        products, circuit = self._circuit.sizes, self._circuit
        return (
            driven[:, circuit.first.place] + products.into_first(rest),
            driven[:, circuit.rest.place] + products.into_rest(first, rest),
        )
