"""The way of a batch's shards through an executor: who lacks the circuit, what is sent again."""

import uuid
from collections import Counter, deque
from collections.abc import Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from queue import SimpleQueue
from typing import final

from ebana_core.errors import WorkerError
from ebana_core.execution.dask_futures import ending
from ebana_core.execution.drive import Divisible
from ebana_core.execution.packing import PackedCircuit, pack_shard
from ebana_core.execution.worker import Answer, run_shard

ATTEMPTS = 4
"""How often a shard is sent whose worker is lost, where the executor goes on without it."""

IN_FLIGHT = 256
"""Shards that are with an executor at a time; bounds the samples that are held twice."""


@final
class Dispatch:
    """The shards of one batch on their way through an executor.

    A shard is sent with the key of its circuit alone. A worker that does not know the circuit
    says so; the shard then waits, and as many shards carry the circuit as workers lack it.
    """

    def __init__(
        self,
        executor: Executor,
        circuit: PackedCircuit,
        task: bytes,
        batch: Divisible,
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
        # A circuit is large and a shard small: it travels once for every worker that lacks it.
        while self._waiting and len(self._carriers) < len(self._lacking):
            place = self._waiting.popleft()
            self._carriers.add(place)
            self._submit(place, self._circuit.data)

    def _submit(self, place: int, circuit: bytes | None) -> None:
        shard = pack_shard(self._batch.part(self._parts[place]))
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
            # This worker has the circuit now, and may take what waited for one that has.
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
        except Exception as error:  # whatever the worker raised, laws of plugins among it
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
