"""The embedded solver: batched Newton on the reduced circuit."""

from collections.abc import Mapping, Sequence
from typing import Protocol, final

import attrs

from ebana_core.arrays import Array, fixed, host
from ebana_core.backends.backend import Backend, Simulator
from ebana_core.backends.clamped import Holding
from ebana_core.backends.finishing import finished, finished_change
from ebana_core.backends.native.choose import check_method, choose
from ebana_core.backends.native.clamped import clamped
from ebana_core.backends.native.explanation import Explanation, explained
from ebana_core.backends.native.library import Library, check_device, check_dtype, find_library
from ebana_core.backends.native.memory import reduced_memory, solving_memory
from ebana_core.backends.native.polishing import polished
from ebana_core.backends.native.precision import Finer, is_finer_faster, reason
from ebana_core.backends.native.reduced import Plan, Reduced
from ebana_core.backends.native.search import Search
from ebana_core.backends.native.settling import Settling
from ebana_core.backends.native.solvers.compiled import load_kernel, numba_is_installed
from ebana_core.backends.native.structure import Structure
from ebana_core.backends.native.transient import trajectory
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.same_values import check_same_values
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.backends.turns import turn
from ebana_core.checking import checked_whole
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ConvergenceError, ParameterError, UnsupportedError
from ebana_core.memory import available_memory

MOST_ITERATIONS = 1_000_000
"""More would run for ever on a circuit without an operating point."""


class Solvable(Protocol):
    """What `NativeBackend.explain` needs of a model."""

    def simulator(self, backend: Backend) -> Simulator:
        """Return the simulator of a backend."""
        ...

    @property
    def parameters(self) -> "Snapshots":
        """Its present values."""
        ...


class Snapshots(Protocol):
    """Values that can be read at once."""

    def snapshot(self) -> Mapping[str, Array]:
        """Return parameter name to array."""
        ...


@final
@attrs.frozen(repr=False)
class NativeBackend(Backend):
    """The embedded solver; needs nothing but NumPy, and runs on PyTorch's devices too.

    Args:
        max_iterations: Newton iterations after which a sample counts as failed.
        compiled: Solve small circuits of piecewise-linear devices in compiled code, which
            needs numba; None: where it is installed. It computes on NumPy in float64 only.
        device: ``"cuda"``, ``"cuda:1"`` or ``"cpu"`` of PyTorch; None: NumPy.
        dtype: ``"float64"``, or ``"float32"`` for speed, at voltages right to 1e-4 and gradients
            to 1e-3 of the largest; what float32 does not hold is solved in float64.
        method: Name of the solver that takes the circuit, as `explain` names them; None: the
            fastest. Circuits that are made from it (held outputs, steps of time) take their own.

    Raises:
        MissingLibraryError: `compiled` or `device` needs a package that is not installed.
        ParameterError: A setting is unknown, the device is not there, or settings contradict each
            other; names those that are.
    """

    name = "native"
    max_iterations: int = attrs.field(default=200)
    compiled: bool | None = attrs.field(default=None)
    device: str | None = attrs.field(default=None)
    dtype: str = attrs.field(default="float64")
    method: str | None = attrs.field(default=None)

    @max_iterations.validator
    def _check(self, _: object, value: int) -> None:
        checked_whole(value, "NativeBackend.max_iterations", at_most=MOST_ITERATIONS)

    def __attrs_post_init__(self) -> None:
        check_device(self.device)
        check_dtype(self.dtype)
        check_method(self.method)
        if self.method is not None and self.compiled is not None:
            raise ParameterError(
                f"NativeBackend has method={self.method!r} and compiled={self.compiled!r}.",
                "leave out `compiled`: the method says whether code is compiled",
            )
        if self.method == "compiled" and not self._is_plain:
            raise ParameterError(
                f"NativeBackend has method='compiled', device={self.device!r} and "
                f"dtype={self.dtype!r}.",
                "use another method: compiled code computes on NumPy in float64",
            )
        if self.compiled and not self._is_plain:
            raise ParameterError(
                f"NativeBackend has compiled=True, device={self.device!r} and "
                f"dtype={self.dtype!r}.",
                "leave out `compiled`: compiled code computes on NumPy in float64",
            )

    @property
    def _is_plain(self) -> bool:
        return self.device is None and self.dtype == "float64"

    @property
    def uses_kernel(self) -> bool:
        """Whether compiled code solves the circuits that it can solve."""
        if self.compiled is None:
            return self._is_plain and numba_is_installed()
        return self.compiled

    def __repr__(self) -> str:
        method = "" if self.method is None else f", method={self.method!r}"
        return (
            f"NativeBackend(max_iterations={self.max_iterations!r}, compiled={self.compiled!r}, "
            f"device={self.device!r}, dtype={self.dtype!r}{method})"
        )

    def explain(self, model: Solvable) -> Explanation:
        """Return which solver takes a model's circuit at its present values, and why.

        It prints as sentences: ``print(NativeBackend().explain(model))``.

        Raises:
            UnsupportedError: The circuit cannot be solved by these settings; says why.
        """
        simulator = model.simulator(self)
        assert isinstance(simulator, NativeSimulator)
        return simulator.explain(model.parameters.snapshot())

    def for_derived(self) -> "NativeBackend":
        """Return these settings for a circuit made from another one, whose structure differs."""
        return attrs.evolve(self, method=None)

    def compile(self, compiled: CompiledCircuit) -> "NativeSimulator":
        if self.compiled or self.method == "compiled":
            load_kernel()
        for array in compiled.circuit.element_arrays:
            if array.law.native_refusal:
                raise UnsupportedError(
                    f"The native backend cannot run layer {array.layer!r}: "
                    f"{array.law.native_refusal}.",
                    'use backend="ngspice"',
                )
        for ports in compiled.circuit.ports:
            if ports.law.refusal or not self._is_plain:
                reason = ports.law.refusal or "devices of several terminals run on NumPy in float64"
                raise UnsupportedError(
                    f"The native backend cannot run layer {ports.layer!r}: {reason}.",
                    'use backend="ngspice"' if ports.law.refusal else "use NativeBackend()",
                )
        is_own = self.dtype == "float32" and self.device is None and self.method is None
        is_finer = is_own and is_finer_faster(compiled)
        backend = attrs.evolve(self, dtype="float64") if is_finer else self
        return NativeSimulator(backend, compiled)

    def trajectory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        capacitances: Array,
        phases: Sequence[TimedPhase],
    ) -> Trajectory:
        return trajectory(self, compiled, parameters, inputs, capacitances, phases)


