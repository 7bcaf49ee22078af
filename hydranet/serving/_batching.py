"""Many clients' pictures meet in one pass through the backbone.

The event loop puts each picture on a queue; a few threads decode; one thread computes. As soon as the engine is
free it takes all that is decoded, up to a batch: nothing waits for a batch to fill, and batches grow by
themselves with the load. A picture that is asked about again while it waits is decoded and computed once.
"""

import asyncio
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

import numpy as np

from hydranet.errors import HydraNetError
from hydranet.inference import Answers, Predictor
from hydranet.serving._limits import Limits
from hydranet.serving._metrics import Metrics
from hydranet.serving._questions import Question, Row, WaitingPicture

_NUM_DECODERS = min(4, os.cpu_count() or 1)


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
        self._decoded: SimpleQueue[WaitingPicture | None] = SimpleQueue()
        self._joinable: dict[bytes, WaitingPicture] = {}
        self._lock = threading.Lock()  # of _joinable, and of the list of those who wait for a picture
        self._decoders = ThreadPoolExecutor(_NUM_DECODERS, thread_name_prefix="decode")
        self._computer = threading.Thread(target=self._compute, name="compute", daemon=True)
        self._computer.start()

    def submit(
        self, images: Sequence[bytes | np.ndarray], tasks: tuple[str, ...] | None
    ) -> list[asyncio.Future[Row]]:
        """Accept pictures, all or none; whoever cancels a future before its pass spares the server the work.

        Args:
            images: the bytes of picture files, or float32 `(height, width, 3)` of the model's size.
            tasks: names of the tasks wanted; None for all.

        Returns:
            for each picture, its row in the answers; or `ImageError` if it can't be decoded.

        Raises:
            QueueFullError: too many pictures wait.
        """
        if self.num_waiting + len(images) > self._limits.max_queue:
            raise QueueFullError(
                f"The server is busy: {self.num_waiting} pictures wait, {len(images)} more were received, and at "
                f"most {self._limits.max_queue} may wait. Ask again in a second."
            )
        self.num_waiting += len(images)
        return [self._enqueue(image, tasks) for image in images]

    def close(self) -> None:
        """Finish what was accepted and stop the threads."""
        self._decoders.shutdown()
        self._decoded.put(None)
        self._computer.join()

    def _enqueue(self, content: bytes | np.ndarray, tasks: tuple[str, ...] | None) -> asyncio.Future[Row]:
        question = Question(tasks, self._loop.create_future())
        if isinstance(content, np.ndarray):
            picture = WaitingPicture(content)
            picture.questions.append(question)
            self._decoded.put(picture)
            return question.future
        with self._lock:
            known = self._joinable.get(content)
            picture = known or self._joinable.setdefault(content, WaitingPicture(content))
            picture.questions.append(question)
        if known is None:
            self._decoders.submit(self._decode, picture)
        return question.future

    def _decode(self, picture: WaitingPicture) -> None:
        if self._abandon(picture):
            self._finish([picture], None)
            return
        try:
            picture.pixels = self._predictor.read(picture.content, max_pixels=self._limits.max_pixels)
        except Exception as error:
            self._close_to_others(picture)
            self._finish([picture], error)
        else:
            self._decoded.put(picture)

    def _compute(self) -> None:
        while (first := self._decoded.get()) is not None:
            batch = [picture for picture in [first, *self._others()] if self._take(picture)]
            if batch:
                try:
                    self._finish(batch, self._answer(batch))
                except Exception as error:
                    self._finish(batch, error)

    def _answer(self, batch: list[WaitingPicture]) -> Answers:
        self._metrics.passes.observe(len(batch))
        questions = [
            (place, question) for place, picture in enumerate(batch) for question in picture.questions
        ]
        return self._predictor.answer(
            np.stack([picture.pixels for picture in batch if picture.pixels is not None]),
            [question.tasks for _, question in questions],
            places=[place for place, _ in questions],
        )

    def _others(self) -> list[WaitingPicture]:
        """Return what else is decoded, up to a batch."""
        others: list[WaitingPicture] = []
        while len(others) < self._predictor.batch_size - 1:
            try:
                picture = self._decoded.get_nowait()
            except Empty:
                break
            if picture is None:
                self._decoded.put(None)
                break
            others.append(picture)
        return others

    def _abandon(self, picture: WaitingPicture) -> bool:
        """Return whether nobody waits for a picture any more; if so, nobody else can join it."""
        with self._lock:
            if picture.is_wanted:
                return False
            del self._joinable[picture.content]  # type: ignore[arg-type]
            return True

    def _take(self, picture: WaitingPicture) -> bool:
        """Let nobody else join a picture that is about to be computed; return whether it must be."""
        self._close_to_others(picture)
        if picture.is_wanted:
            return True
        self._finish([picture], None)
        return False

    def _close_to_others(self, picture: WaitingPicture) -> None:
        if isinstance(picture.content, bytes):
            with self._lock:
                del self._joinable[picture.content]

    def _finish(self, batch: list[WaitingPicture], result: Answers | Exception | None) -> None:
        self._loop.call_soon_threadsafe(self._deliver, batch, result)

    def _deliver(self, batch: list[WaitingPicture], result: Answers | Exception | None) -> None:
        questions = [question for picture in batch for question in picture.questions]
        self.num_waiting -= len(questions)
        for index, question in enumerate(questions):
            if question.future.done():
                continue
            if isinstance(result, Exception):
                question.future.set_exception(result)
            elif result is not None:
                question.future.set_result(Row(result, index))
