"""The shards of a batch, one after the other or on the workers of an executor.

Results come back in the order of the shards whoever solved them, so that sums over a batch
are the same bits on any number of workers.
"""

import pickle
import uuid
from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import closing, contextmanager
from queue import SimpleQueue
from typing import Any, final

import attrs

from ebana_core.arrays import Array, fixed
from ebana_core.backends import Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import EbanaError, ParameterError, WorkerError
from ebana_core.execution.batch_memory import require_batch
from ebana_core.execution.dask_futures import ending
from ebana_core.execution.packing import PackedCircuit, pack_task, packed, unpacked
from ebana_core.execution.shards import one_blas_thread, shards
from ebana_core.execution.work import Batch, Work
from ebana_core.execution.worker import Answer, known_objects, run_shard

ATTEMPTS = 4
"""How often a shard is sent whose worker is lost, where the executor goes on without it."""

IN_FLIGHT = 256
"""Shards that are with an executor at a time; bounds the samples that are held twice."""


class WorkerTraceback(Exception):  # noqa: N818 (it says where, and is never raised itself)
    """Where in a worker an error was raised; the cause of the error in the parent."""


@final
@attrs.frozen(eq=False, kw_only=True)
class Runner:
    """Does work on every shard of a batch.

    Args:
        compiled: The circuit.
        simulator: Solves it here.
        circuit: The circuit for workers; None without an executor.
        executor: Hands shards to workers; None: all are solved here.
    """

    compiled: CompiledCircuit
    simulator: Simulator
    circuit: PackedCircuit | None = None
    executor: Executor | None = None

    def results(self, work: Work, parameters: Mapping[str, Array], batch: Batch) -> Iterator[Any]:
        """Yield what the work gives on each shard, in order.

        Raises:
            WorkerError: A worker died, or the work cannot be sent to one.
            NotEnoughMemoryError: The batch does not fit; says which size does.
        """
        parameters = fixed(parameters)  # here, so that all shards meet the same arrays
        simulator = self.simulator if self.executor is None else None
        require_batch(work, simulator, self.compiled, parameters, batch.n_samples)
        parts = list(shards(batch.n_samples))
        with one_blas_thread():
            if self.executor is not None:
                yield from self._on_workers(self.executor, work, parameters, batch, parts)
                return
            for part in parts:
                yield self._here(work, parameters, batch, part)

    def _here(self, work: Work, parameters: Mapping[str, Array], batch: Batch, part: slice) -> Any:
        with _counting_from(part):
            return work(self.simulator, self.compiled, parameters, batch.part(part))

    def _on_workers(
        self,
        executor: Executor,
        work: Work,
        parameters: Mapping[str, Array],
        batch: Batch,
        parts: Sequence[slice],
    ) -> Iterator[Any]:
        assert self.circuit is not None
        dispatch = _Dispatch(executor, self.circuit, pack_task(work, parameters), batch, parts)
        with closing(dispatch.answers()) as answers:
            for part, answer in zip(parts, answers, strict=True):
                known = known_objects(self.compiled, parameters, batch.part(part))
                with _counting_from(part):
                    result = _result(answer, known)
                yield result


def checked_executor(executor: Any) -> Executor:
    """Return an executor.

    Raises:
        ParameterError: Not a `concurrent.futures.Executor`.
    """
    if isinstance(executor, Executor):
        return executor
    has_one = hasattr(executor, "get_executor")
    raise ParameterError(
        f"executor is {executor!r}.",
        "give executor=client.get_executor()" if has_one else "give a concurrent.futures.Executor",
    )


@contextmanager
def _counting_from(part: slice) -> Iterator[None]:
    """Tell in an error where the samples that it numbers begin."""
    try:
        yield
    except EbanaError as error:
        if part.start and not isinstance(error, WorkerError):
            error.add_note(f"sample 0 of this error is sample {part.start} of the batch")
        raise


