"""A stream of time steps, of which each new one costs the backbone its own pictures alone."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from hydranet.backbones import Place
from hydranet.data import Reader
from hydranet.engines import available_cores
from hydranet.errors import ConfigError, DataError
from hydranet.inference._answers import Answers
from hydranet.inference._batch import Batch
from hydranet.inference._networks import BatchFeatures, Networks
from hydranet.inference._one_pass import HeadSet
from hydranet.inference._open_pictures import ExampleImages
from hydranet.inference._questions import Tasks, questions
from hydranet.settings import PositiveInt, check
from hydranet.tasks import Prediction


class SlidingWindow:
    """Answers about the last time steps of a stream, whose features it keeps: `Predictor.sliding_window` makes one.

    A model whose examples are `(steps, …)` pictures answers about whole windows. Windows that follow each other share
    all steps but one, so only the pictures of the new step pass the backbone; the answers are those about the whole
    window. Heads that are added to the predictor, or removed, are so from the next step on. One stream has one window,
    and one thread at a time.

    Args:
        networks: what runs below the heads.
        heads: gives the heads as they are now.

    Raises:
        ConfigError: the model's examples have no steps.

    Example:
        >>> from hydranet import Application, HydraNet, Predictor, Recurrent, SingleLabel
        >>> from hydranet.model import Trunk
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> turn = SingleLabel(name="turn", classes=("left", "right"), head=Recurrent(units=4))
        >>> window = Predictor(HydraNet(Trunk(backbone, example_shape=(3,)), [turn])).sliding_window()
        >>> camera = np.random.default_rng(0).integers(0, 255, (5, 96, 96, 3), np.uint8)
        >>> [answers is not None for answers in map(window.step, camera)]
        [False, False, True, True, True]
    """

    def __init__(self, networks: Networks, heads: Callable[[], HeadSet]) -> None:
        if not networks.example_shape:
            raise ConfigError(
                "A sliding window needs a model whose examples are several pictures, the first axis being time: this "
                "one answers about single pictures. Use `Predictor.predict` or `Predictor.stream`."
            )
        self._networks = networks
        self._heads = heads
        self._steps: deque[BatchFeatures] = deque(maxlen=networks.example_shape[0])

    @property
    def num_steps(self) -> int:
        """How many steps a window has."""
        return self._networks.example_shape[0]

    @property
    def step_shape(self) -> tuple[int, ...]:
        """How the pictures of one step are arranged: `()` for a single one, such as `(cameras,)` for several."""
        return self._networks.example_shape[1:]

    @property
    def is_full(self) -> bool:
        """Whether there have been enough steps for an answer."""
        return len(self._steps) == self.num_steps

    def step(
        self, images: ExampleImages | None, *, tasks: Tasks | None = None, top_k: int = 5
    ) -> dict[str, Prediction | None] | None:
        """Return the answers about the window that ends with this step, by task name; None until it is full.

        Args:
            images: the pictures of the step, as `Predictor.predict` takes them, nested as `step_shape` says; None for
                one that is not there, or for all of them.
            tasks: name of the task wanted, or names of several; all by default.
            top_k: how many of the most probable classes to give, at least 1.

        Raises:
            ConfigError: an unknown task, or `top_k` below 1.
            ImageError: a picture can't be decoded; the message names it. The window stays as it was.
        """
        check(PositiveInt, top_k, "top_k")
        [(_, wanted)] = questions([()], tasks, known=self._heads().tasks)
        with Reader(self._networks.image_size, num_threads=available_cores()) as reader:
            batch = Batch([images], self.step_shape, reader, may_be_absent=True)
            answered = batch.answered(self._pass, [wanted])
        outcome = next(answered.outcomes(top_k), None) if self.is_full or answered.errors else None
        if isinstance(outcome, DataError):
            raise outcome
        return outcome

    def clear(self) -> None:
        """Forget all steps, as for another stream, or after a gap."""
        self._steps.clear()

    def _pass(
        self, images: np.ndarray, wanted: Sequence[Sequence[str] | None], places: np.ndarray
    ) -> Answers:
        """Take in a step, and answer as far as there is a whole window."""
        self._steps.append(BatchFeatures(self._networks, images, places))
        return self._heads().answer_from(
            _WindowFeatures(tuple(self._steps)), wanted if self.is_full else [()]
        )


class _WindowFeatures:
    """What heads read of the steps of one window."""

    def __init__(self, steps: Sequence[BatchFeatures]) -> None:
        self._steps = steps

    def of(self, place: Place, rows: np.ndarray) -> np.ndarray:
        """Return what heads at a place read: float32 `(1, steps, …)`; see `Features`."""
        return np.stack([step.of(place, rows) for step in self._steps], axis=1)
