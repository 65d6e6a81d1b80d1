"""The equations of a phase: currents at the unknowns, and what rounding may leave of them."""

from collections.abc import Sequence
from typing import Protocol

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, columns, namespace, rows
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.linear_currents import LinearCurrents
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.circuit.elements import IntArray
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.laws.terminal_law import TerminalState


@attrs.frozen(eq=False)
class Evaluation:
    """The equations at one point.

    Args:
        residual: What must vanish; at an unknown that stands at its bound, the distance from it
            times the conductance of the unknown. Shape ``(n_samples, n_unknowns)``, A.
        slopes: Slope of the branches of every device array, S.
        terminals: Currents and slopes of every array of devices of several terminals.
        is_bound: Unknowns that ideal diodes hold at a bound; None where there are no diodes.
    """

    residual: Array
    slopes: tuple[Array, ...]
    is_bound: BoolArray | None
    terminals: tuple[TerminalState, ...] = ()

    def finite(self) -> BoolArray:
        """Tell in which samples no current and no slope overflows. Shape ``(n_samples,)``."""
        xp = namespace(self.residual)
        parts = [self.residual, *self.slopes, *(state.slopes for state in self.terminals)]
        # One number tells of all in a row, which may overflow without one of them: that is as bad.
        sums = [xp.sum(part, axis=tuple(range(1, part.ndim))) for part in parts]
        result: BoolArray = xp.isfinite(sum(abs(total) for total in sums))
        return result

    def part(self, samples: BoolArray) -> "Evaluation":
        """Return the equations of some samples."""
        return Evaluation(
            self.residual[samples],
            tuple(slope[samples] for slope in self.slopes),
            None if self.is_bound is None else self.is_bound[samples],
            tuple(state.part(samples) for state in self.terminals),
        )


