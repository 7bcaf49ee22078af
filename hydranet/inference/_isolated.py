"""A head that fails by itself: the others of its pass are answered all the same."""

import logging
from collections.abc import Callable

import numpy as np

from hydranet.heads import DenseHead
from hydranet.inference._stack import Head
from hydranet.tasks import Task

_log = logging.getLogger(__name__)


def isolated(head: Head, task: Task) -> Head:
    """Return a head that raises nothing: outputs are NaN, and the log says why, where it can't be run."""
    return head if isinstance(head, DenseHead | _Isolated) else _Isolated(head, task)


class _Isolated:
    """A function from features to outputs, whose errors may be any."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray], task: Task) -> None:
        self._function = function
        self._task = task

    def __call__(self, features: np.ndarray) -> np.ndarray:
        shape = (len(features), *self._task.output_shape)
        try:
            outputs = np.asarray(self._function(features), np.float32)
            if outputs.shape != shape:
                raise ValueError(f"outputs of shape {outputs.shape}, expected {shape}")
        except Exception as error:
            _log.warning("The head %s can't be run: %s", self._task.name, error)
            return np.full(shape, np.nan, np.float32)
        return outputs
