"""The equations of a nudged or clamped phase: changes of the currents for changes of voltages."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, columns, namespace
from ebana_core.backends.native.device_equations import DeviceEquations
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation, Limits, rows_of
from ebana_core.backends.native.linear_currents import LinearCurrents
from ebana_core.backends.native.terminal_arrays import TerminalArray, own_slopes


@attrs.frozen(eq=False)
class NudgedPhase(DeviceEquations):
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
        kept: What the solver of the free phase left of it, see `Left`; None: nothing.
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
    kept: tuple[Array, Array] | None = None

    def _change(self, array: DeviceArray, own: Array, samples: IntArray) -> Array:
        """Return the changes of an array's drops, V; `own` is what the unknowns give to them."""
        if self.moved is None:
            return own
        moved = rows_of(self.moved, samples)
        return columns(moved, array.heads) - columns(moved, array.tails) + own

    @property
    def at_rest(self) -> Array:
        """Currents that leave the unknowns where nothing has moved, A."""
        return -self.injected

    def branch(self, k: int, own: Array, samples: IntArray) -> tuple[Array, Array]:
        """Return the changes of the currents of an array's branches, A, and their slopes, S.

        Args:
            k: Number of the array.
            own: What the unknowns give to the changes of its drops, V.
            samples: Which.
        """
        array, drop = self.devices[k], rows_of(self.drops[k], samples)
        change = self._change(array, own, samples)
        difference = array.law.current_change(drop, change, array.values)
        # The next step starts from the end of the change.
        slope = array.law.slope(drop + change, array.values)
        if self.gmin:
            difference, slope = difference + self.gmin * change, slope + self.gmin
        return difference, slope

    def branch_tolerance(
        self, k: int, own: Array, samples: IntArray, at: tuple[Array, Array]
    ) -> Array:
        """Return what rounding may leave of changes of branches' currents, A; these are `at`."""
        array, (difference, slope) = self.devices[k], at
        change = self._change(array, own, samples)
        coarse = array.law.change_rounding(rows_of(self.drops[k], samples), change, array.values)
        ends = abs(own) if self.moved is None else abs(own) + abs(change)
        size = abs(difference) + abs(slope) * ends
        return self.linear.precision.tight * (size + coarse)

    def part(self, samples: IntArray) -> "NudgedPhase":
        """Return the phase of some samples."""
        return attrs.evolve(
            self,
            limits=None if self.limits is None else self.limits.part(samples),
            injected=rows_of(self.injected, samples),
            drops=[rows_of(drops, samples) for drops in self.drops],
            bases=[rows_of(base, samples) for base in self.bases],
            moved=None if self.moved is None else rows_of(self.moved, samples),
            kept=None,
        )

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        residual = self.linear.apply(x) - rows_of(self.injected, samples)
        slopes = []
        states = []
        with np.errstate(over="ignore", invalid="ignore"):
            for k, array in enumerate(self.devices):
                difference, slope = self.branch(k, array.drops(x), samples)
                slopes.append(slope)
                for terminal in array.terminals:
                    terminal.add_currents(residual, difference)
            for terminals, base in zip(self.terminals, self.bases, strict=True):
                moved = None if self.moved is None else rows_of(self.moved, samples)
                states.append(terminals.change(x, rows_of(base, samples), moved, self.gmin))
                terminals.add_currents(residual, states[-1].currents)
        at = Evaluation(residual, tuple(slopes), None, tuple(states))
        if self.limits is None:
            return at
        beside = own_slopes(self.terminals, at.terminals, x)
        bound = self.limits.natural(x, residual, self.linear.own, samples, beside)
        return attrs.evolve(at, residual=bound.residual, is_bound=bound.is_bound)

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        xp = namespace(x)
        rounding, coarse = self._changing(x, samples, at), xp.zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                change = self._change(array, array.drops(x), samples)
                # A law without a formula for its change rounds it like a difference of two
                # currents.
                own = array.law.change_rounding(rows_of(drops, samples), change, array.values)
                for terminal in array.terminals:
                    terminal.add_sizes(coarse, own)
            moved = None if self.moved is None else rows_of(self.moved, samples)
            for terminals, state in zip(self.terminals, at.terminals, strict=True):
                terminals.add_sizes(coarse, terminals.sizes(state, x, moved))
        relative = self.linear.precision.tight * (rounding + coarse)
        return self.at_bounds(relative, x, at)

    def _changing(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        """Return the sum of the absolute changes of the currents at each unknown, A."""
        changing = abs(rows_of(self.injected, samples)) + self.linear.rounding(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops, slope in zip(self.devices, self.drops, at.slopes, strict=True):
                change = self._change(array, array.drops(x), samples)
                difference = array.law.current_change(rows_of(drops, samples), change, array.values)
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
        more = self.at_bounds(self.linear.precision.change * changing, x, at)
        return 2 * self.tolerance(x, samples, at) + more

    def stepped(self, share: float, gmin: float) -> "NudgedPhase":
        moved = None if self.moved is None else share * self.moved
        return attrs.evolve(self, injected=share * self.injected, moved=moved, gmin=gmin)
