"""Many clients' pictures meet in one pass through the backbone.

The event loop puts each example, one picture mostly, on a queue; a few threads decode, and others those that take long,
so that these hold up each other and nobody else; one thread computes. As soon as the engine is free it takes all that
is decoded, up to a batch: nothing waits for a batch to fill, and batches grow by themselves with the load. An example
that is asked about again while it waits is decoded and computed once.
"""

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, PriorityQueue

import numpy as np

from hydranet.errors import HydraNetError, LargeImageError
from hydranet.inference import Answers, Predictor
from hydranet.serving._limits import Limits
from hydranet.serving._metrics import Metrics
from hydranet.serving._questions import Contents, Question, Row, WaitingExample
from hydranet.serving._workers import Workers

_NUM_DECODERS = min(4, os.cpu_count() or 1)
_NUM_HEAVY_DECODERS = max(_NUM_DECODERS // 2, 1)
# Pixels to decode from which a picture is heavy. A large JPEG is not, because it is decoded at a reduced scale, which
# leaves at most 16 pixels for each of the model's.
_FEWEST_HEAVY_PIXELS = 1_000_000
_MOST_REDUCED = 16
# The examples of a request wait as if they came one after the other, so that a large request holds up no small one.
_SECONDS_APART = 0.05


class QueueFullError(HydraNetError):
    """More pictures wait than the server accepts; ask again later."""


class Batcher:
    """Answers questions about pictures in shared passes.

    Args:
        predictor: what answers; used by one thread.
        limits: of the queue and of the pictures.
        metrics: told of each pass.
    """

    def __init__(self, predictor: Predictor, *, limits: Limits, metrics: Metrics) -> None:
        self.num_waiting = 0
        self._predictor = predictor
        self._limits = limits
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._decoded: PriorityQueue[WaitingExample] = PriorityQueue()
        self._joinable: dict[Contents, WaitingExample] = {}
        self._lock = threading.Lock()  # of _joinable, and of the list of those who wait for a picture
        height, width = predictor.image_size
        self._light_pixels = max(_FEWEST_HEAVY_PIXELS, _MOST_REDUCED * height * width)
        self._decoders = Workers(self._decode_light, num_threads=_NUM_DECODERS, name="decode")
        self._heavy = Workers(self._decode, num_threads=_NUM_HEAVY_DECODERS, name="decode_heavy")
        self._computer = threading.Thread(target=self._compute, name="compute", daemon=True)
        self._computer.start()

    def submit(
        self, examples: Sequence[Contents], tasks: tuple[str, ...] | None
    ) -> list[asyncio.Future[Row]]:
        """Accept examples, all or none; whoever cancels a future before its pass spares the server the work.

        Args:
            examples: of each picture the bytes of its file, or float32 `(height, width, 3)` of the model's size.
            tasks: names of the tasks wanted; None for all.

        Returns:
            for each example, its row in the answers; or `ImageError` if a picture can't be decoded.

        Raises:
            QueueFullError: too many pictures wait.
        """
        if self.num_waiting + len(examples) > self._limits.max_queue:
            raise QueueFullError(
                f"The server is busy: {self.num_waiting} pictures wait, {len(examples)} more were received, and at "
                f"most {self._limits.max_queue} may wait. Ask again in a second."
            )
        self.num_waiting += len(examples)
        now = time.monotonic()
        return [
            self._enqueue(contents, tasks, due=now + place * _SECONDS_APART)
            for place, contents in enumerate(examples)
        ]

    def close(self, deadline: float) -> bool:
        """Finish what was accepted, as far as that is possible until `deadline`; return whether all threads ended.

        See `Workers.close`.
        """
        have_decoded = [self._decoders.close(deadline), self._heavy.close(deadline)]
        self._decoded.put(WaitingExample((), due=math.inf))
        self._computer.join(max(deadline - time.monotonic(), 0))
        return all(have_decoded) and not self._computer.is_alive()

    def _enqueue(
        self, contents: Contents, tasks: tuple[str, ...] | None, *, due: float
    ) -> asyncio.Future[Row]:
        question = Question(tasks, self._loop.create_future())
        if not _are_files(contents):
            example = WaitingExample(contents, due=due)
            example.questions.append(question)
            self._decoded.put(example)
            return question.future
        with self._lock:
            known = self._joinable.get(contents)
            example = known or self._joinable.setdefault(contents, WaitingExample(contents, due=due))
            example.questions.append(question)
        if known is None:
            self._decoders.submit(example)
        return question.future

    def _decode_light(self, example: WaitingExample) -> None:
        self._decode(example, min(self._light_pixels, self._limits.max_pixels), pass_on=self._heavy.submit)

    def _decode(
        self,
        example: WaitingExample,
        max_pixels: int | None = None,
        *,
        pass_on: Callable[[WaitingExample], None] | None = None,
    ) -> None:
        """Decode an example, or have it passed on if it has more pixels, which may be all that are allowed."""
        if self._abandon(example):
            self._finish([example], None)
            return
        try:
            example.pixels = self._read(example, max_pixels or self._limits.max_pixels)
        except Exception as error:
            if pass_on is not None and isinstance(error, LargeImageError):
                pass_on(example)
                return
            self._close_to_others(example)
            self._finish([example], error)
        else:
            self._decoded.put(example)

    def _read(self, example: WaitingExample, max_pixels: int) -> list[np.ndarray]:
        return [self._predictor.read(content, max_pixels=max_pixels) for content in example.contents]

    def _compute(self) -> None:
        while (first := self._decoded.get()).contents:
            batch = [example for example in [first, *self._others()] if self._take(example)]
            if batch:
                try:
                    self._finish(batch, self._answer(batch))
                except Exception as error:
                    self._finish(batch, error)

    def _answer(self, batch: list[WaitingExample]) -> Answers:
        self._metrics.passes.observe(len(batch))
        questions = [(row, question) for row, example in enumerate(batch) for question in example.questions]
        images = np.stack([image for example in batch for image in example.pixels])
        places = np.arange(len(images)).reshape(len(batch), *self._predictor.example_shape)
        return self._predictor.answer(
            images,
            [question.tasks for _, question in questions],
            places=places[[row for row, _ in questions]],
        )

    def _others(self) -> list[WaitingExample]:
        """Return what else is decoded, up to a batch."""
        others: list[WaitingExample] = []
        while len(others) < self._predictor.batch_size - 1:
            try:
                example = self._decoded.get_nowait()
            except Empty:
                break
            if not example.contents:
                self._decoded.put(example)
                break
            others.append(example)
        return others

    def _abandon(self, example: WaitingExample) -> bool:
        """Return whether nobody waits for a picture any more; if so, nobody else can join it."""
        with self._lock:
            if example.is_wanted:
                return False
            del self._joinable[example.contents]
            return True

    def _take(self, example: WaitingExample) -> bool:
        """Let nobody else join a picture that is about to be computed; return whether it must be."""
        self._close_to_others(example)
        if example.is_wanted:
            return True
        self._finish([example], None)
        return False

    def _close_to_others(self, example: WaitingExample) -> None:
        if _are_files(example.contents):
            with self._lock:
                del self._joinable[example.contents]

    def _finish(self, batch: list[WaitingExample], result: Answers | Exception | None) -> None:
        with suppress(RuntimeError):  # the server has ended without waiting any longer
            self._loop.call_soon_threadsafe(self._deliver, batch, result)

    def _deliver(self, batch: list[WaitingExample], result: Answers | Exception | None) -> None:
        questions = [question for example in batch for question in example.questions]
        self.num_waiting -= len(questions)
        for index, question in enumerate(questions):
            if question.future.done():
                continue
            if isinstance(result, Exception):
                question.future.set_exception(result)
            elif result is not None:
                question.future.set_result(Row(result, index))


def _are_files(contents: Contents) -> bool:
    """Return whether pictures have to be decoded; arrays have not, and are not compared with each other."""
    return isinstance(contents[0], bytes)