def _result(answer: Answer, known: Mapping[str, Any]) -> Any:
    if answer.error is not None:
        raise pickle.loads(answer.error) from WorkerTraceback(answer.traceback)
    assert answer.result is not None
    return unpacked(answer.result, known)


class _Dispatch:
    """The shards of one batch on their way through an executor.

    A shard is sent with the key of its circuit alone. A worker that does not know the circuit
    says so; the shard then waits, and as many shards carry the circuit as workers lack it.
    """

    def __init__(
        self,
        executor: Executor,
        circuit: PackedCircuit,
        task: bytes,
        batch: Batch,
        parts: Sequence[slice],
    ) -> None:
        self._executor, self._circuit, self._task = ending(executor), circuit, task
        self._batch, self._parts = batch, parts
        self._to_send = deque(range(len(parts)))
        self._waiting: deque[int] = deque()
        self._carriers: set[int] = set()
        self._lacking: set[str] = set()
        self._losses: Counter[int] = Counter()
        self._running: dict[Future[Answer], int] = {}
        self._finished: SimpleQueue[Future[Answer]] = SimpleQueue()

    def answers(self) -> Generator[Answer, None, None]:
        """Yield the answers in the order of the shards; abandon the others when closed."""
        answers: dict[int, Answer] = {}
        try:
            for place in range(len(self._parts)):
                while place not in answers:
                    self._send()
                    self._receive(answers)
                yield answers.pop(place)
        finally:
            for future in list(self._running):
                future.cancel()

    def _send(self) -> None:
        while self._to_send and len(self._running) < IN_FLIGHT:
            self._submit(self._to_send.popleft(), None)
        while self._waiting and len(self._carriers) < len(self._lacking):
            place = self._waiting.popleft()
            self._carriers.add(place)
            self._submit(place, self._circuit.data)

    def _submit(self, place: int, circuit: bytes | None) -> None:
        shard = packed(self._batch.part(self._parts[place]))
        ticket = uuid.uuid4().hex
        try:
            future = self._executor.submit(
                run_shard, ticket, self._circuit.key, circuit, self._task, shard
            )
        except (RuntimeError, OSError) as error:  # broken, or shut down
            raise self._failure([place, *self._running.values()], error) from error
        self._running[future] = place
        future.add_done_callback(self._finished.put)

    def _receive(self, answers: dict[int, Answer]) -> None:
        """Wait for one shard to come back, and decide what becomes of it."""
        future = self._finished.get()
        place = self._running.pop(future)
        self._carriers.discard(place)
        answer = self._answer(future, place)
        if answer is None:
            self._to_send.append(place)
        elif answer.lacks_circuit:
            self._lacking.add(answer.worker)
            self._waiting.append(place)
        else:
            self._lacking.discard(answer.worker)
            self._to_send.extend(self._waiting)
            self._waiting.clear()
            answers[place] = answer

    def _answer(self, future: "Future[Answer]", place: int) -> Answer | None:
        """Return what came back; None where the shard is to be sent again.

        Errors of the work itself come back as answers, so what is raised here is trouble of
        the executor's own.
        """
        try:
            return future.result()
        except (CancelledError, OSError) as error:  # the worker or its connection is gone
            self._losses[place] += 1
            if self._losses[place] < ATTEMPTS:
                return None
            raise self._failure([place], error) from error
        except BrokenExecutor as error:
            raise self._failure([place, *self._running.values()], error) from error
        except Exception as error:
            raise self._failure([place], error) from error

    def _failure(self, places: Sequence[int], error: Exception) -> WorkerError:
        named = ", ".join(
            f"{self._parts[k].start} to {self._parts[k].stop - 1}" for k in sorted(places)[:5]
        )
        more = f" and {len(places) - 5} more shards" if len(places) > 5 else ""
        return WorkerError(
            f"{type(self._executor).__name__} lost the samples {named}{more} of a batch: "
            f"{type(error).__name__}: {error}",
            "see whether a worker was killed, often for lack of memory, or crashed at its "
            'start (a script needs `if __name__ == "__main__":`), then start a new executor',
        )
