"""What clients want to know of an example, while it is on its way through the server."""

import asyncio
from typing import NamedTuple

import numpy as np

from hydranet.inference import Answers

# Of the pictures of an example: the bytes of files, or float32 pixels.
Contents = tuple[bytes | np.ndarray, ...]


class Row(NamedTuple):
    """One question's place in the answers of the pass that its example went through."""

    answers: Answers
    place: int


class Question(NamedTuple):
    """What one client wants to know of an example, and whom to tell: who has gone has a cancelled future."""

    tasks: tuple[str, ...] | None
    future: asyncio.Future[Row]


class WaitingExample:
    """An example on its way, one picture mostly, and all questions about it.

    Args:
        contents: of its pictures: the bytes of files, or all pixels.
        due: when it counts as having come; what is due earlier is computed first.
    """

    def __init__(self, contents: Contents, *, due: float) -> None:
        self.contents = contents
        self.due = due
        self.pixels = [content for content in contents if isinstance(content, np.ndarray)]
        self.questions: list[Question] = []

    def __lt__(self, other: "WaitingExample") -> bool:
        return self.due < other.due

    @property
    def is_wanted(self) -> bool:
        """Whether anyone still waits for it."""
        return not all(question.future.done() for question in self.questions)
