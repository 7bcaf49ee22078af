"""What a backbone is: one value that knows its network, how it reads pictures, and what it gives."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hydranet.backbones._fingerprint import fingerprint
from hydranet.backbones._image_size import ImageSize, check_image_size
from hydranet.backbones._imagenet_classes import imagenet_class_names
from hydranet.data import PICTURES
from hydranet.errors import ConfigError
from hydranet.heads import Head, Top
from hydranet.naming import unknown_name
from hydranet.settings import Variant

# Features that most backbones have: the last feature map, and that map made a vector.
POOLED, MAP = "pooled", "map"


@dataclass(frozen=True)
class Backbone(Variant):
    """A pretrained network as data: the base of all kinds of backbone.

    To add a kind, write a frozen dataclass with a `kind` of its own, and run it through
    `hydranet.testing.check_backbone`. It holds no weights; `hydranet.Trunk` is the layer that does.

    Args:
        image_size: of the pictures that it gets, in pixels: one number for both sides, or `[height, width]`.

    Example:
        >>> from hydranet import Application
        >>> backbone = Application("MobileNetV2", image_size=[96, 128])
        >>> backbone.image_shape, backbone.features
        ((96, 128, 3), ('pooled', 'map', 'level_1', 'level_2', 'levels', 'map_1'))
    """

    default_kind: ClassVar[str | None] = "applications"
    # What it reads: `pictures`, or `arrays` of features that somebody has computed.
    reads: ClassVar[str] = PICTURES

    image_size: ImageSize = field(default=224, kw_only=True)

    def __post_init__(self) -> None:
        """Check every field, and hold the two sides of a picture as a tuple."""
        object.__setattr__(self, "image_size", check_image_size(self.image_size))
        super().__post_init__()

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What people call the network, such as `MobileNetV2`."""

    @property
    @abstractmethod
    def features(self) -> tuple[str, ...]:
        """The names of the features that one pass gives."""

    @abstractmethod
    def build_network(self) -> Any:
        """Return the network, its weights not loaded.

        Returns:
            A functional Keras model of one input, what `preprocess` gives for pictures of `image_shape`, and a dict of
            outputs: all `features` by name.

        Raises:
            ConfigError: it can't be made like this.
        """

    def load_network(self, seed: int = 0) -> Any:
        """Return the network with its weights; random ones by default.

        Args:
            seed: of random weights.

        Raises:
            ConfigError: it can't be made like this.
            FetchError: its weights are not there and can't be downloaded.
            ModelError: a weights file is missing, damaged, or belongs to another network.
        """
        import keras

        keras.utils.set_random_seed(seed)
        return self.build_network()

    def load_top(self, weights: str, num_classes: int | None = None) -> Top:
        """Return the classification top that belongs to the network, for a head that comes trained; none by default.

        Args:
            weights: as the head names them, such as `imagenet` or the path of a weights file.
            num_classes: of the top, where it is known.

        Raises:
            ConfigError: the network has none, or not on what `pooled` gives, or has weights that it can't belong to.
            FetchError: it is not there and can't be downloaded.
            ModelError: a weights file is missing, damaged, or belongs to another network.
        """
        raise ConfigError(
            f"{self.label} has no classification top that hydranet can find: received weights: {weights} of a head. "
            "Give the top as an .npz file with the arrays `kernel` and `bias`."
        )

    def imagenet_classes(self) -> list[str]:
        """Return the names of ImageNet's 1,000 classes in the order of their indices, as Keras downloads them.

        Raises:
            FetchError: they are not in Keras's cache, and can't be downloaded.
        """
        return imagenet_class_names()

    def resolved(self, network: Any) -> "Backbone":
        """Return the same backbone, with all that `build_network` needs where its files are gone; itself by default.

        A saved model holds the weights, and is opened on machines that have no other file of the backbone.

        Args:
            network: what `load_network` has given.
        """
        return self

    def preprocess(self, images: Any) -> Any:
        """Return the network's input, for pictures with values in [0, 255]; these as they are by default."""
        return images

    @property
    def preprocessing(self) -> str:
        """What tells `preprocess` apart from that of other backbones: it is part of the fingerprint."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    @property
    def default_feature(self) -> str:
        """The feature that a head reads if it names none; the first by default."""
        return self.features[0]

    @property
    def choices(self) -> tuple[str, ...]:
        """The features of which a head that names none gets the one that serves its task best.

        The first where none is clearly better; the default one alone by default.
        """
        return (self.default_feature,)

    def parts(self, feature: str) -> tuple[str, ...]:
        """Return the features that one is made of, side by side along the last axis; itself alone by default.

        The last of them is made of the last feature map. Stored are the parts, each once however many features it is a
        part of.
        """
        return (feature,)

    @property
    def has_cuts(self) -> bool:
        """Whether the top of the network can be trained; False for one that is frozen only."""
        return True

    @property
    def is_random(self) -> bool:
        """Whether the weights are random."""
        return False

    def randomised(self) -> "Backbone":
        """Return the same network with random weights.

        Raises:
            ConfigError: this kind has none.
        """
        raise ConfigError(f"{self.label} can't have random weights: it is as it is.")

    def without_download(self) -> "Backbone":
        """Return a backbone of the same shapes whose weights are on this machine; itself by default."""
        return self

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape of one picture."""
        size = self.image_size
        return (size, size, 3) if isinstance(size, int) else (*size, 3)

    @property
    def size_text(self) -> str:
        """The size of pictures as people read it, such as `160 px`."""
        size = self.image_size
        return f"{size} px" if isinstance(size, int) else f"{size[0]} × {size[1]} px"

    def describe(self) -> str:
        """Return network and size in a few words."""
        return f"{self.label} at {self.size_text}"

    def feature_of(self, head: Head) -> str:
        """Return the name of the feature that `head` reads.

        Raises:
            ConfigError: the backbone has no such feature.
        """
        return self.in_order([head.feature or self.default_feature])[0]

    def read_by(self, head: Head) -> tuple[str, ...]:
        """Return the names of the features that `head` may be given: the one that it names, or else all `choices`.

        Raises:
            ConfigError: the backbone has no such feature.
        """
        return self.choices if head.feature is None else (self.feature_of(head),)

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return names of features, each once, in the order of `features`.

        Raises:
            ConfigError: the backbone has no such feature.
        """
        wanted = set(names)
        for name in sorted(wanted - set(self.features)):
            raise ConfigError(unknown_name(f"feature of {self.label}", name, self.features))
        return tuple(name for name in self.features if name in wanted)

    def fingerprint(self, network: Any) -> str:
        """Return a digest of everything that shapes what a part of the network gives for a picture.

        Args:
            network: from the network's input to one output.
        """
        return fingerprint(network, f"{self.preprocessing} {self.image_shape}")
