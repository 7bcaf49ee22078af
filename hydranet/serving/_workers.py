"""Threads that work off a queue, and that the end of the process does not wait for."""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")


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

    def close(self, deadline: float) -> None:
        """Wait until all items are done, or until `deadline` on the clock `time.monotonic`."""
        for _ in self._threads:
            self._items.put(None)
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            self._work(item)