class Equations(Protocol):
    """The equations of a phase."""

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether the currents of all devices are made of straight lines."""
        ...

    @property
    def has_bent_terminals(self) -> bool:
        """Whether there are devices of several terminals that are not linear."""
        ...

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        """Return the equations of `samples` at the unknown voltages `x`."""
        ...

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the residual that rounding may leave, A. Shape of `x`."""
        ...

    def acceptable(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the residual up to which a solution is right, A. Shape of `x`.

        Devices whose currents are rounded more coarsely than their law says may leave more than
        the tolerance; where no step lowers that any more, this decides.
        """
        ...

    def stepped(self, share: float, gmin: float) -> "Equations":
        """Return them with a share of what drives them, and conductances across all devices.

        Args:
            share: From 0, where nothing moves, to 1.
            gmin: Of the conductances, S.
        """
        ...


@attrs.frozen(eq=False)
class Limits:
    """Bounds of all unknowns, V. Shape ``(n_samples, n_unknowns)`` or ``(1, n_unknowns)``."""

    lower: Array
    upper: Array

    def snapped(self, x: Array, is_bound: BoolArray) -> Array:
        """Return the unknowns with those at a bound exactly there, V."""
        xp = namespace(x)
        nearer = xp.where(abs(x - self.lower) < abs(x - self.upper), self.lower, self.upper)
        return xp.where(is_bound, nearer, x)

    def natural(self, x: Array, residual: Array, own: Array, samples: IntArray) -> Evaluation:
        """Return the residual that vanishes where currents balance or a bound holds."""
        lower, upper = _of(self.lower, samples), _of(self.upper, samples)
        xp = namespace(x)
        own = xp.where(own > 0, own, 1.0)
        wished = x - residual / own
        bounded = xp.minimum(xp.maximum(wished, lower), upper)
        is_bound = wished != bounded
        return Evaluation(xp.where(is_bound, own * (x - bounded), residual), (), is_bound)


def _of(array: Array, samples: IntArray) -> Array:
    n_rows = array.shape[0]
    return array if n_rows in (1, samples.shape[0]) else rows(array, samples)


@attrs.frozen(eq=False)
class FreePhase:
    """Currents at the unknowns for given source voltages.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        offsets: Node voltages at which every unknown is 0 V. Shape ``(n_samples, n_nodes)``.
        limits: Bounds by ideal diodes.
        driven: Currents at zero unknown voltages, A.
        drops: Drops at zero unknown voltages, V, by device array.
        sizes: What rounding of the drops is relative to, by device array.
        terminals: The devices of several terminals.
        gmin: Of conductances across all devices, S.
    """

    linear: LinearCurrents
    devices: tuple[DeviceArray, ...]
    offsets: Array
    limits: Limits | None
    driven: Array
    drops: Sequence[Array]
    sizes: Sequence[Array]
    terminals: tuple[TerminalArray, ...] = ()
    gmin: float = 0.0

    @property
    def has_bent_terminals(self) -> bool:
        return not all(array.law.is_linear for array in self.terminals)

    @property
    def is_piecewise_linear(self) -> bool:
        is_straight = all(array.law.is_piecewise_linear for array in self.devices)
        return is_straight and not self.has_bent_terminals

    @classmethod
    def of(
        cls,
        linear: LinearCurrents,
        devices: tuple[DeviceArray, ...],
        offsets: Array,
        limits: Limits | None,
        terminals: tuple[TerminalArray, ...] = (),
    ) -> "FreePhase":
        """Return the phase at the node voltages `offsets` of zero unknown voltages."""
        heads = [columns(offsets, array.heads) for array in devices]
        tails = [columns(offsets, array.tails) for array in devices]
        return cls(
            linear,
            devices,
            offsets,
            limits,
            linear.driven_currents(offsets),
            [head - tail for head, tail in zip(heads, tails, strict=True)],
            [abs(head) + abs(tail) for head, tail in zip(heads, tails, strict=True)],
            terminals,
        )

    def currents(self, x: Array, samples: IntArray) -> Evaluation:
        """Return the currents that leave the unknowns, A, and the slopes of the devices, S."""
        branches = []
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                drop = _of(drops, samples) + array.drops(x)
                current, slope = array.law.current_and_slope(drop, array.values)
                if self.gmin:
                    current, slope = current + self.gmin * drop, slope + self.gmin
                branches.append((current, slope))
            states = [p.state(x, _of(self.offsets, samples), self.gmin) for p in self.terminals]
            return self._summed(branches, states, x, samples)

    def near(
        self, x: Array, samples: IntArray, before: Sequence[Array | None]
    ) -> tuple[Evaluation, list[Array]]:
        """Return the equations with all devices on tangents near those of before.

        Args:
            x: Unknowns of the samples, V.
            samples: Which.
            before: Where the tangents of every array touched before, of branches, then of
                devices of several terminals, V; None: this is the first time.

        Returns:
            The equations, and where the tangents touch now.
        """
        n_arrays = len(self.devices)
        touched, branches, states = [], [], []
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops, own in zip(self.devices, self.drops, before[:n_arrays], strict=True):
                drop = _of(drops, samples) + array.drops(x)
                where, near = array.law.near(drop, own, array.values)
                current, slope = array.law.current_and_slope(near, array.values)
                branches.append((current + slope * (drop - near), slope))
                touched.append(where)
            for terminals, own in zip(self.terminals, before[n_arrays:], strict=True):
                state, where = terminals.near(x, _of(self.offsets, samples), own)
                states.append(state)
                touched.append(where)
        return self._bounded(self._summed(branches, states, x, samples), x, samples), touched

    def _summed(
        self,
        branches: Sequence[tuple[Array, Array]],
        states: Sequence[TerminalState],
        x: Array,
        samples: IntArray,
    ) -> Evaluation:
        """Return the equations with currents and slopes of branches, and other devices."""
        residual = _of(self.driven, samples) + self.linear.apply(x)
        for array, (current, _) in zip(self.devices, branches, strict=True):
            for terminal in array.terminals:
                terminal.add_currents(residual, current)
        for terminals, state in zip(self.terminals, states, strict=True):
            terminals.add_currents(residual, state.currents)
        return Evaluation(residual, tuple(slope for _, slope in branches), None, tuple(states))

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        return self._bounded(self.currents(x, samples), x, samples)

    def _bounded(self, at: Evaluation, x: Array, samples: IntArray) -> Evaluation:
        if self.limits is None:
            return at
        bound = self.limits.natural(x, at.residual, self.linear.own, samples)
        return attrs.evolve(at, residual=bound.residual, is_bound=bound.is_bound)

    def settled(self, x: Array) -> tuple[Array, Array | None]:
        """Return solved unknowns, V, and what ideal diodes carry of the currents there, A."""
        if self.limits is None:
            return x, None
        everything = np.arange(x.shape[0])  # only its length counts
        residual = self.currents(x, everything).residual
        at = self.limits.natural(x, residual, self.linear.own, everything)
        assert at.is_bound is not None
        return self.limits.snapped(x, at.is_bound), namespace(x).where(at.is_bound, residual, 0.0)

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        precision = self.linear.precision
        rounding = abs(_of(self.driven, samples)) + self.linear.rounding(x)
        injected = namespace(x).zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops, sizes, slope in zip(
                self.devices, self.drops, self.sizes, at.slopes, strict=True
            ):
                own = array.drops(x)
                current = array.law.current(_of(drops, samples) + own, array.values)
                size = abs(slope) * (_of(sizes, samples) + array.sizes(x))
                for terminal in array.terminals:
                    terminal.add_currents(injected, current)
                    terminal.add_sizes(rounding, size)
            for terminals, state in zip(self.terminals, at.terminals, strict=True):
                terminals.add_sizes(rounding, terminals.sizes(state, x, _of(self.offsets, samples)))
        # Where nothing flows, each step leaves a rounding of what the one before left.
        relative = precision.tight * rounding + precision.free_tolerance * abs(injected)
        return relative + NOTHING

    def acceptable(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        precision = self.linear.precision
        carried = namespace(x).zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                drop = _of(drops, samples) + array.drops(x)
                current = array.law.current(drop, array.values)
                for terminal in array.terminals:
                    terminal.add_sizes(carried, abs(current))
        for terminals, state in zip(self.terminals, at.terminals, strict=True):
            terminals.add_sizes(carried, abs(state.currents))
        return 2 * self.tolerance(x, samples, at) + precision.imbalance * carried

    def stepped(self, share: float, gmin: float) -> "FreePhase":
        return attrs.evolve(
            self,
            offsets=share * self.offsets,
            driven=share * self.driven,
            drops=[share * drops for drops in self.drops],
            gmin=gmin,
        )


@attrs.frozen(eq=False)
class NudgedPhase:
    """Changes of the currents at the unknowns for changes of their voltages.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        limits: Bounds on the changes.
        injected: What the nudge injects, less what ideal diodes carried before. Shape
            ``(n_samples, n_unknowns)``, A.
        drops: Drops of the free phase, V, by device array.
        terminals: The devices of several terminals.
        bases: Voltages of their terminals in the free phase, V.
        moved: Changes of node voltages that sources make, at unknowns at rest. Shape
            ``(n_samples, n_nodes)``, V; None: sources stand still.
        gmin: Of conductances across all devices, S.
    """

    linear: LinearCurrents
    devices: tuple[DeviceArray, ...]
    limits: Limits | None
    injected: Array
    drops: Sequence[Array]
    terminals: tuple[TerminalArray, ...] = ()
    bases: Sequence[Array] = ()
    moved: Array | None = None
    gmin: float = 0.0

    @property
    def has_bent_terminals(self) -> bool:
        return not all(array.law.is_linear for array in self.terminals)

    @property
    def is_piecewise_linear(self) -> bool:
        is_straight = all(array.law.is_piecewise_linear for array in self.devices)
        return is_straight and not self.has_bent_terminals

    def _change(self, array: DeviceArray, x: Array, samples: IntArray) -> Array:
        """Return the changes of an array's drops, V."""
        if self.moved is None:
            return array.drops(x)
        moved = _of(self.moved, samples)
        return columns(moved, array.heads) - columns(moved, array.tails) + array.drops(x)

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        residual = self.linear.apply(x) - _of(self.injected, samples)
        slopes = []
        states = []
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                drop, change = _of(drops, samples), self._change(array, x, samples)
                difference = array.law.current_change(drop, change, array.values)
                slope = array.law.slope(drop + change, array.values)
                if self.gmin:
                    difference, slope = difference + self.gmin * change, slope + self.gmin
                slopes.append(slope)
                for terminal in array.terminals:
                    terminal.add_currents(residual, difference)
            for terminals, base in zip(self.terminals, self.bases, strict=True):
                moved = None if self.moved is None else _of(self.moved, samples)
                states.append(terminals.change(x, _of(base, samples), moved, self.gmin))
                terminals.add_currents(residual, states[-1].currents)
        at = Evaluation(residual, tuple(slopes), None, tuple(states))
        if self.limits is None:
            return at
        bound = self.limits.natural(x, residual, self.linear.own, samples)
        return attrs.evolve(at, residual=bound.residual, is_bound=bound.is_bound)

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        xp = namespace(x)
        rounding, coarse = self._changing(x, samples, at), xp.zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                change = self._change(array, x, samples)
                own = array.law.change_rounding(_of(drops, samples), change, array.values)
                for terminal in array.terminals:
                    terminal.add_sizes(coarse, own)
            moved = None if self.moved is None else _of(self.moved, samples)
            for terminals, state in zip(self.terminals, at.terminals, strict=True):
                terminals.add_sizes(coarse, terminals.sizes(state, x, moved))
        return self.linear.precision.tight * (rounding + coarse)

    def _changing(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the sum of the absolute changes of the currents at each unknown, A."""
        changing = abs(_of(self.injected, samples)) + self.linear.rounding(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops, slope in zip(self.devices, self.drops, at.slopes, strict=True):
                change = self._change(array, x, samples)
                difference = array.law.current_change(_of(drops, samples), change, array.values)
                # Where a branch changes its piece, its current changes by less than slope *
                # change, and the latter is what rounding is relative to.
                sizes = array.sizes(x) if self.moved is None else array.sizes(x) + abs(change)
                size = abs(difference) + abs(slope) * sizes
                for terminal in array.terminals:
                    terminal.add_sizes(changing, size)
        return changing

    def acceptable(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        changing = self._changing(x, samples, at)
        for terminals, state in zip(self.terminals, at.terminals, strict=True):
            terminals.add_sizes(changing, abs(state.currents))
        return 2 * self.tolerance(x, samples, at) + self.linear.precision.change * changing

    def stepped(self, share: float, gmin: float) -> "NudgedPhase":
        moved = None if self.moved is None else share * self.moved
        return attrs.evolve(self, injected=share * self.injected, moved=moved, gmin=gmin)
