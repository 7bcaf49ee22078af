"""A box around the one thing that is looked for in a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from hydranet.data import Motion
from hydranet.errors import DataError
from hydranet.heads import Coordinates, Head
from hydranet.tasks._judgement import Overlaps
from hydranet.tasks._metrics import IOU, Metric
from hydranet.tasks._overlap import box_loss, intersection_over_union, mean_overlap
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._task import Task

# Rectangles are drawn on so many pixels, of which their lines take so many.
_DRAWN, _LINE = 112, 2
_COLOUR = (255, 0, 110, 255)


@dataclass(frozen=True, kw_only=True)
class Box(Task):
    """Where in the picture the one thing is that is looked for: an upright box.

    A label is the left, upper, right and lower edge of a box, as shares of the picture's width and height as it is
    seen: four numbers, or a text of four. A box that reaches outside of its picture is cut off at the edges. It moves
    with the views of its picture under augmentation, and of one that has left a view, nothing is learnt there.

    Args:
        name: see `Task`, as the fields that follow.
        data: pictures with boxes, such as `Boxes`.
        head: one that keeps positions; `Coordinates` by default.
        loss_weight: see `Task`.
        sampling_weight: see `Task`.
        tail: see `Task`.
        when: see `Task`.

    Example:
        >>> Box(name="pet").encode(["0.25 0 0.75 1", (0, 0.5, 1, 1)]).tolist()
        [[0.25, 0.0, 0.75, 1.0], [0.0, 0.5, 1.0, 1.0]]
    """

    head: Head = field(default_factory=Coordinates)
    kind: Literal["box"] = field(default="box", repr=False)

    @property
    def num_outputs(self) -> int:
        """Four edges."""
        return 4

    @property
    def score_names(self) -> tuple[str, ...]:
        """The edges; see `Task.score_names`."""
        return ("x_min", "y_min", "x_max", "y_max")

    @property
    def is_resolved(self) -> bool:
        """Always; see `Task.is_resolved`."""
        return True

    @property
    def main_metric(self) -> Metric:
        """The mean intersection over union; see `Task.main_metric`."""
        return IOU

    def resolve(self, labels: Iterable[Any]) -> Self:
        """Return this task, which leaves nothing open; see `Task.resolve`."""
        return self

    def encode(self, labels: Sequence[Any]) -> np.ndarray:
        """Return left, upper, right and lower edge, in [0, 1]: float32 `(batch, 4)`; see `Task.encode`."""
        boxes = [np.clip(self._edges(label), 0, 1) for label in labels]
        return np.array(boxes, np.float32).reshape(-1, 4)

    def label_notes(self, labels: Sequence[Any]) -> list[str]:
        """Say how many boxes are cut off; see `Task.label_notes`."""
        edges = [self._edges(label) for label in labels]
        outside = sum(bool((each < 0).any() or (each > 1).any()) for each in edges)
        return [f"{outside} box(es) reach outside of their pictures and are cut off."] if outside else []

    def moved(self, label: np.ndarray, motion: Motion) -> np.ndarray:
        """Return the upright box around the one that has moved, or zeros; see `Task.moved`."""
        return motion.move_box(label)

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the boxes themselves; see `Task.targets`."""
        return np.asarray(labels, np.float32)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return how far boxes are off; nothing where the right one is empty; see `box_loss` and `Task.loss`."""
        from keras import ops

        labels = ops.cast(labels, "float32")
        return box_loss(labels, outputs) * ops.cast(labels[:, 2] > labels[:, 0], "float32")

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Return boxes within the picture, their edges in order; see `Task.activate`."""
        edges = np.clip(np.asarray(outputs), 0, 1)
        ends = edges[..., :2], edges[..., 2:]
        return np.concatenate([np.minimum(*ends), np.maximum(*ends)], axis=-1)

    def score_tensors(self, outputs: Any) -> Any:
        """Return the same; see `Task.score_tensors`."""
        from keras import ops

        edges = ops.clip(outputs, 0.0, 1.0)
        ends = edges[..., :2], edges[..., 2:]
        return ops.concatenate([ops.minimum(*ends), ops.maximum(*ends)], axis=-1)

    def evidence(self, outputs: Any) -> Any:
        """Return the edges before they are cut off; see `Task.evidence`."""
        return outputs

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the box of each row, and as label a text of it; see `Task.decode`."""
        return [Prediction(_text(box), box=tuple(box.tolist())) for box in self.scores(outputs)]

    def draw(self, activated: np.ndarray) -> np.ndarray:
        """Return a rectangle; see `Task.draw`."""
        drawing = np.zeros((_DRAWN, _DRAWN, 4), np.uint8)
        left, top, right, bottom = np.rint(activated * (_DRAWN - _LINE)).astype(int)
        drawing[top : bottom + _LINE, left : right + _LINE] = _COLOUR
        drawing[top + _LINE : bottom, left + _LINE : right] = 0
        return drawing

    def describe(self) -> dict[str, Any]:
        """Return what the scores mean; see `Task.describe`."""
        edges = "left, upper, right and lower edge of a box, as shares of the picture's width and height"
        return {**super().describe(), "meaning": edges}

    def metrics(self) -> list[Any]:
        """Return the mean intersection over union, and the share of pictures with half of it; see `Task.metrics`."""
        return [mean_overlap(IOU.name), mean_overlap("share_above_half", least=0.5)]

    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Overlaps:
        """Return the boxes beside the right ones; see `Task.judge`."""
        boxes = self.scores(outputs)
        return Overlaps(intersection_over_union(labels, boxes), tuple(map(_text, boxes)))

    def _edges(self, label: Any) -> np.ndarray:
        values = label.replace(",", " ").split() if isinstance(label, str) else label
        try:
            edges = np.array(values, np.float64)
        except (TypeError, ValueError):
            edges = np.empty(0)
        inside = np.clip(edges, 0, 1)
        if (
            edges.shape != (4,)
            or not np.isfinite(edges).all()
            or not (inside[0] < inside[2] and inside[1] < inside[3])
        ):
            raise DataError(
                f"The label {label!r} of the task {self.name!r} is no box: expected left, upper, right and lower edge "
                "as shares of the picture's width and height, such as 0.1 0.2 0.5 0.9: left less than right, upper "
                "less than lower, and some of it in the picture."
            )
        return edges


def _text(box: np.ndarray) -> str:
    return " ".join(f"{edge:.3f}" for edge in box.tolist())
