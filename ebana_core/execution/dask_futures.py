"""Executors of Dask, whose futures end whatever becomes of the result on its way back.

A result of Dask lies with the worker until it is fetched. Where it is lost in between, because the
worker was killed, say, `await` of Dask's own future raises; the future that Dask's executor gives
out is told nothing then, and whoever waits for it waits for ever.
"""

import copy
import sys
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import suppress
from typing import Any


def ending(executor: Executor) -> Executor:
    """Return an executor like the given one whose futures end in every case.

    Source:
        distributed 2026.8, cfexecutor.py: ClientExecutor._wrap_future makes the futures.
    """
    dask = sys.modules.get("distributed.cfexecutor")
    if dask is None or not isinstance(executor, dask.ClientExecutor):
        return executor
    result: Any = copy.copy(executor)  # the user's own stays as it is
    result._wrap_future = _told
    return result


def _told(task: Any) -> Future[Any]:
    """Return a future that is told how a task of Dask's ends, and cancels the task with itself."""
    future: Future[Any] = Future()

    def cancel(future: Future[Any]) -> None:
        if future.cancelled() and not task.cancelled():
            task.cancel()

    future.add_done_callback(cancel)
    task.client.loop.add_callback(_tell, task, future)
    return future


async def _tell(task: Any, future: Future[Any]) -> None:
    """Wait for a task, on the client's loop, and tell the future."""
    import asyncio  # here: Dask has loaded it, and it would add 70 ms to `import ebana_core`

    with suppress(InvalidStateError):  # it was cancelled meanwhile, and nobody waits
        try:
            future.set_result(await task)
        except BaseException as error:
            # The loop's own CancelledError would pass whoever catches Exception.
            if task.cancelled() or isinstance(error, asyncio.CancelledError):
                future.cancel()
            else:
                future.set_exception(error)