class NativeSimulator(Simulator):
    """A circuit compiled for the embedded solver."""

    def __init__(
        self, backend: NativeBackend, compiled: CompiledCircuit, library: Library | None = None
    ) -> None:
        self.backend, self.compiled = backend, compiled
        own = self.library = library or find_library(backend.device, backend.dtype)
        is_plain, may_compile = self.library.is_default, backend.uses_kernel
        structure = Structure(compiled, is_plain=is_plain, may_compile=may_compile)
        self.plan = Plan(compiled, self.library, choose(structure, backend.method))
        self._reduced: Reduced | None = None
        double = attrs.evolve(backend, dtype="float64")
        self._finer = None if double == backend else Finer(lambda: double.compile(compiled))
        self._settling = Settling(self)
        self._search = Search(backend.max_iterations, compiled, self.plan, self._settling)
        self._holding: Holding[NativeSimulator] = Holding(
            compiled, lambda held: NativeSimulator(backend.for_derived(), held, own)
        )
        # What is kept between solves belongs to one of them: threads take turns.
        self._turn = turn()

    def explain(self, parameters: Mapping[str, Array]) -> Explanation:
        """Return which solver takes the circuit at these parameters, and why."""
        with self._turn:
            reduced = self.reduced_at(fixed(parameters))
            return explained(
                self.plan.choice,
                is_reciprocal=not self.compiled.weights(parameters).conflict,
                is_compiled=reduced.full_steps is not None,
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
            return self._operating_points(fixed(parameters), inputs, nudge, start)

    def polished(self, points: OperatingPoints) -> OperatingPoints:
        """Return points that another simulator came close to, solved to the end from there.

        Samples on which Newton's method fails are where it left them: their residual tells.
        """
        with self._turn:
            reduced = self.reduced_at(points.parameters)
            return polished(
                reduced, points, lambda phase, x: self._search.newton(phase, reduced, x).x
            )

    def _operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None,
        start: OperatingPoints | None,
    ) -> OperatingPoints:
        reduced = self.reduced_at(parameters)
        if (finer := self._finer_than(reduced)) is not None:
            return finer.operating_points(parameters, inputs, nudge, start)
        try:
            return self._points(reduced, parameters, inputs, nudge, start)
        except ConvergenceError as error:
            if self._finer is None:
                raise
            problem = error.problem
        points = self._finer.simulator.operating_points(parameters, inputs, nudge, start)
        self._finer.tell(problem.rstrip("."))
        return points

    def _points(
        self,
        reduced: Reduced,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None,
        start: OperatingPoints | None,
    ) -> OperatingPoints:
        if start is None:
            start = self._free(reduced, parameters, inputs)
        if nudge is None:
            return start
        points = OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=nudge,
            free_voltages=start.solved_free,
            change=self.changes(start, nudge),
            stability=start.stability,
        )
        return points if reduced.is_held else finished_change(points)

    def finer(self, why: str) -> Simulator | None:
        if self._finer is None:
            return None
        self._finer.tell(why)
        return self._finer.simulator

    def _finer_than(self, reduced: Reduced) -> Simulator | None:
        """Return what solves at these parameters where this precision does not hold them."""
        if reduced.rounding is None or not reduced.rounding.reach.is_too_far:
            return None
        return self.finer(reason(self.plan, reduced.rounding.reach, reduced.parameters))

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        weights = self.compiled.weights(parameters)
        solving = solving_memory(self.plan, n_samples, is_reciprocal=weights.conflict is None)
        kept, most = reduced_memory(self.plan)
        if self._reduced is not None:  # which makes room for its successor
            kept = most = 0
        own = max(kept + solving, most)
        if self._finer is None or self._holds_all(parameters, most):
            return own
        return kept + self._finer.simulator.memory(parameters, n_samples)

    def _holds_all(self, parameters: Mapping[str, Array], to_reduce: int) -> bool:
        """Tell whether float32 holds the circuit at all samples, as far as that can be known.

        Args:
            parameters: Parameter name to array.
            to_reduce: Bytes that it takes to find out; what does not fit is not tried.
        """
        available = available_memory()
        if available is not None and to_reduce > available:
            return True  # its own memory says enough
        with self._turn:
            rounding = self.reduced_at(fixed(parameters)).rounding
        return rounding is None or rounding.holds_all

    def reduced_at(self, parameters: Mapping[str, Array]) -> Reduced:
        """Return the circuit reduced at parameters; kept while they are the same arrays."""
        reduced = self._reduced
        if reduced is None or not reduced.holds(parameters):
            reduced = self._reduced = None  # two at a time would take twice the memory
            reduced = self._reduced = Reduced(self.plan, parameters)
        return reduced

    def _free(
        self, reduced: Reduced, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints:
        n_samples = len(next(iter(inputs.values()))) if inputs else 1
        n_nodes = self.compiled.circuit.n_nodes
        offsets = self.compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))
        phase = reduced.free_phase(offsets)
        outcome = self._search.free(phase, reduced, inputs)
        if reduced.rounding is not None:
            reach = reduced.rounding.at(phase, outcome.x)
            if reach.is_too_far:
                finer = self.finer(reason(self.plan, reach, parameters))
                assert finer is not None
                return finer.operating_points(parameters, inputs)
        x, carried = phase.settled(outcome.x)
        voltages = self.plan.spread(x, reduced.scale, phase.offsets)
        reduced.remember(voltages, carried)
        points = OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge={},
            free_voltages=voltages,
        )
        return self._settling.settled(points if reduced.is_held else finished(points))

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
        phase = reduced.nudged_phase(start, self.library.take(injected), moved)
        name = "nudged" if nudge else "clamped"
        outcome = self._search.change(phase, reduced, start.n_samples, name)
        if moved is None:
            nodes = self.library.zeros((start.n_samples, self.compiled.circuit.n_nodes))
        else:
            nodes = self.library.take(moved.copy())
        return self.plan.spread(outcome.x, reduced.scale, nodes)

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        with self._turn:
            return self._clamped(free, displacement)

    def _clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        if (finer := self._finer_than(self.reduced_at(free.parameters))) is not None:
            return finer.clamped(free, displacement)
        held = self._holding.at(free.parameters)
        if held is None or not self.reduced_at(free.parameters).is_held:
            return None
        return clamped(*held, free, displacement)
