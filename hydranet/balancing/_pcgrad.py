"""Gradients that conflict, projected."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.balancing._balancing import Balancing, State


@dataclass(frozen=True)
class PCGrad(Balancing):
    """A task's gradient loses the part that works against another task's gradient.

    After Yu et al., Gradient Surgery for Multi-Task Learning (2020, arXiv:2001.06782). Each gradient is
    projected onto the normal plane of every other one that it conflicts with, one after the other. Since the
    projections follow from the dot products of the gradients, so do the weights of the gradients in their sum,
    and they are 1 where nothing conflicts.

    The paper takes the others in random order. Here a gradient meets the one that it conflicts with most, by
    the angle, first: one of the paper's orders, but the same in every run and whichever way the tasks are
    listed. Of several parallel gradients, only one is given the weight; their sum is the same.

    Example:
        >>> import numpy as np
        >>> losses, present = np.ones(2, np.float32), np.array([True, True])
        >>> gradients = np.array([[1, 0], [-1, 1]], np.float32)
        >>> PCGrad().weigh({}, losses, gradients, present)[0].numpy().tolist()
        [2.0, 1.5]
    """

    kind: Literal["pcgrad"] = field(default="pcgrad", kw_only=True, repr=False)

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the weights of the gradients in the sum of the projected ones; see `Balancing.weigh`."""
        import tensorflow as tf

        gradients = tf.where(present[:, None], gradients, 0.0)
        weights = tf.reduce_sum(_project(tf.matmul(gradients, gradients, transpose_b=True)), axis=0)
        return tf.where(present, weights, 0.0), state


def _project(gram: Any) -> Any:
    """Return each projected gradient (row) as a sum of gradients: coefficients, float32 `(T, T)`.

    All rows are projected at once, each onto the normal plane of its own worst conflict, until none is left.

    Args:
        gram: the dot products of the gradients: float32 `(T, T)`.
    """
    import tensorflow as tf

    num_tasks = gram.shape[0]
    squares = tf.linalg.diag_part(gram)
    norms = tf.sqrt(squares)

    def conflicts(dots: Any, is_open: Any) -> Any:
        return tf.where(is_open, tf.minimum(dots, 0.0), 0.0)

    def any_conflict(coefficients: Any, dots: Any, is_open: Any) -> Any:
        return tf.reduce_any(conflicts(dots, is_open) < 0.0)

    def project_once(coefficients: Any, dots: Any, is_open: Any) -> tuple[Any, Any, Any]:
        open_conflicts = conflicts(dots, is_open)
        worst = tf.argmin(tf.math.divide_no_nan(open_conflicts, norms), axis=1)
        is_worst = tf.one_hot(worst, num_tasks, on_value=True, off_value=False)
        change = tf.where(is_worst, tf.math.divide_no_nan(open_conflicts, squares), 0.0)
        return coefficients - change, dots - tf.matmul(change, gram), is_open & ~is_worst

    own = tf.eye(num_tasks)
    start = own, gram, own == 0.0
    return tf.while_loop(any_conflict, project_once, start, maximum_iterations=num_tasks - 1)[0]
