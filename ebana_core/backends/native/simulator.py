"""The embedded solver: batched Newton on the reduced circuit."""

from collections.abc import Callable, Mapping
from functools import partial

from ebana_core.arrays import Array, BoolArray, IntArray, fixed, host
from ebana_core.backends.backend import Simulator
from ebana_core.backends.clamped import Holding, Through
from ebana_core.backends.finishing import finished
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.choose import Choice
from ebana_core.backends.native.clamped import clamped
from ebana_core.backends.native.displaced import both_ways, displaced
from ebana_core.backends.native.explanation import Explanation, explained
from ebana_core.backends.native.memory import reduced_memory, solving_memory
from ebana_core.backends.native.plan import Plan
from ebana_core.backends.native.polishing import polished
from ebana_core.backends.native.precision import Finer, holds_all
from ebana_core.backends.native.reduced_circuit import ReducedCircuit
from ebana_core.backends.native.search import Search
from ebana_core.backends.native.settling import Settling
from ebana_core.backends.native.superposition import Superposition
from ebana_core.backends.native.together import (
    n_samples_of,
    n_together,
    points_by_parts,
    predictions_by_parts,
)
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.same_values import check_same_values
from ebana_core.backends.turns import turn
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ConvergenceError
from ebana_core.latest import Latest


