"""How long the parts of a training take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed(timing: dict[str, float], name: str) -> Iterator[None]:
    """Note in `timing` how many seconds the block takes."""
    start = time.perf_counter()
    yield
    timing[name] = round(time.perf_counter() - start, 3)
