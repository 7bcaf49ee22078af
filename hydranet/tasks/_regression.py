"""A number."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.settings import PositiveFloat
from hydranet.tasks._convex import ConvexLoss, HalfSquaredError
from hydranet.tasks._judgement import Estimates
from hydranet.tasks._metrics import MEAN_ABSOLUTE_ERROR, Metric
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._task import Task

# Squares of such labels still fit float32.
_TOO_LARGE = 1e18
# Steps of the answers above this share of the labels' deviation are noted.
_COARSE = 0.01


@dataclass(frozen=True, kw_only=True)
class Regression(Task):
    """A number. The head learns it on a standard scale; its outputs are in the unit of the labels.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        mean: of the labels; that of the training labels where not given.
        standard_deviation: likewise.
        head: the layers between features and outputs.
        loss_weight, sampling_weight, tail: of joint training; see `Task`.
        when: the classes of other tasks for which alone it is answered; always by default; see `Task`.

    Example:
        >>> Regression(name="age").encode(["31.5", "8"]).tolist()
        [31.5, 8.0]
    """

    mean: float | None = None
    standard_deviation: PositiveFloat | None = None
    kind: Literal["regression"] = field(default="regression", repr=False)

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    @property
    def is_resolved(self) -> bool:
        """Whether the scale of the labels is known."""
        return self.mean is not None and self.standard_deviation is not None

    def resolve(self, labels: Iterable[str]) -> Self:
        """Take mean and standard deviation from the labels if they are not given; see `Task.resolve`."""
        values = self.encode(list(labels))
        if not len(values) or values.min() == values.max():
            raise DataError(f"The task {self.name!r} needs at least two different training labels.")
        return dataclasses.replace(
            self,
            mean=float(values.mean()) if self.mean is None else self.mean,
            standard_deviation=float(values.std())
            if self.standard_deviation is None
            else self.standard_deviation,
        )

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return the numbers: float64 `(batch,)`, as float32 would take large ones that are near each other for one."""
        values = np.empty(len(labels), np.float64)
        for row, label in enumerate(labels):
            try:
                values[row] = float(label)
            except ValueError:
                values[row] = np.nan
            if not abs(values[row]) < _TOO_LARGE:
                raise DataError(
                    f"The label {label!r} of the task {self.name!r} is not a finite number below {_TOO_LARGE:g}."
                )
        return values

    def label_notes(self, labels: Sequence[str]) -> list[str]:
        """Say whether the numbers differ by less than float32, the head's, can tell; see `Task.label_notes`."""
        values = self.encode(list(labels))
        if not len(values):
            return []
        step, deviation = float(np.spacing(np.float32(np.abs(values).max()))), float(values.std())
        if step <= _COARSE * deviation:
            return []
        return [
            f"The numbers lie {deviation:.3g} apart about {values.mean():.6g}, where answers come in steps of "
            f"{step:.3g}: take a constant away from them."
        ]

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the numbers as a column, as they differ from the mean: metrics in float32 lose large ones."""
        return (np.asarray(labels, np.float64) - (self.mean or 0.0)).astype(np.float32)[:, None]

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Return the answers likewise; see `Task.activate`."""
        return np.asarray(outputs) - np.float32(self.mean or 0.0)

    def scores(self, outputs: np.ndarray) -> np.ndarray:
        """Return the numbers; see `Task.scores`."""
        return np.asarray(outputs, np.float32)

    def activated(self, scores: np.ndarray) -> np.ndarray:
        """Return how they differ from the mean; see `Task.activated`."""
        return self.activate(scores)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the squared error in units of the labels' standard deviation; see `Task.loss`."""
        import keras

        return keras.ops.square((outputs[:, 0] - keras.ops.cast(labels, "float32")) / self._scale()[1])

    @property
    def convex_loss(self) -> ConvexLoss:
        """Half the squared error of standardised numbers; see `Task.convex_loss`."""
        return HalfSquaredError()

    def convex_targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the numbers on the scale that the head learns: mean 0, deviation 1; see `Task.convex_targets`."""
        mean, deviation = self._scale()
        return ((np.asarray(labels, np.float64) - mean) / deviation).astype(np.float32)[:, None]

    def output_layers(self) -> list[Any]:
        """Return the layer that brings the numbers back to the scale of the labels; see `Task.output_layers`."""
        import keras

        mean, deviation = self._scale()
        return [keras.layers.Rescaling(deviation, offset=mean)]

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]] | None:
        """Add the scale to those of the head; see `Task.dense_layers`."""
        mean, deviation = self._scale()
        layers = super().dense_layers(feature_shape)
        return layers and [*layers, {"kind": "rescaling", "scale": deviation, "offset": mean}]

    def metrics(self) -> list[Any]:
        """Return mean absolute error, root mean squared error, and R²."""
        import keras

        return [
            keras.metrics.MeanAbsoluteError(name="mean_absolute_error"),
            keras.metrics.RootMeanSquaredError(name="root_mean_squared_error"),
            keras.metrics.R2Score(name="r2"),
        ]

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the number of each row; see `Task.decode`."""
        return [Prediction(label=float(row[0])) for row in np.asarray(outputs)]

    @property
    def score_unit(self) -> float:
        """The standard deviation of the labels; see `Task.score_unit`."""
        return self.standard_deviation or 1.0

    def score_tensors(self, outputs: Any) -> Any:
        """Return the number; see `Task.score_tensors`."""
        return outputs

    def describe(self) -> dict[str, Any]:
        """Add that the scores are the outputs; see `Task.describe`."""
        return {**super().describe(), "activation": "identity"}

    @property
    def main_metric(self) -> Metric:
        """The mean absolute error."""
        return MEAN_ABSOLUTE_ERROR

    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Estimates:
        """Return the numbers beside those of the labels; see `Task.judge`."""
        return Estimates(np.asarray(labels), np.asarray(outputs)[:, 0])

    def _scale(self) -> tuple[float, float]:
        if self.mean is None or self.standard_deviation is None:
            raise ConfigError(
                f"The task {self.name!r} has no scale yet: give `mean` and `standard_deviation`."
            )
        return self.mean, self.standard_deviation
