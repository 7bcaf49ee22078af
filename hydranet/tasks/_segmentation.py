"""A class for each pixel (Long, Shelhamer, Darrell, 2015, arXiv:1411.4038)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import Interval
from PIL import Image, UnidentifiedImageError

from hydranet.errors import ConfigError, DataError
from hydranet.heads import Head, Map
from hydranet.settings import PositiveInt
from hydranet.tasks._class_colours import class_colours
from hydranet.tasks._judgement import Choices
from hydranet.tasks._metrics import ACCURACY, Metric
from hydranet.tasks._pixel_metrics import mean_accuracy, mean_iou
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._task import Task

UNLABELLED = 255

Value = Annotated[int, Interval(ge=0, le=255)]


@dataclass(frozen=True, kw_only=True)
class Segmentation(Task):
    """One of several classes at each pixel.

    A label is a mask: a picture file of one channel, or an array `(height, width)`, whose value at each pixel stands
    for a class. Pixels of other, `ignored` values have no label and count nowhere. A mask moves with the views of its
    picture under augmentation.

    Args:
        classes: their names.
        values: of each class in masks; 0, 1, 2 … by default.
        ignored: values of pixels without a label.
        map_size: `(height, width)` of the answers; masks are brought to it.
        name: see `Task`, as the fields that follow.
        data: pictures with masks, such as `Masks`.
        head: one that gives a map; `Map` by default.
        loss_weight: see `Task`.
        sampling_weight: see `Task`.
        tail: see `Task`.
        when: see `Task`.

    Example:
        >>> task = Segmentation(name="pet", classes=["pet", "ground"], values=[1, 2], ignored=[3], map_size=[1, 3])
        >>> task.encode([np.array([[1, 2, 3]])]).tolist()
        [[[0, 1, 255]]]
    """

    classes: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    ignored: tuple[Value, ...] = (UNLABELLED,)
    map_size: tuple[PositiveInt, PositiveInt] = (64, 64)
    head: Head = field(default_factory=Map)
    kind: Literal["segmentation"] = field(default="segmentation", repr=False)
    labels_are_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.classes) > UNLABELLED:
            raise ConfigError(
                f"{self.name!r} has {len(self.classes)} classes: expected at most {UNLABELLED}."
            )
        if self.values and len(self.values) != len(self.classes):
            raise ConfigError(
                f"values of {self.name!r}: received {len(self.values)} for {len(self.classes)} classes, expected "
                "one each."
            )
        if len(set(self._values)) < len(self._values) or set(self._values) & set(self.ignored):
            raise ConfigError(
                f"values of {self.name!r}: received {list(self._values)}, of which some stand for two things; ignored "
                f"are {list(self.ignored)}."
            )

    @property
    def num_outputs(self) -> int:
        """One for each class; see `Task.num_outputs`."""
        return len(self.classes)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Height and width of the map, and the classes; see `Task.output_shape`."""
        return (*self.map_size, self.num_outputs)

    @property
    def is_resolved(self) -> bool:
        """Whether there are classes; see `Task.is_resolved`."""
        return bool(self.classes)

    @property
    def main_metric(self) -> Metric:
        """The mean over pictures of the share of right pixels; see `Task.main_metric`."""
        return ACCURACY

    def resolve(self, labels: Iterable[Any]) -> Self:
        """Return this task, whose classes masks can't name; see `Task.resolve`."""
        if not self.classes:
            raise ConfigError(
                f"Masks of {self.name!r} hold values: give the names of the classes, as `classes`."
            )
        return self

    def encode(self, labels: Sequence[Any]) -> np.ndarray:
        """Return indices of classes, 255 where there is no label: uint8 `(batch, *map_size)`; see `Task.encode`."""
        return np.array([self._mask(label) for label in labels], np.uint8).reshape(-1, *self.map_size)

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return one-hot vectors, and zeros where there is no label; see `Task.targets`."""
        return (labels[..., None] == np.arange(self.num_outputs)).astype(np.float32)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the mean cross-entropy over the pixels with a label; see `Task.loss`."""
        from keras import ops

        known = ops.cast(ops.not_equal(labels, UNLABELLED), "float32")
        classes = ops.where(ops.equal(labels, UNLABELLED), 0, ops.cast(labels, "int32"))
        losses = -ops.sum(ops.one_hot(classes, self.num_outputs) * ops.log_softmax(outputs), axis=-1)
        return ops.sum(losses * known, axis=(1, 2)) / ops.maximum(ops.sum(known, axis=(1, 2)), 1.0)

    def output_layers(self) -> list[Any]:
        """Return what brings the map of any head to the size of the answers; see `Task.output_layers`."""
        import keras

        return [keras.layers.Resizing(*self.map_size)]

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities; see `Task.activate`."""
        powers = np.exp(outputs - np.max(outputs, axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def score_tensors(self, outputs: Any) -> Any:
        """Return probabilities; see `Task.score_tensors`."""
        from keras import ops

        return ops.softmax(outputs)

    def evidence(self, outputs: Any) -> Any:
        """Return logits; see `Task.evidence`."""
        return outputs

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return which classes are the most probable one somewhere; see `Task.present`."""
        return self._anywhere(outputs.argmax(axis=-1))

    def labelled(self, labels: np.ndarray) -> np.ndarray:
        """Return which classes are somewhere in a mask; see `Task.labelled`."""
        return self._anywhere(labels)

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the classes that are there, the mean probability of each, and the map; see `Task.decode`."""
        predictions = []
        for scores, present in zip(self.scores(outputs), self.present(outputs), strict=True):
            means = scores.mean(axis=(0, 1))
            top = tuple((self.classes[i], float(means[i])) for i in np.argsort(-means, kind="stable")[:top_k])
            label = tuple(name for name, there in zip(self.classes, present, strict=True) if there)
            predictions.append(Prediction(label, top=top, map=scores.argmax(axis=-1).astype(np.uint8)))
        return predictions

    def draw(self, activated: np.ndarray) -> np.ndarray:
        """Return a colour for each class, as strong as it is sure; see `Task.draw`."""
        rgb = class_colours(self.num_outputs)[activated.argmax(axis=-1)]
        return np.concatenate([rgb, (140 * activated.max(axis=-1, keepdims=True)).astype(np.uint8)], axis=-1)

    def describe(self) -> dict[str, Any]:
        """Return what the scores mean; see `Task.describe`."""
        return {**super().describe(), "meaning": "probabilities at each pixel, in the order of the classes"}

    def metrics(self) -> list[Any]:
        """Return accuracy and intersection over union, of each class and averaged; see `Task.metrics`."""
        of_each = [
            mean_iou(f"iou_{name}", self.num_outputs, [index]) for index, name in enumerate(self.classes)
        ]
        return [mean_accuracy(ACCURACY.name), mean_iou("mean_iou", self.num_outputs), *of_each]

    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Choices:
        """Return a choice at each pixel; see `Task.judge`."""
        scores, pixels = self.scores(outputs), (len(labels), -1)
        truth = np.where(labels == UNLABELLED, -1, labels.astype(int)).reshape(pixels)
        answer, confidence = scores.argmax(axis=-1).reshape(pixels), scores.max(axis=-1).reshape(pixels)
        return Choices(self.classes, truth, answer, confidence.astype(np.float64), unit="pixels")

    @property
    def _values(self) -> tuple[int, ...]:
        return self.values or tuple(range(len(self.classes)))

    def _mask(self, label: Any) -> np.ndarray:
        mask, name = (
            (_image(label), "a mask") if isinstance(label, np.ndarray) else (_open(str(label)), str(label))
        )
        values = np.asarray(mask.resize(self.map_size[::-1], Image.Resampling.NEAREST))
        known = {value: index for index, value in enumerate(self._values)}
        known |= dict.fromkeys(self.ignored, UNLABELLED)
        found = np.unique(values).tolist()
        if values.ndim != 2 or not set(found) <= set(known) or set(found) <= set(self.ignored):
            raise DataError(
                f"{name} is no mask of {self.name!r}: received values {found[:10]} of shape {values.shape}, "
                f"expected at each pixel one of {list(self._values)}, for {', '.join(self.classes)}, or "
                f"{list(self.ignored)} for no label, and one that has a label at least."
            )
        index_of = np.full(256, UNLABELLED, np.uint8)
        index_of[list(known)] = list(known.values())
        return index_of[values.astype(np.uint8)]

    def _anywhere(self, indices: np.ndarray) -> np.ndarray:
        return np.asarray((indices[..., None] == np.arange(self.num_outputs)).any(axis=(1, 2)))


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(values.astype(np.uint8))


def _open(path: str) -> Image.Image:
    if not Path(path).is_file():
        raise DataError(f"There is no mask {path}: expected a file, or an array of values.")
    try:
        image = Image.open(path)
        image.load()
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"The mask {path} can't be read: {error}") from error
    return image
