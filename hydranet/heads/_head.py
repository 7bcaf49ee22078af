"""What every kind of head must say."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from hydranet.settings import Variant


@dataclass(frozen=True)
class Head(Variant):
    """The layers between one of the shared features and one task's outputs.

    `hydranet.testing.check_head` checks that a kind of one's own keeps the contract.

    Args:
        feature: the name of the feature that it reads, such as `pooled` or `map`; the backbone's default one where not
            given.
    """

    feature: str | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    def is_linear(self) -> bool:
        """Whether the outputs are a linear function of the features, also in training: a convex problem."""
        return False

    @abstractmethod
    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return new Keras layers from features to `num_outputs` outputs, without an activation at the end.

        The outputs are along the last axis. A task whose `output_shape` has more axes wants a map: a head that gives a
        vector does not fit it.

        Args:
            num_outputs: of the task.
            feature_shape: of one picture's features: `(num_features,)` or `(height, width, channels)`.
        """

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError if this head can't work on features of this shape (without the batch axis)."""
