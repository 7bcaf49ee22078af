"""Linear heads, brought to their optimum on stored features: a convex problem, solved by L-BFGS.

The objective is the mean of a convex loss, weighted by example, plus `l2 / 2` times the
squared weights, all on standardised features; the standardisation is folded into the result. The task says which
loss it is; see `ConvexLoss`.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.tasks import ConvexLoss
from hydranet.training._lbfgs import minimise
from hydranet.training._standardisation import Batches, Standardisation

# Inputs and targets up to this size are kept in memory between iterations; larger ones are read again each time.
_CACHED_BYTES = 128 * 2**20
_BATCH_ROWS = 2048

# Which rows, their standardised inputs, and their targets, as tensors.
_Rows = tuple[slice, Any, Any]
# Standardised inputs of rows that train, their targets, and their shares of the loss, as tensors.
_Trained = tuple[Any, Any, Any]


@dataclass(frozen=True)
class LinearSolution:
    """The optimum on standardised inputs.

    Args:
        weights: float32 `(num_inputs + 1, num_outputs)`; the last row is the bias.
        loss: mean training loss without the penalty.
        num_iterations: of L-BFGS.
    """

    weights: np.ndarray
    loss: float
    num_iterations: int


class LinearProblem:
    """Inputs, targets and example weights, to be solved for several penalties.

    Args:
        batches: yields slices of the rows and float32 `(batch, num_inputs)`, for a batch size.
        num_rows: of all batches together.
        targets: float32 `(num_rows, num_outputs)` for a slice of the rows.
        example_weights: float32 `(num_rows,)`; 0 leaves a row out.
        loss: of the outputs.
    """

    def __init__(
        self,
        batches: Batches,
        num_rows: int,
        targets: Callable[[slice], np.ndarray],
        example_weights: np.ndarray,
        loss: ConvexLoss,
    ) -> None:
        self._batches = batches
        self._targets = targets
        self._loss = loss
        self.example_weights = np.asarray(example_weights, np.float32)
        self._standardisation = Standardisation.of(batches, num_rows, by_direction=loss.has_log_odds)
        self._num_inputs = len(self._standardisation.mean)
        self.num_outputs = targets(slice(0, 1)).shape[1]
        cached = 4 * num_rows * (self._num_inputs + self.num_outputs) <= _CACHED_BYTES
        self._cache = list(self._read()) if cached else None

    def solve(
        self,
        l2: float,
        start: np.ndarray | None = None,
        *,
        example_weights: np.ndarray | None = None,
        tolerance: float = 1e-8,
    ) -> LinearSolution:
        """Return the optimum for a penalty, from `start` (the weights of another solution) or from zero.

        Args:
            l2: penalty on the squared weights, the bias left out; at least 0.
            start: float32 `(num_inputs + 1, num_outputs)`.
            example_weights: to use instead of the problem's own.
            tolerance: the relative change of the loss at which to stop.
        """
        weights = self.example_weights if example_weights is None else example_weights
        # Where inputs are kept, those that train are kept apart meanwhile: mostly four fifths of them.
        kept = None if self._cache is None else list(self._trained_rows(weights))
        shape = (self._num_inputs + 1, self.num_outputs)

        def penalty(flat: np.ndarray) -> float:
            penalised = flat[: -self.num_outputs]
            return 0.5 * l2 * float(np.einsum("i,i", penalised, penalised))

        def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
            trained = self._trained_rows(weights) if kept is None else kept
            loss, gradient = self._loss_and_gradient(flat.reshape(shape), trained)
            gradient[:-1] += l2 * flat.reshape(shape)[:-1]
            return loss + penalty(flat), gradient.astype(np.float32).ravel()

        initial = np.zeros(shape, np.float32) if start is None else start
        found = minimise(objective, initial.ravel(), tolerance)
        loss = found.value - penalty(found.point)
        return LinearSolution(found.point.reshape(shape), loss, found.num_iterations)

    def without(self, rows: np.ndarray) -> "LinearProblem":
        """Return the same problem in which `rows`, bool `(num_rows,)`, count nothing; inputs are scaled alike."""
        problem = copy.copy(self)
        problem.example_weights = np.where(rows, 0, self.example_weights).astype(np.float32)
        return problem

    def outputs(self, weights: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return raw outputs for the rows where `wanted`, bool `(num_rows,)`, is True: float32 `(…, num_outputs)`."""
        return np.concatenate(
            [(inputs @ weights[:-1] + weights[-1]).numpy()[wanted[rows]] for rows, inputs, _ in self._rows()]
        )

    def unstandardised(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and bias for inputs as they are, in place of weights for standardised ones."""
        return self._standardisation.folded(weights)

    def with_bias_near_origin(self, weights: np.ndarray, share: float) -> np.ndarray:
        """Return the weights with another bias: outputs are 0 at a point between the mean input and inputs of zero.

        Args:
            weights: float32 `(num_inputs + 1, num_outputs)`; the last row is the bias.
            share: of the way from the mean: in [0, 1].
        """
        mean = self._standardisation.mean / self._standardisation.scale
        return np.concatenate([weights[:-1], share * mean[None] @ weights[:-1]])

    def _loss_and_gradient(
        self, weights: np.ndarray, trained: Iterable[_Trained]
    ) -> tuple[float, np.ndarray]:
        gradient = np.zeros(weights.shape, np.float64)
        loss = 0.0
        on_device = tf.constant(weights)
        for inputs, targets, shares in trained:
            batch_loss, batch_gradient = _batch_gradient(inputs, targets, shares, on_device, self._loss)
            loss += float(batch_loss)
            gradient += batch_gradient.numpy()
        return loss, gradient

    def _trained_rows(self, example_weights: np.ndarray) -> Iterator[_Trained]:
        """Yield the rows that have a weight."""
        shares = (example_weights / example_weights.sum(dtype=np.float64)).astype(np.float32)
        for rows, inputs, targets in self._rows():
            if not (counted := shares[rows] > 0).all():
                inputs, targets = (tf.gather(each, np.flatnonzero(counted)) for each in (inputs, targets))
            yield inputs, targets, tf.constant(shares[rows][counted])

    def _rows(self) -> Iterator[_Rows]:
        return iter(self._cache) if self._cache is not None else self._read()

    def _read(self) -> Iterator[_Rows]:
        for rows, inputs in self._batches(_BATCH_ROWS):
            yield rows, tf.constant(self._standardisation.apply(inputs)), tf.constant(self._targets(rows))


@tf.function(reduce_retracing=True, autograph=False)
def _batch_gradient(
    inputs: Any, targets: Any, shares: Any, weights: Any, loss: ConvexLoss
) -> tuple[Any, Any]:
    """Return the loss, summed with `shares`, and its gradient at the weights.

    In TensorFlow, because it runs on a GPU where there is one, and because NumPy's threads wait for each other
    by spinning, which is ten times slower when another program uses the cores.
    """
    outputs = inputs @ weights[:-1] + weights[-1]
    residuals = (loss.activate(outputs) - targets) * shares[:, None]
    gradient = tf.matmul(inputs, residuals, transpose_a=True)
    bias_gradient = tf.reduce_sum(residuals, axis=0, keepdims=True)
    return tf.tensordot(loss.losses(outputs, targets), shares, 1), tf.concat([gradient, bias_gradient], 0)
