"""What a person reads of a task's answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np

# From here on people are told: one in twenty pictures of the training pictures' kind is as unusual.
_WORTH_SAYING = 0.95


@dataclass(frozen=True, eq=False)
class Prediction:
    """One task's decoded answer for one picture.

    Args:
        label: the class; the classes present, for a multi-label task or a map of classes; the number, for a regression;
            the edges as text, for a box.
        probability: of `label`, in [0, 1]; None where the label is not one class.
        top: the most probable classes and their probabilities, best first; of a map the means over its positions.
        map: of a task that answers at each position of the picture: `(map_height, map_width)`, the index of the class
            among the task's classes, or the number; None for others.
        box: of a task that says where something is: left, upper, right and lower edge, in [0, 1], as shares of the
            picture's width and height as it is seen; None for others.
        heat_map: where in the picture the evidence for the most probable answer lies, from 0 to 1: float32
            `(map_height, map_width)`; None where it was not asked for, or the head has none.
        unusual: how unusual the picture is to the task, in [0, 1]: about the share of its training pictures that are
            less so, so that it is above 0.95 for one in twenty of their kind, and for most of another kind; None where
            the head does not know what it was trained on.

    Example:
        >>> Prediction("dog", 0.75, top=(("dog", 0.75), ("cat", 0.25))).label
        'dog'
    """

    label: str | tuple[str, ...] | float
    probability: float | None = None
    top: tuple[tuple[str, float], ...] = ()
    map: np.ndarray | None = None
    box: tuple[float, ...] | None = None
    heat_map: np.ndarray | None = None
    unusual: float | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Prediction):
            return NotImplemented
        same_maps = all(
            np.array_equal(mine, others)  # type: ignore[arg-type]
            for mine, others in ((self.map, other.map), (self.heat_map, other.heat_map))
        )
        return same_maps and self._but_for_maps() == other._but_for_maps()

    def __hash__(self) -> int:
        return hash(self._but_for_maps())

    def __str__(self) -> str:
        """The label and its probability; of a map the classes in it, and how large it is; and if it is unusual."""
        text = self.label_text(", ")
        if self.map is not None:
            text += f" (map {self.map.shape[0]} x {self.map.shape[1]})"
        elif self.probability is not None:
            text += f" {self.probability:.3f}"
        if self.unusual is not None and self.unusual >= _WORTH_SAYING:
            text += f" (unusual {self.unusual:.3f})"
        return text

    def label_text(self, separator: str) -> str:
        """Return the label as text, several joined by `separator`."""
        if isinstance(self.label, tuple):
            return separator.join(self.label)
        return _number_text(self.label) if isinstance(self.label, float) else self.label

    def as_data(self) -> dict[str, Any]:
        """Return it in JSON types, as the command line and the server give it; no maps or box where it has none."""
        data = {
            "label": self.label,
            "probability": self.probability,
            "top": self.top,
            "unusual": self.unusual,
        }
        maps = {"map": self.map, "heat_map": self.heat_map}
        places: dict[str, Any] = {
            "box": self.box,
            **{name: None if each is None else each.tolist() for name, each in maps.items()},
        }
        return data | {name: place for name, place in places.items() if place is not None}

    def _but_for_maps(self) -> tuple[Any, ...]:
        return self.label, self.probability, self.top, self.box, self.unusual


def _number_text(value: float) -> str:
    """Return six digits, or all before the point, as of a time in seconds."""
    return f"{value:.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"