class NativeSimulator(Simulator):
    """A circuit compiled for the embedded solver.

    Args:
        compiled: The circuit.
        library: Where it is computed.
        choice: The method that solves it.
        max_iterations: Newton iterations after which a sample counts as failed.
        derive: Makes a simulator of a circuit with more sources, whose method is its own.
        finer: Makes one of the same circuit in float64; None: this one is.
    """

    def __init__(
        self,
        compiled: CompiledCircuit,
        library: ArrayLibrary,
        choice: Choice,
        *,
        max_iterations: int,
        derive: Callable[[CompiledCircuit], "NativeSimulator"],
        finer: Callable[[], Simulator] | None,
    ) -> None:
        self.compiled, self.max_iterations = compiled, max_iterations
        self.plan = Plan(compiled, library, choice)
        self.derived = derive
        self._other: NativeSimulator | None = None
        self._reduced: Latest[ReducedCircuit] = Latest()
        self._finer = Finer(finer, self.plan)
        self._settling = Settling(self)
        self._search = Search(max_iterations, compiled, self.plan, self._settling)
        is_dense = choice.method.name in ("linear", "compiled")
        self._superposition = Superposition(compiled.circuit, is_dense=is_dense)
        self._holding: Holding[NativeSimulator] = Holding(compiled, derive)
        self.through = Through(compiled, derive, NativeSimulator.finished)
        # What is kept between solves belongs to one of them: threads take turns.
        self._turn = turn()

    def simulator_of(self, compiled: CompiledCircuit) -> "NativeSimulator":
        with self._turn:
            if self._other is None or self._other.compiled is not compiled:
                self._other = self.derived(compiled)
            return self._other

    def explain(self, parameters: Mapping[str, Array]) -> Explanation:
        """Return which solver takes the circuit at these parameters, and why."""
        with self._turn:
            reduced = self.reduced_at(fixed(parameters))
            return explained(
                self.plan.choice,
                is_reciprocal=not self.compiled.weights(parameters).conflict,
                is_compiled=reduced.compiled_steps is not None,
            )

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        if start is not None:
            check_same_values(
                parameters=(start.parameters, parameters), inputs=(start.inputs, inputs)
            )
        with self._turn:
            solve = partial(self._operating_points, fixed(parameters))
            return points_by_parts(solve, n_together(self.plan.choice), inputs, nudge, start)

    def predictions(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> dict[str, Array]:
        with self._turn:
            parameters = fixed(parameters)
            solve = partial(self._operating_points, parameters)
            predict = partial(predictions_by_parts, solve, n_together(self.plan.choice))
            return self._superposition.predictions(parameters, inputs, predict)

    def finished(self, points: OperatingPoints) -> tuple[OperatingPoints, BoolArray]:
        """Return points that something else came close to, solved as far as Newton's method goes.

        Returns:
            The points, and in which of them rounding alone is known to be left.
        """
        with self._turn:
            reduced = self.reduced_at(points.parameters)
            return polished(reduced, points, partial(self._search.finished, reduced))

    def _operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None,
        start: OperatingPoints | None,
    ) -> OperatingPoints:
        reduced = self.reduced_at(parameters)
        if (finer := self._finer.than(reduced)) is not None:
            return finer.operating_points(parameters, inputs, nudge, start)
        try:
            free = self._free(reduced, parameters, inputs) if start is None else start
            if nudge is None:
                return free
            return displaced(reduced, free, nudge, self.changes(free, nudge))
        except ConvergenceError as error:
            finer, problem = self._finer.simulator, error.problem
            if finer is None:
                raise
        points = finer.operating_points(parameters, inputs, nudge, start)
        self._finer.told(problem.rstrip("."))
        return points

    def both_ways(
        self, nudge: Mapping[str, Array], start: OperatingPoints
    ) -> tuple[OperatingPoints, OperatingPoints] | None:
        with self._turn:
            reduced = self.reduced_at(start.parameters)
            if self._finer.than(reduced) is not None:
                return None
            return both_ways(reduced, start, nudge, self.max_iterations)

    def finer(self, why: str) -> Simulator | None:
        return self._finer.told(why)

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        is_reciprocal = self.compiled.weights(parameters).conflict is None
        solving = solving_memory(self.plan, n_samples, is_reciprocal=is_reciprocal)
        kept = most = 0
        if self._reduced.is_empty:  # else what is kept makes room for its successor
            kept, most = reduced_memory(self.plan, is_reciprocal=is_reciprocal)
        if self._finer.is_there:
            with self._turn:
                is_held = holds_all(lambda: self.reduced_at(fixed(parameters)), most)
            if not is_held and (finer := self._finer.simulator) is not None:
                return kept + finer.memory(parameters, n_samples)
        return max(kept + solving, most)

    def reduced_at(self, parameters: Mapping[str, Array]) -> ReducedCircuit:
        """Return the circuit reduced at parameters; kept while they are the same arrays."""
        return self._reduced.at(parameters, lambda: ReducedCircuit(self.plan, parameters))

    def _free(
        self, reduced: ReducedCircuit, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints:
        shape = n_samples_of(inputs), self.compiled.circuit.n_nodes
        offsets = self.compiled.constraints.offsets(parameters, inputs, shape)
        phase = reduced.free_phase(offsets)
        outcome = self._search.free(phase, reduced, inputs)
        if reduced.rounding is not None:
            reach = reduced.rounding.at(phase, outcome.x)
            if (finer := self._finer.beyond(reach, parameters)) is not None:
                return finer.operating_points(parameters, inputs)
        x, carried = outcome.settled or phase.settled(outcome.x)
        voltages = self.plan.spread(x, reduced.scale, phase.offsets)
        reduced.remember(voltages, carried, outcome.kept)
        points = OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge={},
            free_voltages=voltages,
        )
        held = points if reduced.is_held else finished(points)
        return self._settling.settled(held, outcome.is_stable)

    def changes(
        self,
        start: OperatingPoints,
        nudge: Mapping[str, Array],
        moved: Array | None = None,
        *,
        apart: IntArray | None = None,
    ) -> Array:
        """Return by how much nodes move from a free phase. Shape ``(n_samples, n_nodes)``, V.

        Args:
            start: The free phase.
            nudge: Output name to the current injected into its heads, A.
            moved: What sources move, at unknowns at rest. Shape of the result; None: nothing.
            apart: Samples that go so far that what rounding left of their free phase counts.

        Raises:
            ConvergenceError: See `operating_points`.
        """
        reduced = self.reduced_at(start.parameters)
        injected = reduced.injected(nudge, start.n_samples)
        if apart is not None:
            injected[apart] -= host(reduced.left_over(start))[apart]
        phase = reduced.nudged_phase(start, self.plan.library.take(injected), moved)
        name = "nudged" if nudge else "clamped"
        outcome = self._search.change(phase, reduced, start.n_samples, name)
        shape, library = (start.n_samples, self.compiled.circuit.n_nodes), self.plan.library
        nodes = library.zeros(shape) if moved is None else library.take(moved.copy())
        return self.plan.spread(outcome.x, reduced.scale, nodes)

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        with self._turn:
            reduced = self.reduced_at(free.parameters)
            if (finer := self._finer.than(reduced)) is not None:
                return finer.clamped(free, displacement)
            held = self._holding.at(free.parameters)
            if held is None or not reduced.is_held:
                return None
            outputs, simulator = held
            return clamped(outputs, simulator.changes, free, displacement)
