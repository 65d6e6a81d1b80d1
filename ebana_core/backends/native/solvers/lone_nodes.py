"""Nodes that couple to nothing among themselves: each one balances alone, all at once."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, anywhere, host, namespace
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.devices import DeviceArray, Terminal
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.node_spans import host_places
from ebana_core.backends.native.nudged_phase import NudgedPhase
from ebana_core.backends.native.residuals import worst_excess
from ebana_core.circuit.elements import selector

MOST_TRIALS = 100
"""Trials after which a node counts as one that does not balance: halving alone needs fewer."""
SLOW = 0.25
"""Share of the residual that a trial leaves at most, or the next one halves the interval instead:
down an exponential, Newton's steps leave 1/e of it."""
SHARE = 1e-3
"""Of the residual where they began that nodes may keep while their neighbours have not settled."""

Phase = FreePhase | NudgedPhase


@attrs.frozen(eq=False)
class Inflow:
    """What drives nodes at 0 V. Shapes ``(n_samples, n)``.

    Args:
        current: Into the nodes, A.
        size: What its rounding is relative to, the sum of its absolute terms, A; None: it is not
            known yet, and nothing can be said to balance.
    """

    current: Array
    size: Array | None


@attrs.frozen(eq=False)
class Balance:
    """The currents of nodes at trial voltages. Shapes ``(n_samples, n)``.

    Args:
        residual: Current that leaves a node less what flows in, A.
        slope: Its derivative by the node's own voltage, S.
        tolerance: Residual that may be left, A.
    """

    residual: Array
    slope: Array
    tolerance: Array


@attrs.frozen(eq=False)
class Settled:
    """Voltages at which nodes balance.

    Args:
        x: The voltages. Shape ``(n_samples, n)``, V.
        before: Worst residual of each sample over its tolerance, where they began.
            Shape ``(n_samples,)``; infinite where it is not known.
        after: The same, where they are.
    """

    x: Array
    before: Array
    after: Array


@attrs.frozen(eq=False)
class Bracket:
    """Voltages between which nodes balance. Shapes ``(n_samples, n)``, V."""

    low: Array
    high: Array

    @classmethod
    def around(cls, x: Array) -> "Bracket":
        """Return the bracket of which nothing is known."""
        high = namespace(x).full_like(x, np.inf)
        return cls(-high, high)

    def narrowed(self, x: Array, at: Balance, conductance: Array) -> "Bracket":
        """Return what a trial leaves of it: the residual rises by `conductance` at least."""
        xp, reach = namespace(x), x - at.residual / conductance
        # What overflows says its sign alone: the voltage is too far on its side of the last one.
        is_above = xp.where(xp.isfinite(at.residual), at.residual > 0, x > 0)
        low = xp.maximum(self.low, xp.where(is_above, reach, x))
        return Bracket(low, xp.minimum(self.high, xp.where(is_above, x, reach)))

    def kept(self, ahead: Array, is_slow: BoolArray) -> Array:
        """Return trial voltages within, the middle where steps leave it or are too slow."""
        is_good = (ahead >= self.low) & (ahead <= self.high) & ~is_slow
        result: Array = namespace(ahead).where(is_good, ahead, 0.5 * (self.low + self.high))
        return result


