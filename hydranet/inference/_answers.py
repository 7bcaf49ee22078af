"""What the heads say of one batch of pictures."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hydranet.errors import ConfigError, ModelError
from hydranet.naming import unknown_name
from hydranet.tasks import Prediction, Task


class _Answer(NamedTuple):
    """One task's outputs, for the `rows` of the batch that have an answer, and where its head has failed."""

    outputs: np.ndarray
    rows: np.ndarray
    failed: np.ndarray


class Answers:
    """The answers to one batch of pictures, decoded when they are asked for.

    Args:
        tasks: all there were, by name.
        wanted: names of the tasks wanted of each picture; None for all.
        outputs: raw outputs by task name, for the tasks that were computed: float32 `(batch, *output_shape)`.
        answered: by task name, for which pictures they stand: boolean `(batch,)`.
        unusual: by task name, as far as it is known, what computes how unusual each picture is: float64 `(batch,)`.
        heat: by task name, where they are wanted and there are any, what computes the heat map of each picture: float32
            `(batch, map_height, map_width)`.

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
        unusual: Mapping[str, Callable[[], np.ndarray]] | None = None,
        heat: Mapping[str, Callable[[], np.ndarray]] | None = None,
    ) -> None:
        self._tasks = tasks
        self._wanted = wanted
        self._outputs = outputs
        self._answered = answered
        self._unusual = dict(unusual or {})
        self._heat = dict(heat or {})
        self._decoded: dict[tuple[str, int], list[Prediction | None]] = {}
        self._known_answers: dict[str, _Answer] = {}

    def __len__(self) -> int:
        return len(self._wanted)

    def predictions(self, row: int, top_k: int = 5) -> dict[str, Prediction | None]:
        """Return the answers for one picture by task name; None where a gate is closed.

        Args:
            row: of the picture in the batch.
            top_k: how many of the most probable classes to give.

        Raises:
            ConfigError: a task was wanted that there is not.
            ModelError: the head of one has failed; ask for `prediction` of each to have the others.
        """
        return {name: self.prediction(name, row, top_k) for name in self.wanted(row)}

    def wanted(self, row: int) -> Sequence[str]:
        """Return the names of the tasks that are wanted of a picture."""
        names = self._wanted[row]
        return tuple(self._tasks) if names is None else names

    def prediction(self, task: str, row: int, top_k: int = 5) -> Prediction | None:
        """Return one task's answer for one picture; None where its gate is closed.

        Raises:
            ConfigError: there is no such task.
            ModelError: its head, or that of its gate, has failed for this picture.
        """
        for name in (self._known(task), *self._tasks[task].when):
            if self.failed(name)[row]:
                raise _no_use(name)
        prediction = self._decode(task, top_k)[row]
        if prediction is not None and not _is_finite(prediction):
            raise _no_use(task)
        return prediction

    def failed(self, task: str) -> np.ndarray:
        """Return for which pictures a head was run and gave outputs that are not finite: boolean `(batch,)`.

        Raises:
            ConfigError: there is no such task.
        """
        return self._answer(self._known(task)).failed

    def scores(self, task: str) -> np.ndarray:
        """Return what `Task.scores` gives: float32 `(batch, *score_shape)`; NaN for pictures without an answer.

        Raises:
            ConfigError: there is no such task.
        """
        answer = self._answer(self._known(task))
        some = self._tasks[task].scores(answer.outputs)
        scores = np.full((len(self), *some.shape[1:]), np.nan, np.float32)
        scores[answer.rows] = some
        return scores

    def unusual(self, task: str) -> np.ndarray:
        """Return how unusual each picture is to a task: float64 `(batch,)`, as `Prediction` has it; NaN where unknown.

        Raises:
            ConfigError: there is no such task.
        """
        compute = self._unusual.get(self._known(task))
        return np.full(len(self), np.nan) if compute is None else compute()

    def outputs(self, task: str) -> np.ndarray:
        """Return the raw outputs of a task for those that have an answer: float32 `(num_answered, *output_shape)`.

        Raises:
            ConfigError: there is no such task.
        """
        return self._answer(self._known(task)).outputs

    def _decode(self, task: str, top_k: int) -> list[Prediction | None]:
        key = (task, top_k)
        if key not in self._decoded:
            answer = self._answer(task)
            try:
                decoded = iter(self._tasks[task].decode(answer.outputs, top_k))
            except Exception as error:  # a kind of task of one's own may fail in any way
                raise ModelError(f"The outputs of the head {task!r} can't be decoded: {error}.") from error
            heat = self._heat[task]() if task in self._heat else [None] * len(self)
            rows = zip(answer.rows.tolist(), self.unusual(task).tolist(), heat, strict=True)
            self._decoded[key] = [
                _completed(next(decoded), unusual, heat_map) if has_answer else None
                for has_answer, unusual, heat_map in rows
            ]
        return self._decoded[key]

    def _answer(self, task: str) -> _Answer:
        if task not in self._known_answers:
            rows = self._answered.get(task, np.zeros(len(self), bool))
            none = np.empty((0, *self._tasks[task].output_shape), np.float32)
            outputs = self._outputs[task][rows] if task in self._outputs else none
            self._known_answers[task] = _sound_answer(outputs, rows)
        return self._known_answers[task]

    def _known(self, task: str) -> str:
        if task not in self._tasks:
            raise ConfigError(unknown_name("task", task, self._tasks))
        return task


def _sound_answer(outputs: np.ndarray, rows: np.ndarray) -> _Answer:
    """Return a task's answer without the rows whose outputs are not finite."""
    if np.isfinite(outputs).all():
        return _Answer(outputs, rows, np.zeros_like(rows))
    sound = np.isfinite(outputs).all(axis=tuple(range(1, outputs.ndim)))
    left, failed = rows.copy(), rows.copy()
    left[rows], failed[rows] = sound, ~sound
    return _Answer(outputs[sound], left, failed)


def _completed(prediction: Prediction, unusual: float, heat_map: np.ndarray | None) -> Prediction:
    if math.isnan(unusual) and heat_map is None:
        return prediction
    known = None if math.isnan(unusual) else unusual
    return dataclasses.replace(prediction, unusual=known, heat_map=heat_map)


def _no_use(task: str) -> ModelError:
    return ModelError(f"The head {task!r} gives numbers for this picture that are not finite.")


def _is_finite(prediction: Prediction) -> bool:
    numbers = [each for each in (prediction.label, prediction.probability) if isinstance(each, float)]
    return all(map(math.isfinite, numbers))
