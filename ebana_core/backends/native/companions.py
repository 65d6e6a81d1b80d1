"""Capacitors of a step of time as conductances to sources, solved from the step before."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, exact, host
from ebana_core.backends.finishing import finished
from ebana_core.backends.native.conditioning import Reach
from ebana_core.backends.native.newton import newton
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.planned import PlannedSimulator
from ebana_core.backends.native.precision import reason
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit import (
    GROUND,
    Branches,
    Circuit,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.circuit import NodeGroup
from ebana_core.errors import ConvergenceError
from ebana_core.latest import Latest
from ebana_core.laws import Ohm

MEMORY = "ebana_memory"
"""Name of the sources that hold what capacitors remember, and of their conductances."""


def with_companions(circuit: Circuit, nodes: IntArray) -> Circuit:
    """Return a circuit with a conductance from each node to a source of its own."""
    first = circuit.n_nodes
    # Numbered behind all others, which keep their numbers.
    held = np.arange(first, first + len(nodes))
    sources = VoltageSources(
        name=MEMORY, layer=MEMORY, heads=held, tails=[GROUND] * len(nodes), voltage=Input(MEMORY)
    )
    companions = ElementArray(
        name=f"{MEMORY}_companion",
        layer=MEMORY,
        topology=Branches(nodes, held),
        law=Ohm(),
        values={"conductance": Parameter(MEMORY)},
    )
    return attrs.evolve(
        circuit,
        groups=(*circuit.groups, NodeGroup(MEMORY, "held", (len(nodes),), first)),
        elements=(*circuit.elements, sources, companions),
    )


class NotHeldError(ConvergenceError):
    """Float32 does not hold a step of time; the problem says why."""


class CompanionSolver:
    """Solves a circuit with companions, each time from where it was the last time.

    Args:
        simulator: Of the circuit with companions.
        parameters: Parameter name to array.
        inputs: Input name to ``(n_samples, n_elements)``, V.
        nodes: Those with a capacitor.
        start: Voltages of all nodes but the companions', V; None: zero.
        patience: Iterations from the last solution, after which there is none; None: as many as
            the backend says, and then from zero.

    Attributes:
        nudge: Output name to the current injected into its heads, A.
        at_capacitors: Voltages of `nodes` in the last solution, V.
    """

    def __init__(
        self,
        simulator: PlannedSimulator,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nodes: IntArray,
        start: Array | None = None,
        *,
        patience: int | None = None,
    ) -> None:
        self._patience = patience
        self.simulator, self.nodes = simulator, nodes
        self.parameters, self.inputs = parameters, inputs
        self.nudge: Mapping[str, Array] = {}
        n_samples = len(next(iter(inputs.values())))
        self._last = np.zeros((n_samples, simulator.compiled.circuit.n_nodes))
        if start is not None:
            self._last[:, : start.shape[1]] = start
        self.at_capacitors = self._last[:, nodes]
        self._reduced: Latest[ReducedCircuit] = Latest()

    def solved(self, conductance: Array, remembered: Array) -> Array:
        """Return the voltages of all nodes, V.

        Args:
            conductance: Of the companions, S. The circuit is reduced anew for another array.
            remembered: Voltages of their sources. Shape ``(n_samples, n_capacitors)``, V.

        Raises:
            ConvergenceError: There is no solution; names samples and worst node.
            NotHeldError: Float32 does not hold it.
        """
        parameters = {**self.parameters, MEMORY: conductance}
        inputs = {**self.inputs, MEMORY: remembered}
        found = self._near(parameters, inputs)
        if found is None and self._patience is not None:
            raise ConvergenceError(
                "A step of time has no solution near the one before.", "take shorter steps"
            )
        if found is None:
            points = self.simulator.operating_points(parameters, inputs, self.nudge or None)
            found = points.node_voltages
        self._last = found
        self.at_capacitors = exact(found[:, self.nodes])
        return found

    def _near(self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array | None:
        """Return a solution by Newton's method from the last one; None: it leads nowhere."""
        simulator, plan = self.simulator, self.simulator.plan
        reduced = self._reduced.at(parameters, lambda: ReducedCircuit(plan, parameters))
        if reduced.rounding is not None:
            _require_digits(plan, reduced, reduced.rounding.reach)
        offsets = simulator.compiled.constraints.offsets(parameters, inputs, self._last.shape)
        phase = reduced.free_phase(offsets)
        if self.nudge:
            phase = attrs.evolve(
                phase,
                driven=phase.driven
                - plan.library.take(reduced.injected(self.nudge, len(self._last))),
            )
        # Steps of time are short: the last solution is a start from which few iterations lead on.
        outcome = newton(
            phase,
            reduced.factor,
            plan.library.take(self._last[:, plan.partition.nodes]),
            weights=reduced.weights,
            max_iterations=self._patience or simulator.max_iterations,
        )
        if len(outcome.failed):
            return None
        if reduced.rounding is not None:
            _require_digits(plan, reduced, reduced.rounding.at(phase, outcome.x))
        x, _ = phase.settled(outcome.x)
        points = OperatingPoints(
            compiled=simulator.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=self.nudge,
            free_voltages=host(plan.spread(x, reduced.scale, phase.offsets)),
        )
        return (points if reduced.is_held else finished(points)).free_voltages


def _require_digits(plan: Plan, reduced: ReducedCircuit, reach: Reach) -> None:
    if reach.is_too_far:
        raise NotHeldError(reason(plan, reach, reduced.parameters), "use float64")
