"""A circuit's own equations, which judge and finish the points that ngspice finds."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import DOUBLE, Array, BoolArray, IntArray
from ebana_core.backends.native import NativeBackend, NativeSimulator
from ebana_core.backends.native.patience import is_over
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.node_sums import Detail
from ebana_core.errors import EbanaError


@final
class OwnEquations:
    """Kirchhoff's laws on a circuit, wherever its laws are known outside ngspice.

    Attributes:
        are_complete: All laws are known, so that points can be judged and polished everywhere.
    """

    def __init__(self, compiled: CompiledCircuit) -> None:
        self.compiled, circuit = compiled, compiled.circuit
        self._hidden = _hidden_nodes(compiled)
        self.are_complete = not len(self._hidden) and not any(
            devices.law.refusal for devices in circuit.terminal_devices
        )
        self._simulator: NativeSimulator | None = None

    @property
    def _native(self) -> NativeSimulator:
        if self._simulator is None:
            # Of blocks, compiled code finishes what ngspice came near to.
            compiled = None if self.compiled.circuit.terminal_devices else False
            self._simulator = NativeBackend(compiled=compiled).compile_whole(self.compiled)
        return self._simulator

    @property
    def finish_all(self) -> bool:
        """Every point is finished: there are junctions, at which ngspice stops too early."""
        devices = self.compiled.circuit.terminal_devices
        return self.are_complete and any(own.law.n_junctions for own in devices)

    def may_be_right(self, points: OperatingPoints) -> BoolArray:
        """Tell which points need not be finished."""
        if self.finish_all:
            return np.zeros(points.n_samples, dtype=bool)
        return np.asarray(self.miss(points) <= DOUBLE.imbalance)

    def miss(self, points: OperatingPoints) -> Array:
        """Return the imbalance of each sample; inf where there is no point. ``(n_samples,)``.

        Without the magnitudes of crossbars, which cost a look at every branch, it is stricter.
        """
        return self._worst(points, "unknowns")

    def balance_within(self, points: OperatingPoints, ratio: float, beside: Array) -> BoolArray:
        """Tell where currents balance to a ratio of them and an amount beside. ``(n_samples,)``.

        Args:
            points: The points.
            ratio: Of the currents at a node.
            beside: Shape ``(n_samples, n_nodes)``, A.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            state = points.balance("unknowns")
            limit = ratio * (state.magnitude + state.floor) + beside
            is_within = np.abs(state.residual) <= limit
        # The sums there lack the currents that ngspice alone knows, and say nothing.
        is_within[:, self._hidden] = True
        return np.asarray(is_within.all(axis=1))

    def at_roots(self, amounts: Array) -> Array:
        """Return the sums of what belongs to nodes, at the roots that they follow."""
        result = np.zeros_like(amounts)
        np.add.at(result, self.compiled.constraints.root, amounts)
        return result

    def are_right(self, points: OperatingPoints) -> BoolArray:
        """Tell which samples are operating points. Shape ``(n_samples,)``."""
        right = self.miss(points) <= DOUBLE.imbalance
        doubtful = np.flatnonzero(~right)
        if len(doubtful):
            exact = self._worst(points.subset(doubtful), "magnitudes")
            right[doubtful] = exact <= DOUBLE.imbalance
        return np.asarray(right)

    def _worst(self, points: OperatingPoints, detail: Detail) -> Array:
        worst = self._ratios(points, detail).max(axis=1, initial=0.0)
        return np.asarray(np.where(np.isfinite(worst), worst, np.inf))

    def _ratios(self, points: OperatingPoints, detail: Detail) -> Array:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ratios = points.balance(detail).ratios()
        ratios[:, self._hidden] = 0.0
        return ratios

    def worst_node(self, points: OperatingPoints) -> str:
        """Return the worst node of the worst sample and its residual, as an error says it."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            state = points.balance("magnitudes")
            ratios = np.nan_to_num(state.ratios(), nan=np.inf)
        ratios[:, self._hidden] = 0.0
        sample, node = np.unravel_index(int(ratios.argmax()), ratios.shape)
        name = points.circuit.node_names[node]
        residual = abs(state.residual[sample, node])
        if np.isnan(residual):
            return f"node {name!r} has no voltage"
        return f"worst node {name!r}, residual {residual:.3g} A"

    def hold(self, parameters: Mapping[str, Array]) -> bool:
        """Tell whether sums of conductances hold the voltages, as far as the laws are known."""
        return not self.are_complete or self._native.reduced_at(parameters).is_held

    def polished(self, points: OperatingPoints) -> tuple[OperatingPoints, BoolArray]:
        """Return the points as the circuit's own equations have them, and which of them are right.

        Where Newton's method does not get there from them, or where there are none, native's own
        way from 0 V is tried.
        """
        finished, is_rounding = self._finished(points)
        right = self._judged(finished, is_rounding)
        left = np.flatnonzero(~right)
        parts = [left] if len(left) else []
        if len(left) > 1:  # one without a point fails all
            parts += [left[k : k + 1] for k in range(len(left))]
        for samples in parts:
            if is_over():
                break
            proposed = self._proposed(points.subset(samples))
            if proposed is not None:
                finished = with_part(finished, samples, proposed)
                right[samples] = self.are_right(proposed)
                if len(samples) == len(left):
                    break
        return finished, right

    def _judged(self, points: OperatingPoints, is_rounding: BoolArray) -> BoolArray:
        """Tell which samples are operating points.

        Compiled code has seen rounding alone at every node of some. One of them is judged by the
        laws as devices state them, so that a difference between the two cannot pass unseen.
        """
        known = np.flatnonzero(is_rounding)
        if not len(known) or not self.are_right(points.subset(known[:1])).all():
            return self.are_right(points)
        right, others = is_rounding.copy(), np.flatnonzero(~is_rounding)
        if len(others):
            right[others] = self.are_right(points.subset(others))
        return right

    def _finished(self, points: OperatingPoints) -> tuple[OperatingPoints, BoolArray]:
        """Return polished points, and in which of them rounding alone is known to be left."""
        is_rounding = np.zeros(points.n_samples, dtype=bool)
        found = np.flatnonzero(np.isfinite(points.node_voltages).all(axis=1))
        if not len(found):
            return points, is_rounding
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                part, is_rounding[found] = self._native.finished(points.subset(found))
                return with_part(points, found, part), is_rounding
        except EbanaError:
            return points, np.zeros(points.n_samples, dtype=bool)

    def _proposed(self, points: OperatingPoints) -> OperatingPoints | None:
        """Return native's own points; None where it has none."""
        try:
            if points.change is None:
                return self._native.operating_points(points.parameters, points.inputs)
            free = attrs.evolve(points, nudge={}, change=None)
            return self._native.operating_points(
                points.parameters, points.inputs, points.nudge, free
            )
        except EbanaError:
            return None


