"""From pictures to decoded predictions of all tasks, in one pass through the backbone."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.data import MAX_PIXELS, Reader, read_pixels
from hydranet.engines import AUTO, available_cores
from hydranet.errors import DataError
from hydranet.inference._answers import Answers
from hydranet.inference._batch import Answered, Batch
from hydranet.inference._choose_engine import check_gives_maps, find_engine
from hydranet.inference._one_pass import PlacedHead
from hydranet.inference._one_thread import keep_blas_to_one_thread
from hydranet.inference._open_model import open_model, open_with_maps
from hydranet.inference._open_pictures import ExampleImages, Image, open_image, open_images
from hydranet.inference._probe import probe
from hydranet.inference._questions import Question, Tasks, questions
from hydranet.inference._sliding_window import SlidingWindow
from hydranet.runs import HeadFile, find_source, placed
from hydranet.settings import PositiveInt, check
from hydranet.tasks import Prediction, Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet
    from hydranet.runs import Run

# Batches that are decoded ahead of the one that is computed. Where an engine needs all of two cores, its threads only
# wait for each other while one of them decodes: there, taking turns is a fifth faster.
_BATCHES_AHEAD = 2 if available_cores() > 2 else 0


class Predictor:
    """Answers every task's question about pictures; heads can be added and removed while it is in use.

    The trunk runs once per batch whatever is asked, and only the heads that are asked for run. It may be used from
    several threads; pickled for another process, it opens its run or file there anew. In its process, NumPy's matrix
    products keep to one thread, because more would stand in the way of the engine's.

    Args:
        model: a run, a model, or the path of either: a run's folder or a `.keras` file.
        engine: what computes trunk and tails: the name of one in `hydranet.engines.ENGINES`; `auto`, which for a run is
            LiteRT, and TensorFlow where that has a GPU, LiteRT is not installed, or their answers differ by more than
            1e-4; or `fastest`, the fastest of all that are installed and agree on the run's own pictures. For other
            engines than TensorFlow, files are kept in the run's folder, and TensorFlow is not imported once they are
            there. A model that is no run is computed by TensorFlow where no engine is named.
        precision: `float32`, or another that the engine has, such as `float16` or `int8`.
        batch_size: pictures in one pass.
        trust: whether the plug-ins of the run at a path may be imported; see `Run`.
        heat_maps: whether predictions say where in the picture their evidence lies, of linear heads on the average of
            the last feature map: from the same pass, which TensorFlow computes then.

    Raises:
        ConfigError: an unknown engine or precision, or one that is not installed; or heat maps by another engine, or
            of a model without a feature map.
        ModelError: there is no such model, or it needs plug-ins of a run that is not trusted.

    Example:
        >>> import numpy as np
        >>> from hydranet import Application, HydraNet, Predictor, SingleLabel
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
        >>> picture = np.zeros((120, 100, 3), "uint8")
        >>> [answers] = Predictor(model).predict([picture])
        >>> answers["cats_dogs"].label in ("cat", "dog")
        True
    """

    def __init__(
        self,
        model: "Run | HydraNet | str | os.PathLike[str]",
        *,
        engine: str = AUTO,
        precision: str = "float32",
        batch_size: int = 32,
        trust: bool = False,
        heat_maps: bool = False,
    ) -> None:
        check(PositiveInt, batch_size, "batch_size")
        keep_blas_to_one_thread()
        source = find_source(model, trust=trust)
        with source.with_plugins():
            if heat_maps:
                self.engine = check_gives_maps(engine, precision)
                opened = open_with_maps(source, batch_size=batch_size)
            else:
                self.engine = find_engine(source, engine, precision, batch_size)
                opened = open_model(source, engine=self.engine, precision=precision, batch_size=batch_size)
        self.precision = precision
        self.batch_size = batch_size
        self._networks = opened.networks
        self._heads = opened.heads
        self._as_function = opened.as_function
        self._heat_maps = opened.heat_maps
        self._change = threading.Lock()
        self._path = source.place
        self._trust = trust
        self._opened_heads = opened.heads

    def __reduce__(self) -> tuple[Any, ...]:
        """Have a copy in another process open the same path anew, with the same engine."""
        if self._path is None or self._heads is not self._opened_heads:
            raise TypeError(
                "This Predictor can't be pickled, because its model is not all in a file: save the model or the run "
                "with the heads that were added, and make a Predictor of its path."
            )
        settings: dict[str, Any] = {
            "precision": self.precision,
            "batch_size": self.batch_size,
            "trust": self._trust,
            "heat_maps": self._heat_maps is not None,
        }
        return partial(type(self), self._path, engine=self.engine, **settings), ()

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks by name."""
        return dict(self._heads.tasks)

    @property
    def image_size(self) -> tuple[int, ...]:
        """Height and width of the pictures that the trunk gets, in pixels; of arrays of features the whole shape."""
        return self._networks.image_size

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How the pictures of one example are arranged: `()` where a question is about a single one."""
        return self._networks.example_shape

    @property
    def heat_mapped(self) -> tuple[str, ...]:
        """The tasks whose predictions have heat maps; none where they were not asked for."""
        return () if self._heat_maps is None else tuple(self._heads.heat_mapped(self._heat_maps))

    def predict(
        self, images: Iterable[ExampleImages] | Image, *, tasks: Tasks | None = None, top_k: int = 5
    ) -> list[dict[str, Prediction | None]]:
        """Return the answers for each example, by task name; None where a task's gate is closed.

        Args:
            images: paths, bytes of picture files, open files, pictures of Pillow, or arrays or tensors
                `(height, width, 3)`, values in [0, 255]; or one of them; or a folder, whose pictures come in the order
                of `find_pictures`. Where an example has several pictures, a list of these for each, nested as
                `example_shape` says: `[[first, second], …]`, and None for one that is not there. Where the model reads
                features that were computed before: paths of `.npy`, `.npz` and Parquet files, whose rows are meant, or
                arrays, of one row or several.
            tasks: name of the task wanted, names of several, or such names for each picture; all by default. Only their
                heads run.
            top_k: how many of the most probable classes to give, at least 1.

        Raises:
            ConfigError: an unknown task, `top_k` below 1, or not as many lists of tasks as pictures.
            ImageError: a picture can't be decoded; the message names it.
        """
        return list(self.stream(images, tasks=tasks, top_k=top_k))

    def stream(
        self, images: Iterable[ExampleImages] | Image, *, tasks: Tasks | None = None, top_k: int = 5
    ) -> Iterator[dict[str, Prediction | None]]:
        """Yield the same one by one, for more pictures than memory holds; reads a few batches ahead."""
        for outcome in self.try_stream(images, tasks=tasks, top_k=top_k):
            if isinstance(outcome, DataError):
                raise outcome
            yield outcome

    def try_stream(
        self, images: Iterable[ExampleImages] | Image, *, tasks: Tasks | None = None, top_k: int = 5
    ) -> Iterator[dict[str, Prediction | None] | DataError]:
        """Yield the same, and in place of an example that can't be read the error that says why."""
        check(PositiveInt, top_k, "top_k")
        examples = open_images(images, self.example_shape, self.image_size)
        asked = questions(examples, tasks, known=self._heads.tasks)
        with (
            Reader(self.image_size, num_threads=available_cores()) as reader,
            _computer() as computer,
        ):
            waiting: deque[Future[Answered]] = deque()
            for batch in iter(lambda: list(islice(asked, self.batch_size)), []):
                waiting.append(self._submit(batch, reader, computer))
                if len(waiting) > _BATCHES_AHEAD:
                    yield from waiting.popleft().result().outcomes(top_k)
            for answered in waiting:
                yield from answered.result().outcomes(top_k)

    def answer(
        self,
        images: np.ndarray,
        wanted: Sequence[Sequence[str] | None] | None = None,
        *,
        places: Sequence[int] | np.ndarray | None = None,
    ) -> Answers:
        """Return the answers to a batch of questions about pictures that are decoded already, in one pass.

        An unknown task does not disturb the others: `Answers.predictions` raises for the question that asked for it.

        Args:
            images: float32 `(num_pictures, height, width, 3)`, values in [0, 255], as `read` gives them.
            wanted: for each question, names of the tasks wanted, or None for all; all for each picture by default.
            places: for each question, which of `images` it is about: int `(num_questions, *example_shape)`; by default
                one question about each example, whose pictures follow each other.
        """
        heads = self._heads  # the same to the end, whatever is added or removed meanwhile
        rows = self._networks.places(len(images)) if places is None else np.asarray(places, int)
        asked = [None] * len(rows) if wanted is None else wanted
        return heads.answer(self._networks, images, asked, rows, self._heat_maps)

    def sliding_window(self) -> SlidingWindow:
        """Return a window over a stream of time steps, each of which passes the backbone once.

        Raises:
            ConfigError: the model's examples are single pictures.
        """
        return SlidingWindow(self._networks, lambda: self._heads)

    def read(self, image: Image, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """Return the pixels that the trunk gets: float32 `(height, width, 3)`, values in [0, 255].

        Args:
            image: one of those that `predict` takes.
            max_pixels: the most to decode of bytes; of a large JPEG, those of the reduced scale that it is decoded at.

        Raises:
            ImageError: the file can't be read or decoded, or an array has another shape.
        """
        picture = open_image(image, max_pixels=max_pixels)
        return read_pixels(picture, picture.content(), self.image_size)

    def add_head(self, head: HeadFile | str | os.PathLike[str] | bytes) -> str:
        """Take in a head, or put it in place of the one of the same name, and return its task's name.

        Every other head keeps giving the same answers, bit for bit; passes that are running end as they began.

        Args:
            head: a `.head` file that `hydranet export-head` has written: its path, or its bytes.

        Raises:
            ConfigError: its gate does not fit the other tasks.
            ModelError: it is damaged, was trained on other layers, can't be run by this engine, or gives numbers that
                are not finite.
        """
        file = head if isinstance(head, HeadFile) else HeadFile.read(head)
        name = file.task.name
        task, place = placed(file, self._networks.fingerprints)
        added = PlacedHead(task, self._as_function(file), place, file.usual)
        probe(added, self._networks)
        with self._change:
            self._heads = self._heads.with_head(added)
        return name

    def remove_head(self, task: str) -> None:
        """Take a head out; every other head keeps giving the same answers, bit for bit.

        Raises:
            ConfigError: there is no such task, no other, or it is the gate of another.
        """
        with self._change:
            self._heads = self._heads.without_head(task)

    def restore_head(self, task: str) -> None:
        """Put back the head that the model came with; take it out where it came with none of this name.

        Raises:
            ConfigError: as for `remove_head`.
        """
        own = self._opened_heads.placed().get(task)
        with self._change:
            self._heads = self._heads.without_head(task) if own is None else self._heads.with_head(own)

    def _submit(
        self, asked: Sequence[Question], reader: Reader, computer: ThreadPoolExecutor
    ) -> "Future[Answered]":
        """Start to decode and compute a batch."""
        batch = Batch([images for images, _ in asked], self.example_shape, reader)
        return computer.submit(batch.answered, self._answer_some, [names for _, names in asked])

    def _answer_some(
        self, images: np.ndarray, wanted: Sequence[Sequence[str] | None], places: np.ndarray
    ) -> Answers:
        return self.answer(images, wanted, places=places)


@contextmanager
def _computer() -> Iterator[ThreadPoolExecutor]:
    """Give the thread that computes; it drops what it has not begun when the block ends, also when that is early."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="compute")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
