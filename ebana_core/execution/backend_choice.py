"""Backends by name, and a model's circuit compiled for each of them."""

from concurrent.futures import Executor
from typing import final

import attrs

from ebana_core.backends import Backend, NativeBackend, NgspiceBackend, Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError
from ebana_core.execution.packing import PackedCircuit, pack_circuit
from ebana_core.execution.runner import Runner, checked_executor
from ebana_core.registry import load_registry


def find_backend(backend: str | Backend) -> Backend:
    """Return a backend given by name or as an instance.

    Raises:
        UnknownNameError: No backend has this name; lists those that are installed.
        ParameterError: Neither a name nor a backend.
    """
    if isinstance(backend, Backend):
        return backend
    if not isinstance(backend, str):
        raise ParameterError(
            f"backend is {backend!r}.", "give a name such as 'native', or a Backend"
        )
    # A plugin that does not import must not keep the core's own solvers from running.
    for own in (NativeBackend, NgspiceBackend):
        if backend == own.name:
            return own()
    found: Backend = load_registry().backend(backend)()
    return found


@final
class Runners:
    """One circuit, compiled and packed at most once per backend."""

    def __init__(self, compiled: CompiledCircuit) -> None:
        self._compiled = compiled
        self._simulators: dict[Backend, Simulator] = {}
        self._packed: dict[Backend, PackedCircuit] = {}

    def simulator(self, backend: str | Backend) -> Simulator:
        """Return the simulator of a backend; see `Model.simulator`."""
        chosen = find_backend(backend)
        if chosen not in self._simulators:
            self._simulators[chosen] = chosen.compile(self._compiled)
        return self._simulators[chosen]

    def runner(self, backend: str | Backend, executor: Executor | None) -> Runner:
        """Return what works on batches; see `Model.runner`."""
        chosen = find_backend(backend)
        here = Runner(compiled=self._compiled, simulator=self.simulator(chosen))
        if executor is None:
            return here
        checked_executor(executor)
        if chosen not in self._packed:
            self._packed[chosen] = pack_circuit(self._compiled, chosen)
        return attrs.evolve(here, circuit=self._packed[chosen], executor=executor)
