"""What a person reads of a task's answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """One task's decoded answer for one picture.

    Args:
        label: the class; the classes present, for a multi-label task; the number, for a regression.
        probability: of `label`, in [0, 1]; None for multi-label tasks and regressions.
        top: the most probable classes and their probabilities, best first.

    Example:
        >>> Prediction("dog", 0.75, top=(("dog", 0.75), ("cat", 0.25))).label
        'dog'
    """

    label: str | tuple[str, ...] | float
    probability: float | None = None
    top: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        """The label and its probability."""
        label = self.label_text(", ")
        return label if self.probability is None else f"{label} {self.probability:.3f}"

    def label_text(self, separator: str) -> str:
        """Return the label as text, several joined by `separator`."""
        if isinstance(self.label, tuple):
            return separator.join(self.label)
        return f"{self.label:.6g}" if isinstance(self.label, float) else self.label
