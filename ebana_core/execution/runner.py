"""The shards of a batch, one after the other or on the workers of an executor.

Results come back in the order of the shards whoever solved them, so that sums over a batch
are the same bits on any number of workers.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from typing import Any, final

import attrs

from ebana_core.arrays import Array, fixed
from ebana_core.backends import Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import EbanaError, ParameterError, WorkerError
from ebana_core.execution.batch_memory import Examined
from ebana_core.execution.dispatch import Dispatch
from ebana_core.execution.packing import PackedCircuit, pack_task, unpacked
from ebana_core.execution.shards import one_blas_thread, shards
from ebana_core.execution.work import Found, Shard, Work
from ebana_core.execution.worker import Answer, known_objects


class WorkerTraceback(Exception):  # noqa: N818 (it says where, and is never raised itself)
    """The place in a worker where an error was raised; the cause of the error in the parent."""


@final
@attrs.frozen(eq=False, kw_only=True)
class Runner:
    """Does work on every shard of a batch.

    Args:
        compiled: The circuit.
        simulator: Solves it here.
        circuit: The circuit for workers; None without an executor.
        executor: Hands shards to workers; None: all are solved here.
        examined: Batches that need not be looked at again, for memory.
    """

    compiled: CompiledCircuit
    simulator: Simulator
    circuit: PackedCircuit | None = None
    executor: Executor | None = None
    examined: Examined = attrs.field(factory=Examined)

    def results(
        self, work: Work[Shard, Found], parameters: Mapping[str, Array], batch: Shard
    ) -> Iterator[Found]:
        """Yield what the work gives on each shard, in order.

        Raises:
            WorkerError: A worker died, or the work cannot be sent to one.
            NotEnoughMemoryError: The batch does not fit; says which size does.
        """
        parameters = fixed(parameters)  # here, so that all shards meet the same arrays
        # What solving takes counts on the machines that solve.
        simulator = self.simulator if self.executor is None else None
        self.examined.require(work, simulator, self.compiled, parameters, batch.n_samples)
        parts = list(shards(batch.n_samples))
        with one_blas_thread():
            if self.executor is not None:
                yield from self._on_workers(self.executor, work, parameters, batch, parts)
                return
            for part in parts:
                yield self._here(work, parameters, batch, part)

    def _here(
        self,
        work: Work[Shard, Found],
        parameters: Mapping[str, Array],
        batch: Shard,
        part: slice,
    ) -> Found:
        with _counting_from(part):
            return work(self.simulator, self.compiled, parameters, batch.part(part))

    def _on_workers(
        self,
        executor: Executor,
        work: Work[Shard, Found],
        parameters: Mapping[str, Array],
        batch: Shard,
        parts: Sequence[slice],
    ) -> Iterator[Found]:
        assert self.circuit is not None
        dispatch = Dispatch(executor, self.circuit, pack_task(work, parameters), batch, parts)
        # Whoever stops early, by an error say, takes back the shards that nobody has begun.
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
