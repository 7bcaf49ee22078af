"""What the heads say of one batch of pictures."""

from collections.abc import Mapping, Sequence

import numpy as np

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name
from hydranet.tasks import Prediction, Task


class Answers:
    """The answers to one batch of pictures, decoded when they are asked for.

    Args:
        tasks: all there were, by name.
        wanted: names of the tasks wanted of each picture; None for all.
        outputs: raw outputs by task name, for the tasks that were computed: float32 `(batch, *output_shape)`.
        answered: by task name, for which pictures they stand: boolean `(batch,)`.

    Example:
        >>> from hydranet import Predictor
        >>> predictor = Predictor("runs/quickstart")
        >>> answers = predictor.answer(np.zeros((2, *predictor.image_size, 3), "float32"), [["cats_dogs"], None])
        >>> list(answers.predictions(0)), answers.scores("dog_breeds").shape
        (['cats_dogs'], (2, 10))
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        wanted: Sequence[Sequence[str] | None],
        outputs: Mapping[str, np.ndarray],
        answered: Mapping[str, np.ndarray],
    ) -> None:
        self._tasks = tasks
        self._wanted = wanted
        self._outputs = outputs
        self._answered = answered
        self._decoded: dict[tuple[str, int], list[Prediction | None]] = {}

    def __len__(self) -> int:
        return len(self._wanted)

    def predictions(self, row: int, top_k: int = 5) -> dict[str, Prediction | None]:
        """Return the answers for one picture by task name; None where a gate is closed.

        Args:
            row: of the picture in the batch.
            top_k: how many of the most probable classes to give.

        Raises:
            ConfigError: a task was wanted that there is not.
        """
        wanted = self._wanted[row]
        return {name: self._decode(name, top_k)[row] for name in (self._tasks if wanted is None else wanted)}

    def scores(self, task: str) -> np.ndarray:
        """Return what `Task.scores` gives: float32 `(batch, *score_shape)`; NaN for pictures without an answer.

        Raises:
            ConfigError: there is no such task.
        """
        outputs, answered = self._answer(self._known(task))
        some = self._tasks[task].scores(outputs)
        scores = np.full((len(self), *some.shape[1:]), np.nan, np.float32)
        scores[answered] = some
        return scores

    def outputs(self, task: str) -> np.ndarray:
        """Return the raw outputs of a task for those that have an answer: float32 `(num_answered, *output_shape)`.

        Raises:
            ConfigError: there is no such task.
        """
        return self._answer(self._known(task))[0]

    def _decode(self, task: str, top_k: int) -> list[Prediction | None]:
        key = (self._known(task), top_k)
        if key not in self._decoded:
            outputs, answered = self._answer(task)
            decoded = iter(self._tasks[task].decode(outputs, top_k))
            self._decoded[key] = [next(decoded) if has_answer else None for has_answer in answered.tolist()]
        return self._decoded[key]

    def _answer(self, task: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the outputs for the pictures that have an answer, and which those are."""
        if task not in self._outputs:
            return np.empty((0, *self._tasks[task].output_shape), np.float32), np.zeros(len(self), bool)
        return self._outputs[task][self._answered[task]], self._answered[task]

    def _known(self, task: str) -> str:
        if task not in self._tasks:
            raise ConfigError(unknown_name("task", task, self._tasks))
        return task
