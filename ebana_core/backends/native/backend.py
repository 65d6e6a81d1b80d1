"""The settings of the embedded solver."""

from collections.abc import Mapping, Sequence
from typing import Protocol, final, runtime_checkable

import attrs

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, Simulator
from ebana_core.backends.native.ahead import no_singles
from ebana_core.backends.native.array_library import (
    ArrayLibrary,
    check_device,
    check_dtype,
    find_array_library,
)
from ebana_core.backends.native.choose import check_method, choose, is_condensed
from ebana_core.backends.native.explanation import Explanation
from ebana_core.backends.native.precision import is_finer_faster
from ebana_core.backends.native.simulator import NativeSimulator
from ebana_core.backends.native.singles.simulator import SinglesSimulator
from ebana_core.backends.native.solvers.compiled import load_kernel
from ebana_core.backends.native.structure import Structure
from ebana_core.backends.native.transient import trajectory
from ebana_core.backends.native.wired_simulator import WiredSimulator
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.checking import check_truth, checked_whole
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.machine_code import numba_works
from ebana_core.objects import checked_instance

MOST_ITERATIONS = 1_000_000
"""Largest `max_iterations`: more would run for ever on a circuit without an operating point."""


@runtime_checkable
class Solvable(Protocol):
    """A model, as far as `NativeBackend.explain` needs it."""

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
            needs numba; None: where it is installed. It computes on NumPy only.
        device: ``"cuda"``, ``"cuda:1"`` or ``"cpu"`` of PyTorch; None: NumPy.
        dtype: ``"float64"``, or ``"float32"`` for speed, at voltages right to 1e-4 and gradients
            to 1e-3 of the largest; what float32 does not hold is solved in float64.
        method: Name of the solver that takes the circuit, as `explain` names them; None: the
            fastest. Circuits that are made from it (held outputs, steps of time) take their own.

    Raises:
        MissingLibraryError: `compiled` or `device` needs a package that is not installed.
        ParameterError: A setting is unknown, the device is not there, or settings contradict each
            other; names those that are.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> backend = NativeBackend(max_iterations=50)
        >>> model.predict({"xp": [[0.0]], "xn": [[0.0]]}, backend=backend)["y"].shape
        (1, 1)
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
        if self.compiled is not None:
            check_truth(self.compiled, "NativeBackend has compiled")
        check_device(self.device)
        check_dtype(self.dtype)
        check_method(self.method)
        if self.method is not None and self.compiled is not None:
            raise ParameterError(
                f"NativeBackend has method={self.method!r} and compiled={self.compiled!r}.",
                "leave out `compiled`: the method says whether code is compiled",
            )
        if self.method == "compiled" and self.device is not None:
            raise ParameterError(
                f"NativeBackend has method='compiled' and device={self.device!r}.",
                "use another method: compiled code computes on NumPy",
            )
        if self.compiled and self.device is not None:
            raise ParameterError(
                f"NativeBackend has compiled=True and device={self.device!r}.",
                "leave out `compiled`: compiled code computes on NumPy",
            )

    @property
    def _is_plain(self) -> bool:
        return self.device is None and self.dtype == "float64"

    @property
    def uses_kernel(self) -> bool:
        """Whether compiled code solves the circuits that it can solve in float64."""
        return self._is_plain and self._compiles_steps

    @property
    def _compiles_steps(self) -> bool:
        if self.compiled is None:
            return self.device is None and numba_works()
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
            ParameterError: `model` is none.
        """
        checked_instance(model, Solvable, "model", "give a model")  # type: ignore[type-abstract]  # a protocol that is checked when it runs
        simulator = model.simulator(self)
        assert isinstance(simulator, NativeSimulator | WiredSimulator)
        return simulator.explain(model.parameters.snapshot())

    def compile(self, compiled: CompiledCircuit) -> NativeSimulator | WiredSimulator:
        if self.compiled or self.method == "compiled":
            load_kernel()
        self._require_known(compiled)
        if self._is_finer_faster(compiled):
            return attrs.evolve(self, dtype="float64").compile(compiled)
        circuit = Structure(compiled, is_plain=self._is_plain, may_compile=lambda: self.uses_kernel)
        if not is_condensed(circuit, self.method):
            return self._compile_on_library(compiled)
        choice, rest = choose(circuit, self.method), attrs.evolve(self, method=None)
        return WiredSimulator(compiled, choice, circuit.lattices, rest.compile_whole)

    def compile_whole(self, compiled: CompiledCircuit) -> NativeSimulator:
        """Return a simulator of a circuit whose unknowns are all of its nodes.

        Raises:
            UnsupportedError: See `compile`.
        """
        if self.compiled or self.method == "compiled":
            load_kernel()
        self._require_known(compiled)
        if self._is_finer_faster(compiled):
            return attrs.evolve(self, dtype="float64").compile_whole(compiled)
        return self._compile_on_library(compiled)

    def _compile_on_library(self, compiled: CompiledCircuit) -> NativeSimulator:
        return self.compile_on(find_array_library(self.device, self.dtype), compiled)

    def _is_finer_faster(self, compiled: CompiledCircuit) -> bool:
        is_free = self.dtype == "float32" and self.device is None and self.method is None
        return is_free and is_finer_faster(compiled)

    def compile_on(self, library: ArrayLibrary, compiled: CompiledCircuit) -> NativeSimulator:
        """Return a simulator that computes on a library, with all nodes as unknowns."""
        circuit = Structure(
            compiled,
            is_plain=library.is_default,
            may_compile=lambda: self.uses_kernel,
            compiles_steps=lambda: self._compiles_steps,
            is_whole=True,
        )
        # A circuit with more sources has another structure, which may rule a method out.
        derived, double = attrs.evolve(self, method=None), attrs.evolve(self, dtype="float64")
        makes_singles = self.method is None and no_singles(circuit) is None
        kind = SinglesSimulator if makes_singles else NativeSimulator
        return kind(
            compiled,
            library,
            choose(circuit, self.method),
            max_iterations=self.max_iterations,
            derive=lambda other: derived.compile_on(library, other),
            finer=None if double == self else lambda: double.compile_whole(compiled),
        )

    def _require_known(self, compiled: CompiledCircuit) -> None:
        """Refuse devices whose laws native does not know, or not in this library."""
        for array in compiled.circuit.element_arrays:
            if array.law.native_refusal:
                raise UnsupportedError(
                    f"The native backend cannot run layer {array.layer!r}: "
                    f"{array.law.native_refusal}.",
                    'use backend="ngspice"',
                )
        for terminals in compiled.circuit.terminal_devices:
            if terminals.law.refusal or not self._is_plain:
                reason = (
                    terminals.law.refusal or "devices of several terminals run on NumPy in float64"
                )
                raise UnsupportedError(
                    f"The native backend cannot run layer {terminals.layer!r}: {reason}.",
                    'use backend="ngspice"' if terminals.law.refusal else "use NativeBackend()",
                )

    def trajectory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        capacitances: Array,
        phases: Sequence[TimedPhase],
    ) -> Trajectory:
        def make(circuit: CompiledCircuit, dtype: str) -> NativeSimulator:
            return attrs.evolve(self, dtype=dtype, method=None).compile_whole(circuit)

        return trajectory(make, self.dtype, compiled, parameters, inputs, capacitances, phases)