def _hidden_nodes(compiled: CompiledCircuit) -> IntArray:
    """Return the nodes at which a current flows that only ngspice knows."""
    found = [np.zeros(0, dtype=np.intp)]
    for array in compiled.circuit.element_arrays:
        if array.law.native_refusal:
            found += branch_ends(array.topology)
    roots = np.unique(compiled.constraints.root[np.concatenate(found)])
    return np.asarray(roots[roots != GROUND])


def moved_to(points: OperatingPoints, voltages: Array) -> OperatingPoints:
    """Return the points at other voltages of all nodes, V."""
    if points.change is None:
        return attrs.evolve(points, free_voltages=voltages)
    return attrs.evolve(points, change=voltages - points.free_voltages)


def with_part(points: OperatingPoints, samples: IntArray, part: OperatingPoints) -> OperatingPoints:
    """Return points with those of some samples replaced.

    Their stability is known where all are replaced by points of a known one.
    """
    if points.change is None and len(samples) == points.n_samples:
        return attrs.evolve(
            points, free_voltages=part.free_voltages[samples.argsort()], stability=part.stability
        )
    if points.change is None:
        voltages = points.free_voltages.copy()
        voltages[samples] = part.free_voltages
        return attrs.evolve(points, free_voltages=voltages)
    change = points.change.copy()
    change[samples] = part.change
    return attrs.evolve(points, change=change)
