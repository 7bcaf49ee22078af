"""What all routes share, and how they ask the model."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from hydranet.errors import ConfigError, ImageError
from hydranet.inference import Predictor
from hydranet.naming import unknown_name
from hydranet.serving._batching import Batcher, QueueFullError
from hydranet.serving._bodies import Bodies
from hydranet.serving._limits import Limits
from hydranet.serving._metrics import Metrics
from hydranet.serving._questions import Row
from hydranet.serving._workers import Lane

Item = TypeVar("Item")

# Characters of an unknown name in an error; looking for what is close to more would take long.
_SHOWN = 100


@dataclass(kw_only=True)
class Service:
    """A predictor and what stands around it while it is served.

    Args:
        predictor: what answers.
        model_name: what clients of the Open Inference Protocol call it.
        limits: of requests.
        admin_token: lets heads be changed over HTTP; None: they can't be.

    Raises:
        ConfigError: the predictor reads no pictures.
    """

    predictor: Predictor
    model_name: str
    limits: Limits
    admin_token: str | None = None
    is_draining: bool = False
    is_ending: bool = False
    has_left_threads: bool = False

    def __post_init__(self) -> None:
        if len(self.predictor.image_size) != 2:
            raise ConfigError(
                f"This run can't be served: it reads features that were computed before, arrays of shape "
                f"{self.predictor.image_size}, and clients send pictures. Ask it by `hydranet predict` or "
                "`hydranet.Predictor`, or give it to another server: `hydranet export`."
            )
        self.bodies = Bodies(self.limits)
        self.metrics = Metrics(
            tasks=lambda: self.predictor.tasks,
            queue_length=lambda: self.batcher.num_waiting,
            batch_size=self.predictor.batch_size,
        )

    @property
    def pictures_per_example(self) -> int:
        """How many pictures a question is about: one, mostly."""
        return math.prod(self.predictor.example_shape)

    def start(self) -> None:
        """Start computing, in the running event loop; the first passes are slow, so they are made now."""
        height, width = self.predictor.image_size
        for num_examples in {1, self.predictor.batch_size}:
            num_images = num_examples * self.pictures_per_example
            self.predictor.answer(np.zeros((num_images, height, width, 3), np.float32))
        self.batcher = Batcher(self.predictor, limits=self.limits, metrics=self.metrics)
        # Large bodies wait for each other, and small ones for none of them.
        self.small_bodies = Lane("small_bodies")
        self.large_bodies = Lane("large_bodies")

    async def stop(self) -> None:
        """Finish what was accepted, as far as there is time."""
        self.has_left_threads = not await asyncio.to_thread(self._close)

    def _close(self) -> bool:
        deadline = time.monotonic() + self.limits.stop_seconds
        have_ended = [each.close(deadline) for each in (self.batcher, self.small_bodies, self.large_bodies)]
        return all(have_ended)

    def check(self, tasks: Sequence[str] | None, num_images: int) -> None:
        """Refuse what can't be answered.

        Raises:
            HTTPException: 404, an unknown task; 400, no picture; 413, too many.
        """
        known = self.predictor.tasks
        for name in tasks or ():
            if name not in known:
                raise HTTPException(404, unknown_name("task", name[:_SHOWN], known))
        if not num_images:
            raise HTTPException(400, "Received no picture: expected at least one.")
        if num_images > self.limits.max_queue:
            raise HTTPException(
                413,
                f"Received {num_images} pictures: expected at most {self.limits.max_queue} in one request.",
            )

    def examples(self, pictures: Sequence[Item]) -> list[tuple[Item, ...]]:
        """Return what belongs to the pictures of each example, which follow each other.

        Raises:
            HTTPException: 400, pictures are left over.
        """
        count = self.pictures_per_example
        if len(pictures) % count:
            raise HTTPException(
                400,
                f"Received {len(pictures)} pictures: expected {count} for each example, one after the other.",
            )
        return [tuple(pictures[start : start + count]) for start in range(0, len(pictures), count)]

    async def ask(
        self,
        request: Request,
        images: Sequence[bytes | np.ndarray],
        tasks: tuple[str, ...] | None,
        names: Sequence[str] | None = None,
    ) -> list[Row]:
        """Return each example's row in the answers.

        Args:
            request: whose client waits; when it goes away the question is dropped.
            images: the bytes of picture files, or float32 `(height, width, 3)` of the model's size; the pictures of
                an example follow each other.
            tasks: names of the tasks wanted; None for all.
            names: what to call each example in an error.

        Raises:
            HTTPException: 400, pictures are left over; 422, a picture can't be decoded; 503, too many wait; 504,
                no answer in time; else as `check`.
        """
        self.check(tasks, len(images))
        try:
            futures = self.batcher.submit(self.examples(images), tasks)
        except QueueFullError as error:
            # Not 429: it is not this client that asked too often, the server has no room for anyone.
            raise HTTPException(503, str(error), {"retry-after": "1"}) from error
        watcher = asyncio.create_task(_cancel_when_gone(request, futures))
        rows: list[Row] = []
        try:
            async with self.in_time():
                for future in futures:
                    rows.append(await future)
            return rows
        except ImageError as error:
            self.metrics.decode_errors.inc()
            where = f"{names[len(rows)]}: " if names else ""
            raise HTTPException(422, f"{where}{error}") from error
        except asyncio.CancelledError:
            if watcher.done():
                raise ClientDisconnect from None
            raise
        finally:
            watcher.cancel()
            for future in futures:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # seen: it needs no warning

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Bound how long the block may wait.

        Raises:
            HTTPException: 504, it took longer.
        """
        try:
            async with asyncio.timeout(self.limits.timeout):
                yield
        except TimeoutError as error:
            raise HTTPException(
                504, f"No answer within {self.limits.timeout:g} seconds: the server is busy. Ask again later."
            ) from error

    def answered(self, tasks: Sequence[str], start: float) -> None:
        """Count a request that was answered, which came at `start` on the clock `time.perf_counter`."""
        self.metrics.count(tasks)
        self.metrics.latency.observe(time.perf_counter() - start)


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service


async def _cancel_when_gone(request: Request, futures: Sequence[asyncio.Future[Row]]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    for future in futures:
        future.cancel()
