"""The equations of a free phase: currents at the unknowns for given source voltages."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, columns, namespace
from ebana_core.backends.native.device_equations import DeviceEquations
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation, Limits, rows_of
from ebana_core.backends.native.linear_currents import LinearCurrents
from ebana_core.backends.native.terminal_arrays import TerminalArray, own_slopes
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.laws.terminal_state import TerminalState


@attrs.frozen(eq=False)
class FreePhase(DeviceEquations):
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
        # Trial voltages may overflow an exponential; `finite` tells, and the trial is refused.
        with np.errstate(over="ignore", invalid="ignore"):
            owns = [array.drops(x) for array in self.devices]
            branches = [self.branch(k, own, samples) for k, own in enumerate(owns)]
            states = [p.state(x, rows_of(self.offsets, samples), self.gmin) for p in self.terminals]
            return self._summed(branches, states, x, samples)

    @property
    def at_rest(self) -> Array:
        """Currents of resistors that leave the unknowns where all of these are 0 V, A."""
        return self.driven

    def branch(self, k: int, own: Array, samples: IntArray) -> tuple[Array, Array]:
        """Return the currents of an array's branches, A, and their slopes, S.

        Args:
            k: Number of the array.
            own: What the unknowns give to its drops, V.
            samples: Which.
        """
        array, drop = self.devices[k], rows_of(self.drops[k], samples) + own
        current, slope = array.law.current_and_slope(drop, array.values)
        if self.gmin:
            current, slope = current + self.gmin * drop, slope + self.gmin
        return current, slope

    def branch_tolerance(
        self, k: int, own: Array, samples: IntArray, at: tuple[Array, Array]
    ) -> Array:
        """Return what rounding may leave of branches' currents, A; the latter are `at`."""
        current, slope = at
        size = abs(slope) * (rows_of(self.sizes[k], samples) + abs(own))
        precision = self.linear.precision
        return precision.tight * size + precision.free_tolerance * abs(current)

    def part(self, samples: IntArray) -> "FreePhase":
        """Return the phase of some samples."""
        limits = None if self.limits is None else self.limits.part(samples)
        return attrs.evolve(
            self,
            offsets=rows_of(self.offsets, samples),
            limits=limits,
            driven=rows_of(self.driven, samples),
            drops=[rows_of(drops, samples) for drops in self.drops],
            sizes=[rows_of(sizes, samples) for sizes in self.sizes],
        )

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
                drop = rows_of(drops, samples) + array.drops(x)
                where, near = array.law.near(drop, own, array.values)
                current, slope = array.law.current_and_slope(near, array.values)
                # The tangent's current at the voltages of the nodes, wherever it touches the law.
                branches.append((current + slope * (drop - near), slope))
                touched.append(where)
            for terminals, own in zip(self.terminals, before[n_arrays:], strict=True):
                state, where = terminals.near(x, rows_of(self.offsets, samples), own)
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
        residual = rows_of(self.driven, samples) + self.linear.apply(x)
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
        slope = own_slopes(self.terminals, at.terminals, x)
        bound = self.limits.natural(x, at.residual, self.linear.own, samples, slope)
        return attrs.evolve(at, residual=bound.residual, is_bound=bound.is_bound)

    def settled(self, x: Array) -> tuple[Array, Array | None]:
        """Return solved unknowns, V, and what ideal diodes carry of the currents there, A."""
        if self.limits is None:
            return x, None
        everything = np.arange(x.shape[0])  # only its length counts
        at = self.currents(x, everything)
        is_bound = self._bounded(at, x, everything).is_bound
        assert is_bound is not None
        return self.limits.snapped(x, is_bound), namespace(x).where(is_bound, at.residual, 0.0)

    def tolerance(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        precision = self.linear.precision
        # Rounding is relative to the terms of a current, whose sum may vanish.
        rounding = abs(rows_of(self.driven, samples)) + self.linear.rounding(x)
        injected = namespace(x).zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops, sizes, slope in zip(
                self.devices, self.drops, self.sizes, at.slopes, strict=True
            ):
                own = array.drops(x)
                current = array.law.current(rows_of(drops, samples) + own, array.values)
                size = abs(slope) * (rows_of(sizes, samples) + array.sizes(x))
                for terminal in array.terminals:
                    terminal.add_currents(injected, current)
                    terminal.add_sizes(rounding, size)
            for terminals, state in zip(self.terminals, at.terminals, strict=True):
                terminals.add_sizes(
                    rounding, terminals.sizes(state, x, rows_of(self.offsets, samples))
                )
        # Where nothing flows, each step leaves a rounding of what the one before left.
        relative = precision.tight * rounding + precision.free_tolerance * abs(injected)
        return self.at_bounds(relative, x, at) + NOTHING

    def acceptable(self, x: Array, samples: IntArray, at: Evaluation) -> Array:
        precision = self.linear.precision
        carried = namespace(x).zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            for array, drops in zip(self.devices, self.drops, strict=True):
                drop = rows_of(drops, samples) + array.drops(x)
                current = array.law.current(drop, array.values)
                for terminal in array.terminals:
                    terminal.add_sizes(carried, abs(current))
        for terminals, state in zip(self.terminals, at.terminals, strict=True):
            terminals.add_sizes(carried, abs(state.currents))
        more = self.at_bounds(precision.imbalance * carried, x, at)
        return 2 * self.tolerance(x, samples, at) + more

    def stepped(self, share: float, gmin: float) -> "FreePhase":
        return attrs.evolve(
            self,
            offsets=share * self.offsets,
            driven=share * self.driven,
            drops=[share * drops for drops in self.drops],
            gmin=gmin,
        )
