"""The embedded solver: batched Newton on the reduced circuit."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed, host
from ebana_core.backends.backend import Backend, OperatingPoints, Simulator
from ebana_core.backends.native.equations import Equations
from ebana_core.backends.native.full_steps import load_kernel, numba_is_installed
from ebana_core.backends.native.library import check_device, check_dtype, find_library
from ebana_core.backends.native.memory import reduced_memory, solving_memory
from ebana_core.backends.native.newton import Outcome, newton
from ebana_core.backends.native.reduced import Plan, Reduced
from ebana_core.backends.native.transient import trajectory
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ConvergenceError, ParameterError, UnsupportedError

MAX_NAMED = 5
"""How many samples an error lists."""


@final
@attrs.frozen
class NativeBackend(Backend):
    """The embedded solver; needs nothing but NumPy, and runs on PyTorch's devices too.

    Args:
        max_iterations: Newton iterations after which a sample counts as failed.
        compiled: Solve small circuits of piecewise-linear devices in compiled code, which
            needs numba; None: where it is installed. It computes on NumPy in float64 only.
        device: ``"cuda"``, ``"cuda:1"`` or ``"cpu"`` of PyTorch; None: NumPy.
        dtype: ``"float64"``, or ``"float32"`` for speed at gradients right to about 1e-4.

    Raises:
        MissingLibraryError: `compiled` or `device` needs a package that is not installed.
        ParameterError: A setting is unknown, or the device is not there; names those that are.
    """

    name = "native"
    max_iterations: int = attrs.field(default=200)
    compiled: bool | None = attrs.field(default=None)
    device: str | None = attrs.field(default=None)
    dtype: str = attrs.field(default="float64")

    @max_iterations.validator
    def _check(self, _: object, value: int) -> None:
        if not (isinstance(value, int) and value >= 1):
            raise ParameterError(
                f"NativeBackend has max_iterations={value!r}.",
                "give a whole number of at least 1",
            )

    def __attrs_post_init__(self) -> None:
        check_device(self.device)
        check_dtype(self.dtype)
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

    def compile(self, compiled: CompiledCircuit) -> "NativeSimulator":
        if self.compiled:
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
        return NativeSimulator(self, compiled)

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

    def __init__(self, backend: NativeBackend, compiled: CompiledCircuit) -> None:
        self.backend, self.compiled = backend, compiled
        self.library = find_library(backend.device, backend.dtype)
        self.plan = Plan(compiled, self.library, uses_kernel=backend.uses_kernel)
        self._reduced: Reduced | None = None

    def uses_kernel(self, n_samples: int) -> bool:
        """Tell whether compiled code solved the last parameters, or would at this size."""
        reduced = self._reduced
        return (
            reduced is not None
            and reduced.full_steps is not None
            and reduced.full_steps.is_worth_it(n_samples)
        )

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        parameters = fixed(parameters)
        reduced = self._reduced_at(parameters)
        if start is None:
            start = self._free(reduced, parameters, inputs)
        if nudge is None:
            return start
        change = self._nudged(reduced, start, nudge)
        return OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=nudge,
            free_voltages=start.solved_free,
            change=change,
        )

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        weights = self.compiled.weights(parameters)
        solving = solving_memory(self.plan, n_samples, is_reciprocal=weights.conflict is None)
        if self._reduced is not None:  # which makes room for its successor
            return solving
        kept, most = reduced_memory(self.plan)
        return max(kept + solving, most)

    def _reduced_at(self, parameters: Mapping[str, Array]) -> Reduced:
        if self._reduced is None or not self._reduced.holds(parameters):
            self._reduced = None  # two at a time would take twice the memory
            self._reduced = Reduced(self.plan, parameters)
        return self._reduced

    def _free(
        self, reduced: Reduced, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints:
        n_samples = len(next(iter(inputs.values()))) if inputs else 1
        n_nodes = self.compiled.circuit.n_nodes
        offsets = self.compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))
        phase = reduced.free_phase(offsets)
        outcome = self._solve(phase, reduced, n_samples, "free")
        x, carried = phase.settled(outcome.x)
        voltages = self.plan.spread(x, reduced.scale, phase.offsets)
        reduced.remember(voltages, carried)
        return OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge={},
            free_voltages=voltages,
        )

    def _nudged(
        self, reduced: Reduced, start: OperatingPoints, nudge: Mapping[str, Array]
    ) -> Array:
        injected = reduced.injected(nudge, start.n_samples)
        phase = reduced.nudged_phase(start, self.library.take(injected))
        outcome = self._solve(phase, reduced, start.n_samples, "nudged")
        unmoved = self.library.zeros((start.n_samples, self.compiled.circuit.n_nodes))
        return self.plan.spread(outcome.x, reduced.scale, unmoved)

    def _solve(self, phase: Equations, reduced: Reduced, n_samples: int, name: str) -> Outcome:
        x = self.library.zeros((n_samples, self.plan.partition.n_unknowns))
        samples: IntArray | None = None
        full_steps = reduced.full_steps
        if full_steps is not None and full_steps.is_worth_it(n_samples):
            samples = full_steps.solve(phase, x, self.backend.max_iterations)
            if not len(samples):
                return Outcome(x, samples, x)
        outcome = newton(
            phase,
            reduced.factor,
            x,
            weights=reduced.weights,
            max_iterations=self.backend.max_iterations,
            samples=samples,
        )
        self._require_success(outcome, name)
        return outcome

    def _require_success(self, outcome: Outcome, phase: str) -> None:
        if not len(outcome.failed):
            return
        failed = host(outcome.failed)
        worst = np.abs(host(outcome.residual)[failed])
        worst[np.isnan(worst)] = np.inf
        sample, place = np.unravel_index(np.argmax(worst), worst.shape)
        name = self.compiled.circuit.node_names[self.plan.partition.nodes[place]]
        listed = f"{failed[:MAX_NAMED].tolist()}"
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        raise ConvergenceError(
            f"native found no operating point in the {phase} phase for samples {listed}{more}; "
            f"worst node {name!r}, residual {worst[sample, place]:.3g} A after "
            f"{self.backend.max_iterations} iterations.",
            "raise `max_iterations`, or check for device values that differ by many decades",
        )
