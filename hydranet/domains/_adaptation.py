"""What every way of adapting heads to another domain can do."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hydranet.settings import Variant


class SeenThrough(NamedTuple):
    """A linear map that a head's inputs pass first, and that is folded into it: `(inputs - mean) @ into @ back`.

    Args:
        mean: float32 `(num_inputs,)`.
        into: float32 `(num_inputs, rank)`.
        back: float32 `(rank, num_inputs)`.
    """

    mean: np.ndarray
    into: np.ndarray
    back: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return inputs mapped: float32 `(num_rows, num_inputs)`."""
        mapped: np.ndarray = (inputs - self.mean) @ self.into @ self.back
        return mapped

    def folded(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and bias for inputs as they are, in place of those for mapped ones."""
        folded = self.into @ (self.back @ kernel)
        return folded, bias - self.mean @ folded


@dataclass(frozen=True, eq=False)
class Adapted:
    """What an adaptation has found.

    Args:
        bring: maps features of training pictures, `(num_rows, num_inputs)`, to where a head is trained on them.
        weights: of the training pictures in the loss, about 1: float32 `(num_source,)`; None where all count alike.
        seen_through: what the features of other pictures pass before the head; None where they stay as they are.
        figures: what is to be known of it, by name.
    """

    bring: Callable[[np.ndarray], np.ndarray] = lambda values: values
    weights: np.ndarray | None = None
    seen_through: SeenThrough | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Adaptation(Variant):
    """A way to train heads on labelled pictures for a domain of which there are unlabelled ones.

    Example:
        >>> Adaptation.variants()["coral"].__name__
        'Coral'
    """

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    def folds(self) -> bool:
        """Whether it leaves a map that is folded into the head, which must be linear then."""
        return False

    @abstractmethod
    def adapt(self, source: np.ndarray, target: np.ndarray) -> Adapted:
        """Return what is found from features.

        Args:
            source: of the training pictures as they are: float32 `(num_source, num_inputs)`.
            target: of the unlabelled pictures: float32 `(num_target, num_inputs)`, at least two.
        """