@final
class LoneNodes:
    """Nodes without couplings among them, at one set of parameters.

    Args:
        place: Their numbers among the unknowns.
        conductance: Of each one to what it is coupled to. Shape ``(n,)``, S.
        devices: All nonlinear branches of the circuit.
        library: Of the arrays.
    """

    def __init__(
        self,
        place: slice,
        conductance: Array,
        devices: Sequence[DeviceArray],
        library: ArrayLibrary,
    ) -> None:
        self.place, self.conductance = place, conductance
        self._tight = library.precision.tight
        seen = ((k, _seen(array, place, library)) for k, array in enumerate(devices))
        self._devices = [(k, array) for k, array in seen if array.terminals]

    def settled(self, phase: Phase, samples: IntArray, x: Array, inflow: Inflow) -> Settled:
        """Return voltages at which nodes balance, or stand at a bound.

        Args:
            phase: Its equations.
            samples: Which of its samples.
            x: Where to begin. Shape ``(n_samples, n)``, V.
            inflow: What all others drive into them.
        """
        if self._devices:
            return self._balanced(phase, samples, x, inflow)
        moved = self.bounded(phase, samples, inflow.current / self.conductance)
        xp = namespace(x)
        unknown = xp.full(x.shape[0], np.inf, dtype=x.dtype, device=x.device)
        if inflow.size is None:
            return Settled(moved, unknown, unknown)
        own = self.conductance * x
        tolerance = self._tight * (abs(own) + inflow.size)
        before = worst_excess(own - self.conductance * moved, tolerance)
        return Settled(moved, before, 0 * before)

    def _balanced(self, phase: Phase, samples: IntArray, x: Array, inflow: Inflow) -> Settled:
        """Return voltages at which nodes with devices balance; see `settled`.

        Their residual rises with their voltage, at `conductance` at least, so that any trial
        bounds the solution.
        """
        xp, at = namespace(x), self._balance(phase, samples, x, inflow)
        started = self._excess(phase, samples, x, at)
        goal = xp.maximum(SHARE * abs(at.residual), 0.5 * at.tolerance)
        before, bracket = xp.full_like(x, np.inf), None
        for _ in range(MOST_TRIALS):
            size = abs(at.residual)
            is_open = ~(size <= goal)
            if not anywhere(is_open):
                break
            ahead, is_slow = x - at.residual / at.slope, ~(size <= SLOW * before)
            if bracket is not None or anywhere(is_open & is_slow):
                bracket = (bracket or Bracket.around(x)).narrowed(x, at, self.conductance)
                ahead = bracket.kept(ahead, is_slow)
            ahead = xp.where(is_open, ahead, x)
            if not anywhere(ahead != x):
                break
            before, x = size, ahead
            at = self._balance(phase, samples, x, inflow)
        moved = self.bounded(phase, samples, x)
        left = xp.where(moved == x, at.residual, 0.0)  # a bound takes what it holds back
        ended = worst_excess(left, at.tolerance)
        if inflow.size is None:
            started = ended = xp.full_like(ended, np.inf)
        return Settled(moved, started, ended)

    def _balance(self, phase: Phase, samples: IntArray, x: Array, inflow: Inflow) -> Balance:
        """Return the currents at trial voltages."""
        xp, own = namespace(x), self.conductance * x
        size = abs(inflow.current) if inflow.size is None else inflow.size
        residual, rounding = own - inflow.current, self._tight * (abs(own) + size)
        slope = xp.asarray(xp.broadcast_to(self.conductance, x.shape), copy=True)
        for k, array in self._devices:
            drops = array.drops(x)
            branches = phase.branch(k, drops, samples)
            left = phase.branch_tolerance(k, drops, samples, branches)
            for terminal in array.terminals:
                terminal.add_currents(residual, branches[0])
                terminal.add_slopes(slope, branches[1])
                terminal.add_sizes(rounding, left)
        return Balance(residual, slope, rounding)

    def bounded(self, phase: Phase, samples: IntArray, x: Array) -> Array:
        """Return voltages no further than ideal diodes let them, V."""
        if phase.limits is None:
            return x
        xp, limits = namespace(x), phase.limits.part(samples)
        lower, upper = limits.lower[:, self.place], limits.upper[:, self.place]
        result: Array = xp.clip(x, lower, upper)
        return result

    def _excess(self, phase: Phase, samples: IntArray, x: Array, at: Balance) -> Array:
        """Return how far the worst residual is above its tolerance. Shape ``(n_samples,)``."""
        residual = at.residual
        if phase.limits is not None:  # what is pressed against its bound is balanced
            away = x - self.bounded(phase, samples, x - residual / self.conductance)
            at_bound, xp = self.conductance * away, namespace(x)
            residual = xp.where(abs(at_bound) < abs(residual), at_bound, residual)
        return worst_excess(residual, at.tolerance)


def _seen(array: DeviceArray, place: slice, library: ArrayLibrary) -> DeviceArray:
    """Return an array with the ends of its branches that follow certain unknowns alone."""
    ends = (_within(terminal, place, library) for terminal in array.terminals)
    return attrs.evolve(array, terminals=tuple(end for end in ends if end is not None))


def _within(terminal: Terminal, place: slice, library: ArrayLibrary) -> Terminal | None:
    """Return the ends that follow certain unknowns, numbered from the first; None: none does."""
    unknowns = host_places(terminal.unknowns)
    chosen = np.flatnonzero((unknowns >= place.start) & (unknowns < place.stop))
    if not len(chosen):
        return None
    scale, own = (library.take(host(a)[chosen]) for a in (terminal.scale, terminal.own))
    return Terminal(
        library.places(selector(host_places(terminal.branches)[chosen])),
        library.places(selector(unknowns[chosen] - place.start)),
        scale,
        own,
    )
