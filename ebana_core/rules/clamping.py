"""Operating points whose predictions are held at given voltages.

Simulators hold them by a source across each output. Where sources cannot (two outputs at one
node, say), currents into the outputs that do the same are searched by Newton's method on the
ports. Either way the change from the free phase keeps all its digits.
"""

from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.backends.linearized import Linearized
from ebana_core.errors import ConvergenceError, EbanaError

EXACT = 1e-10
"""Distance from the clamp, relative to the displacement, that ends the search at once."""
GOOD = 1e-6
"""Distance that is good enough where a simulator's own accuracy allows no better."""
VOLTAGE_FLOOR = 1e-11
"""Error that a simulator's voltages may have, relative to their size."""
MAX_STEPS = 50
MAX_HALVINGS = 30


def clamped(
    simulator: Simulator,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    free: OperatingPoints,
    displacement: Mapping[str, Array],
) -> OperatingPoints:
    """Solve the circuit with its predictions displaced from the free phase.

    Args:
        simulator: Solves it.
        parameters: Parameter name to array.
        inputs: Input name to samples.
        free: The free phase.
        displacement: Output name to how far its predictions are held from the free ones, V.
            Shape ``(n_samples, n_predictions)`` each.

    Returns:
        Points that hold their change from `free`; `nudge` is what the clamps inject.

    Raises:
        ConvergenceError: No current holds the predictions there; names output and sample.
    """
    goal = np.concatenate([displacement[o.name] for o in free.circuit.outputs], axis=1)
    try:
        found = simulator.clamped(free, goal)
    except EbanaError as error:
        error.add_note("while the outputs were clamped")
        raise
    if found is not None:
        return found
    return _Search(simulator, parameters, inputs, free, displacement).run()


class _Search:
    """The search for the output currents that hold the predictions at the clamp."""

    def __init__(
        self,
        simulator: Simulator,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        free: OperatingPoints,
        displacement: Mapping[str, Array],
    ) -> None:
        self.simulator, self.parameters, self.inputs = simulator, parameters, inputs
        self.free, self.outputs = free, free.circuit.outputs
        self.goal = np.concatenate([displacement[o.name] for o in self.outputs], axis=1)
        self.size = np.abs(self.goal).max(axis=1, initial=0.0)
        self.floor = VOLTAGE_FLOOR * np.abs(free.node_voltages).max(axis=1, initial=0.0)

    def run(self) -> OperatingPoints:
        currents, gap = np.zeros_like(self.goal), self.goal
        # The first Jacobian is that of the free phase, which is solved already.
        points = self.free if gap.any() else self._solved(currents)
        for _ in range(MAX_STEPS):
            if self._is_exact(gap).all():
                return points
            step = _steps(points, gap)
            before = _worst(gap)
            currents, points, gap = self._shortened(currents, step, gap)
            # What is good and no longer halves is as near as the simulator is accurate.
            is_done = self._is_exact(gap) | (self._is_good(gap) & (_worst(gap) > before / 2))
            if is_done.all():
                return points
        raise self._failure(gap)

    def _shortened(
        self, currents: Array, step: Array, gap: Array
    ) -> tuple[Array, OperatingPoints, Array]:
        """Halve each sample's step until it comes closer."""
        length = np.ones(len(gap))
        for _ in range(MAX_HALVINGS):
            trial = currents + length[:, None] * step
            points = self._solved(trial)
            after = self._gap(points)
            # Written so that nan counts as too long.
            too_long = ~(_worst(after) < _worst(gap)) & ~self._is_good(gap)
            if not too_long.any():
                return trial, points, after
            length = np.where(too_long, length / 2, length)
        raise self._failure(gap)

    def _solved(self, currents: Array) -> OperatingPoints:
        first, nudge = 0, {}
        for output in self.outputs:
            nudge[output.name] = currents[:, first : first + len(output.heads)]
            first += len(output.heads)
        try:
            return self.simulator.operating_points(self.parameters, self.inputs, nudge, self.free)
        except EbanaError as error:
            error.add_note("while the outputs were clamped")
            raise

    def _gap(self, points: OperatingPoints) -> Array:
        """Return how far the predictions still have to move, V."""
        assert points.change is not None
        moved = [points.change[:, o.heads] - points.change[:, o.tails] for o in self.outputs]
        return self.goal - np.concatenate(moved, axis=1)

    def _is_exact(self, gap: Array) -> BoolArray:
        return _worst(gap) <= EXACT * self.size

    def _is_good(self, gap: Array) -> BoolArray:
        return _worst(gap) <= GOOD * self.size + self.floor

    def _failure(self, gap: Array) -> ConvergenceError:
        sample = int(np.argmax(_worst(gap) - GOOD * self.size - self.floor))
        place = int(np.argmax(np.abs(gap[sample])))
        names = [f"{o.name}[{k}]" for o in self.outputs for k in range(len(o.heads))]
        return ConvergenceError(
            f"No current clamps output {names[place]} of sample {sample} at "
            f"{self.goal[sample, place]:.3g} V from its free prediction; "
            f"{abs(gap[sample, place]):.3g} V are missing.",
            "lower eta, or give targets that the outputs can reach; an output at a source or "
            "at an ideal diode cannot be clamped",
        )


def _steps(points: OperatingPoints, gap: Array) -> Array:
    # How far a current into one output moves every prediction tells which currents close the gap.
    resistances = Linearized(points).port_resistances()
    try:
        return np.asarray(np.linalg.solve(resistances, gap[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:  # an output that no current moves; it may be in place already
        return np.asarray((np.linalg.pinv(resistances) @ gap[:, :, None])[:, :, 0])


def _worst(gap: Array) -> Array:
    return np.asarray(np.abs(gap).max(axis=1, initial=0.0))
