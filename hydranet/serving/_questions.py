"""What clients want to know of a picture, while it is on its way through the server."""

import asyncio
from typing import NamedTuple

import numpy as np

from hydranet.inference import Answers


class Row(NamedTuple):
    """One question's place in the answers of the pass that its picture went through."""

    answers: Answers
    place: int


class Question(NamedTuple):
    """What one client wants to know of a picture, and whom to tell: who has gone has a cancelled future."""

    tasks: tuple[str, ...] | None
    future: asyncio.Future[Row]


class WaitingPicture:
    """A picture on its way, and all questions about it."""

    def __init__(self, content: bytes | np.ndarray) -> None:
        self.content = content
        self.pixels = content if isinstance(content, np.ndarray) else None
        self.questions: list[Question] = []

    @property
    def is_wanted(self) -> bool:
        """Whether anyone still waits for it."""
        return not all(question.future.done() for question in self.questions)
