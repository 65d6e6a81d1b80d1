"""From an unstable operating point to a stable one, as the circuit itself would go.

The voltages run away from the point, see `long_time`, and end at another one.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, columns, exact, host, namespace, put_rows
from ebana_core.backends.examining import Examined, Examiner, Teller
from ebana_core.backends.native.companions import MEMORY
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.long_time import LongTime
from ebana_core.backends.native.newton import newton
from ebana_core.backends.native.outcome import Outcome
from ebana_core.backends.native.planned import PlannedSimulator
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.several_points import Stability
from ebana_core.errors import EbanaError

KICK = 1e-3
"""First step away from an unstable point, relative to its largest voltage, or to 1 V."""
ROOM = 2.0
"""Conductance of the capacitances over the rate of the fastest growth: what runs away doubles in a
step."""
AT_ONCE = 1.0
"""Conductance of the capacitances at the first step from rest, S."""
LAST_PATIENCE = 60
"""Iterations after all steps of time, which end near a point."""
PATIENCE = 12
"""Iterations in which Newton's method finds a point of an active circuit, or wanders."""
PLAIN = "raise `max_iterations`, or check for device values that differ by many decades"
ACTIVE = (
    "look at the loops of its active devices: it may have no stable operating point (an "
    "oscillator), or one beyond all supplies (an amplifier that feeds itself, without a limit); "
    "`Model.transient` shows where it goes, or lower the loop's gain"
)


class Settling:
    """Moves the samples of one circuit to stable points, and says so once.

    Args:
        simulator: Of the circuit.
    """

    def __init__(self, simulator: PlannedSimulator) -> None:
        self._simulator = simulator
        circuit = simulator.compiled.circuit
        self._is_companion = any(source.layer == MEMORY for source in circuit.voltage_sources)
        self._time = LongTime(simulator)
        structure = simulator.plan.choice.circuit
        self._teller = Teller(Examiner(may_compile=lambda: structure.may_compile))

    def patience(self, parameters: Mapping[str, Array]) -> int:
        """Return after how many iterations of Newton's method other ways are tried."""
        most = self._simulator.max_iterations
        return min(most, PATIENCE) if self.is_asked(parameters) else most

    def advice(self, parameters: Mapping[str, Array]) -> tuple[str, str]:
        """Return what was tried where no operating point was found, and what to do."""
        if self.is_asked(parameters):
            return "by Newton's method, nor in time from rest", ACTIVE
        n_steps = self._simulator.max_iterations
        return f"after {n_steps} iterations, gmin stepping and source stepping", PLAIN

    def is_asked(self, parameters: Mapping[str, Array]) -> bool:
        """Tell whether the circuit may have several operating points at these parameters."""
        # The circuit with capacitances is what settles others, and is not settled itself.
        if self._is_companion:
            return False
        return self._simulator.reduced_at(parameters).may_have_several_points

    def rescued(
        self,
        outcome: Outcome,
        phase: FreePhase,
        reduced: ReducedCircuit,
        inputs: Mapping[str, Array],
    ) -> Outcome:
        """Return a free phase with the samples that Newton's method failed on solved from rest.

        A circuit that is switched on settles at one of its operating points, where there are any
        that are stable.
        """
        if not outcome.failed.shape[0] or not self.is_asked(reduced.parameters):
            return outcome
        failed = host(outcome.failed)
        chosen = {name: array[failed] for name, array in inputs.items()}
        start = np.zeros((len(failed), self._simulator.compiled.circuit.n_nodes))
        x = namespace(outcome.x).asarray(outcome.x, copy=True)
        try:
            reached = self._time.end(reduced.parameters, chosen, start, AT_ONCE, from_rest=True)
            taken = self._simulator.plan.library.take(reached)
            put_rows(x, outcome.failed, columns(taken, self._simulator.plan.nodes))
        except EbanaError:
            if reduced.terminals:  # which have other beginnings
                return outcome
        # The steps end near a point, not at it.
        return newton(
            phase,
            reduced.factor,
            x,
            weights=reduced.weights,
            max_iterations=min(self._simulator.max_iterations, LAST_PATIENCE),
            samples=outcome.failed,
        )

    def settled(
        self, points: OperatingPoints, is_stable: BoolArray | None = None
    ) -> OperatingPoints:
        """Return a free phase whose unstable samples stand at stable points where that succeeds.

        Args:
            points: The free phase.
            is_stable: Samples that are known to be stable; None: none is.
        """
        if not self.is_asked(points.parameters):
            return points
        if is_stable is not None and is_stable.all():
            return attrs.evolve(points, stability=Stability(is_stable, ~is_stable))
        found = self._teller.examiner.examined(points)
        stable, several = found.is_stable.copy(), ~found.is_stable
        if not len(found.samples):
            return attrs.evolve(points, stability=Stability(stable, several))
        voltages = points.free_voltages.copy()
        left = np.arange(len(found.samples))
        # A point can be left on two sides, and either may lead to a stable one.
        for sign in (1.0, -1.0):
            if not len(left):
                break
            samples = found.samples[left]
            moved, is_settled = self._escaped(points, found, left, sign)
            voltages[samples[is_settled]] = moved[is_settled]
            stable[samples[is_settled]] = True
            left = left[~is_settled]
        stability = Stability(stable, several & stable)
        result = attrs.evolve(points, free_voltages=voltages, stability=stability)
        self._teller.tell(result, found)
        return result

    def _escaped(
        self, points: OperatingPoints, found: Examined, chosen: IntArray, sign: float
    ) -> tuple[Array, BoolArray]:
        """Return where unstable samples end on one side, V, and whether that is a stable point."""
        samples = found.samples[chosen]
        inputs = {name: array[samples] for name, array in points.inputs.items()}
        part = attrs.evolve(points, inputs=inputs, free_voltages=points.free_voltages[samples])
        start = exact(part.free_voltages)
        size = np.maximum(1.0, np.abs(start).max(axis=1, keepdims=True))
        kicked = start + sign * KICK * size * found.ways[chosen]
        try:
            conductance = ROOM * float(found.rates[chosen].max())
            reached = self._time.end(part.parameters, inputs, kicked, conductance)
        except EbanaError:
            return start, np.zeros(len(samples), dtype=bool)
        x, is_solved = self._solved_from(part, reached)
        ended = attrs.evolve(part, free_voltages=x)
        # What is reached may be unstable in its turn.
        stays = self._teller.examiner.examined(
            attrs.evolve(ended, free_voltages=np.where(is_solved[:, None], x, start))
        )
        return x, is_solved & stays.is_stable

    def _solved_from(self, points: OperatingPoints, start: Array) -> tuple[Array, BoolArray]:
        """Return voltages solved from near ones, V, and which samples are solved."""
        simulator, reduced = self._simulator, self._simulator.reduced_at(points.parameters)
        compiled, plan = simulator.compiled, simulator.plan
        offsets = compiled.constraints.offsets(points.parameters, points.inputs, start.shape)
        phase = reduced.free_phase(offsets)
        outcome = newton(
            phase,
            reduced.factor,
            columns(simulator.plan.library.take(start), plan.nodes),
            weights=reduced.weights,
            max_iterations=simulator.max_iterations,
        )
        is_solved = np.ones(len(start), dtype=bool)
        is_solved[host(outcome.failed)] = False
        x, _ = phase.settled(outcome.x)
        return exact(plan.spread(x, reduced.scale, phase.offsets)), is_solved
