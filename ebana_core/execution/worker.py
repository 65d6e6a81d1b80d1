"""The work on one shard inside a worker, which keeps the circuits of its last shards compiled."""

import os
import pickle
import socket
import threading
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed
from ebana_core.backends import Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import WorkerError
from ebana_core.execution.drive import Divisible
from ebana_core.execution.packing import packed, unpacked
from ebana_core.execution.shards import one_blas_thread
from ebana_core.execution.work import Work

KEPT = 4
"""How many compiled circuits a worker keeps."""

LARGE_BLOCK = 2**24
"""Bytes; larger than the arrays of a shard, below the 32 MiB at which glibc stops learning."""


@attrs.frozen(eq=False, kw_only=True)
class Answer:
    """An answer of a worker: a result or an error, or neither where it does not know the circuit.

    Args:
        worker: Host and process, for example ``"node7:4711"``.
        result: What the work returned, packed.
        error: What it raised, packed.
        traceback: Where.
    """

    worker: str
    result: bytes | None = None
    error: bytes | None = None
    traceback: str = ""

    @property
    def lacks_circuit(self) -> bool:
        """The worker does not know the circuit."""
        return self.result is None and self.error is None


@attrs.define(eq=False)
class _Remembered:
    """The memory of a worker between shards; the lock keeps threads out of a simulator."""

    lock: threading.Lock = attrs.field(factory=threading.Lock)
    circuits: OrderedDict[str, tuple[CompiledCircuit, Simulator]] = attrs.field(factory=OrderedDict)
    task: tuple[bytes, Any] = (b"", None)


_REMEMBERED = _Remembered()


def run_shard(ticket: str, key: str, circuit: bytes | None, task: bytes, shard: bytes) -> Answer:
    """Do the work on one shard.

    Args:
        ticket: Another for every call: executors may reuse the answers of equal calls.
        key: Of the circuit.
        circuit: The packed circuit; None: it should be known.
        task: Packed work and parameters.
        shard: Packed samples.
    """
    del ticket
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with _REMEMBERED.lock, one_blas_thread():
        try:
            if circuit is None and key not in _REMEMBERED.circuits:
                return Answer(worker=worker)
            compiled, simulator = _simulator(key, circuit, worker)
            work, parameters = _task(task, worker)
            samples = _read(shard, worker)
            result = work(simulator, compiled, parameters, samples)
            known = known_objects(compiled, parameters, samples)
            return Answer(worker=worker, result=packed(result, known))
        except Exception as error:  # of any law or rule: it is raised again where the batch is
            text = f"on worker {worker}:\n{traceback.format_exc()}"
            return Answer(worker=worker, error=_packed_error(error, worker), traceback=text)


def known_objects(
    compiled: CompiledCircuit, parameters: Mapping[str, Array], shard: Divisible
) -> dict[str, Any]:
    """Return what both sides hold already, so that a result names it only."""
    return {"compiled": compiled, "parameters": parameters, "inputs": shard.inputs}


def _simulator(key: str, circuit: bytes | None, worker: str) -> tuple[CompiledCircuit, Simulator]:
    kept = _REMEMBERED.circuits
    if key not in kept:
        assert circuit is not None
        compiled, backend = _read(circuit, worker)
        # glibc hands freed memory back to the system until a large block was freed once;
        # without that a shard spends 40 % of its time on fresh pages.
        np.empty(LARGE_BLOCK, np.uint8)
        kept[key] = compiled, backend.compile(compiled)
        while len(kept) > KEPT:
            kept.popitem(last=False)[1][1].close()
    kept.move_to_end(key)
    return kept[key]


def _task(task: bytes, worker: str) -> tuple[Work[Any, Any], Mapping[str, Array]]:
    """Return work and parameters; the same arrays for all shards of a batch.

    Simulators know parameters by identity, so that they reduce a circuit once per batch.
    """
    if _REMEMBERED.task[0] != task:
        work, parameters = _read(task, worker)
        _REMEMBERED.task = task, (work, fixed(parameters))
    return _REMEMBERED.task[1]


def _read(data: bytes, worker: str) -> Any:
    try:
        return unpacked(data)
    except Exception as error:
        raise WorkerError(
            f"Worker {worker} cannot read what it was sent: {type(error).__name__}: {error}.",
            "install the same packages on every worker, and define classes of your own in a "
            "module that workers can import, not in the script itself",
        ) from error


def _packed_error(error: Exception, worker: str) -> bytes:
    """Pack an error with its notes; one that cannot travel is told in words."""
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:
        told = WorkerError(
            f"Worker {worker} raised {type(error).__name__}: {error}.",
            "read the worker's traceback above",
        )
        return pickle.dumps(told)
    return data
