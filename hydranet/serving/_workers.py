"""Threads that work off a queue, and that the end of the process does not wait for."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Generic[Item]):
    """A few threads that do one thing, item by item.

    A pool of `concurrent.futures` would be joined at the end of the process however long its threads take: these are
    left where they are once `close` has waited long enough.

    Args:
        work: what is done with an item; it raises nothing.
        num_threads: at least one.
        name: of the threads.
    """

    def __init__(self, work: Callable[[Item], None], *, num_threads: int, name: str) -> None:
        self._work = work
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}_{number}", daemon=True)
            for number in range(num_threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, item: Item) -> None:
        """Have an item worked on, after those before it."""
        self._items.put(item)

    def close(self, deadline: float) -> bool:
        """Wait until all items are done, or until `deadline` on the clock `time.monotonic`; return whether all are."""
        for _ in self._threads:
            self._items.put(None)
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            self._work(item)


class _Call(NamedTuple):
    function: Callable[[], Any]
    future: asyncio.Future[Any]


class Lane:
    """A thread that computes what coroutines wait for, one after the other.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._workers = Workers(_do, num_threads=1, name=name)

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return what a function gives, or raise what it raises; not called if cancelled before its turn."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._workers.submit(_Call(partial(function, *arguments), future))
        return await future

    def close(self, deadline: float) -> bool:
        """Wait for what was begun, until `deadline`; return whether the thread has ended. See `Workers.close`."""
        return self._workers.close(deadline)


def _do(call: _Call) -> None:
    if call.future.cancelled():
        return
    result, error = None, None
    try:
        result = call.function()
    except Exception as raised:
        error = raised
    with suppress(RuntimeError):  # the server has ended meanwhile
        call.future.get_loop().call_soon_threadsafe(_deliver, call.future, result, error)


def _deliver(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
