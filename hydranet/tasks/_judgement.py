"""Answers beside the truth, in a form that evidence, intervals, mistakes, tables and charts are made of.

A task that decides between alternatives gives `Choices`, one that names a number gives `Estimates`, and one that names
a region of the picture `Overlaps`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Choices:
    """One or several decisions about each picture, each for one of the same alternatives.

    Args:
        alternatives: their names.
        truth: int `(num_examples, num_decisions)`, indices of alternatives; -1 where the label does not say, as of a
            pixel without a label: such a decision counts nowhere. Each picture has one at least that counts.
        answer: likewise, what the head has decided.
        confidence: float64 of the same shape, in [0, 1]: the probability that the head gives its own decision.
        about: what each decision is about, if that differs: a name for each. The alternatives are then no and yes.
        ranking: float `(num_examples,)`: how much speaks for the second of two alternatives, by which pictures are
            put in order; None where there is no such order.
        unit: what there is one decision about: `pictures`, or for several decisions that are alike, such as `pixels`.

    Example:
        >>> answer, truth = np.array([[1], [0]]), np.array([[1], [1]])
        >>> choices = Choices(("cat", "dog"), truth, answer, np.array([[0.9], [0.6]]))
        >>> choices.right.tolist(), choices.values.tolist(), choices.words(1)
        ([[True], [False]], [1.0, 0.0], 'dog')
    """

    alternatives: tuple[str, ...]
    truth: np.ndarray
    answer: np.ndarray
    confidence: np.ndarray
    about: tuple[str, ...] | None = None
    ranking: np.ndarray | None = None
    unit: str = "pictures"

    @cached_property
    def known(self) -> np.ndarray:
        """Which decisions count, because the label says what is right: bool, the shape of `answer`."""
        return self.truth >= 0

    @cached_property
    def right(self) -> np.ndarray:
        """Which decisions are right: bool, the shape of `answer`."""
        return self.answer == self.truth

    @property
    def values(self) -> np.ndarray:
        """The share of right ones among the decisions about each picture that count: float64 `(num_examples,)`."""
        shares: np.ndarray = self.right.sum(axis=1) / self.known.sum(axis=1)
        return shares

    @property
    def columns(self) -> np.ndarray:
        """Which score each decision is about: int, the shape of `answer`."""
        return (
            self.answer
            if self.about is None
            else np.broadcast_to(np.arange(len(self.about)), self.answer.shape)
        )

    def words(self, alternative: int, decision: int = 0) -> str:
        """Return an alternative as text, such as `dog`, or `rain present`.

        Args:
            alternative: its index.
            decision: which of the decisions about a picture.
        """
        name = self.alternatives[alternative]
        return name if self.about is None else f"{self.about[decision]} {name}"


@dataclass(frozen=True, eq=False)
class Estimates:
    """A number for each picture.

    Args:
        truth: float `(num_examples,)`.
        estimate: likewise, what the head says.
        unit: of both; empty where none is known.

    Example:
        >>> Estimates(np.array([31.5, 8.0]), np.array([30.0, 8.5])).values.tolist()
        [1.5, 0.5]
    """

    truth: np.ndarray
    estimate: np.ndarray
    unit: str = ""

    @cached_property
    def values(self) -> np.ndarray:
        """The absolute error of each picture: float64 `(num_examples,)`."""
        return np.abs(self.estimate - self.truth).astype(np.float64)

    @property
    def errors(self) -> np.ndarray:
        """How far off each answer is: float64 `(num_examples,)`."""
        return self.values

    @property
    def answers(self) -> tuple[str, ...]:
        """Each answer as text."""
        return tuple(f"{value:.5g}" for value in self.estimate)


@dataclass(frozen=True, eq=False)
class Overlaps:
    """A region of each picture.

    Args:
        values: how far each answer and the truth overlap, from 0, not at all, to 1: float64 `(num_examples,)`.
        answers: each of them as text.

    Example:
        >>> Overlaps(np.array([0.75]), ("0 0 0.5 0.5",)).errors.tolist()
        [0.25]
    """

    values: np.ndarray
    answers: tuple[str, ...]

    @property
    def errors(self) -> np.ndarray:
        """How much each answer lacks of a full overlap: float64 `(num_examples,)`."""
        return 1 - self.values


Judgement = Choices | Estimates | Overlaps
