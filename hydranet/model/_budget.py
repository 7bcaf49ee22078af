"""A bound on the memory that a network's variables take, kept before they are made."""

import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydranet.errors import ModelError

# What any file may ask for, and how many times its own size: weights are kept as they are.
_ALWAYS_ALLOWED = 2**26
_MOST_TIMES = 4


def allowed_bytes(num_bytes: int) -> int:
    """Return how much memory may be taken for what is so large on the disk."""
    return _ALWAYS_ALLOWED + _MOST_TIMES * num_bytes


@contextmanager
def variables_within(num_bytes: int, what: str) -> Iterator[None]:
    """Let Keras make variables in the block, unless they are larger than this in all.

    Args:
        num_bytes: of all of them.
        what: declares them, for the message.

    Raises:
        ModelError: they would be larger.
    """
    import tensorflow as tf

    budget = _Budget(num_bytes)
    try:
        with tf.variable_creator_scope(budget.create):
            yield
    except Exception as error:  # Keras rewords what is raised while a model is made
        if budget.left < 0:
            raise too_much(what, "layers", num_bytes - budget.left, num_bytes) from error
        raise


def too_much(what: str, parts: str, received: int, allowed: int) -> ModelError:
    """Return the error of something that declares more than it holds."""
    return ModelError(
        f"{what} declares {parts} of {received:,} bytes or more: expected at most {allowed:,} for its size. It is "
        "damaged, or made to use up memory."
    )


class _Budget:
    def __init__(self, num_bytes: int) -> None:
        self.left = num_bytes

    def create(self, next_creator: Any, **settings: Any) -> Any:
        self.left -= _size(settings["initial_value"])
        if self.left < 0:
            raise MemoryError
        return next_creator(**settings)


def _size(initial_value: Any) -> int:
    """Return the bytes of a variable: Keras gives a function that makes its value, within which it knows its shape."""
    if not inspect.isfunction(initial_value):
        return 0  # a value that is there already
    variable = inspect.getclosurevars(initial_value).nonlocals.get("self")
    return 4 * math.prod(getattr(variable, "_shape", ()))
