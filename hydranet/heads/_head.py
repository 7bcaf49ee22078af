"""What every kind of head must say."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from hydranet.heads._top import Top
from hydranet.settings import Variant


class Network(Protocol):
    """What a head that comes trained may ask of the network that it is the top of."""

    def load_top(self, weights: str, num_classes: int | None = None) -> Top:
        """Return the classification top that belongs to the network; see `Backbone.load_top`."""
        ...

    def imagenet_classes(self) -> list[str]:
        """Return the names of ImageNet's classes; see `Backbone.imagenet_classes`."""
        ...


class ReadyHead(NamedTuple):
    """A head that comes trained.

    Args:
        head: as it is recorded: it builds its layers without the files that its weights came from.
        weights: of its layers, in the order in which Keras has them; the last two are kernel `(num_inputs,
            num_outputs)` and bias of a dense layer.
        classes: the class names in the order of the outputs.
    """

    head: "Head"
    weights: tuple[np.ndarray, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Head(Variant):
    """The layers between one of the shared features and one task's outputs.

    `hydranet.testing.check_head` checks that a kind of one's own keeps the contract.

    Args:
        feature: the name of the feature that it reads, such as `pooled` or `map`; the backbone's default one where not
            given.
    """

    feature: str | None = field(default=None, kw_only=True)

    # Whether training makes its weights; otherwise they come with it, from `ready`, and its task needs no data.
    is_trained: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        """Take the dense layers from a kind that has other layers than its base, unless it says which."""
        super().__init_subclass__()
        if cls.overrides(["layers"], below="dense_layers"):
            cls.dense_layers = Head.dense_layers  # type: ignore[method-assign]

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    def is_linear(self) -> bool:
        """Whether the outputs are a linear function of the features, also in training: a convex problem."""
        return False

    def ready(self, network: Network) -> ReadyHead:
        """Return the weights that come with it; of a kind whose `is_trained` is False.

        Args:
            network: that it stands on: the backbone.

        Raises:
            ConfigError: the backbone has no such top.
            FetchError: something is not there and can't be downloaded.
            ModelError: a file is missing, damaged or something else.
        """
        raise NotImplementedError(f"{type(self).__name__} has no weights of its own.")

    @abstractmethod
    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return new Keras layers from features to `num_outputs` outputs, without an activation at the end.

        The outputs are along the last axis. A task whose `output_shape` has more axes wants a map: a head that gives a
        vector does not fit it.

        Args:
            num_outputs: of the task.
            feature_shape: of one picture's features: `(num_features,)` or `(height, width, channels)`.
        """

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]] | None:
        """Return the same layers as data, where NumPy can compute them; None, the default, where only Keras can.

        A subclass that overrides `layers`, and not this, has None.

        Heads that say so run together as few matrix products, without Keras, and without TensorFlow on another engine.

        Returns:
            a dict of JSON types for each layer but for those that do nothing in prediction, such as dropout. First, of
            a map or of several pictures, `{"kind": "average"}` over all, `{"kind": "average_present"}` over those with
            any feature but zero, or `{"kind": "flatten"}`; then at least one `{"kind":
            "dense", "activation": "linear" or "relu", "use_bias": …}`, each perhaps followed by `{"kind": "batch_norm",
            "epsilon": …}` or `{"kind": "rescaling", "scale": …, "offset": …}`.
        """
        return None

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError if this head can't work on features of this shape (without the batch axis)."""
