"""No network at all: features that somebody has computed already, of pictures, text, sound or anything else."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from hydranet.backbones._backbone import MAP, POOLED, Backbone
from hydranet.data import ARRAYS
from hydranet.errors import ConfigError
from hydranet.settings import PositiveInt, Variant


@dataclass(frozen=True)
class StoredFeatures(Backbone):
    """Features as arrays, which heads read as they are: those of the source `arrays`.

    A vector is the feature `pooled`; of a feature map `(height, width, channels)` there are `map`, and `pooled`, its
    average over the positions.

    Args:
        shape: of one row: `[2048]`, or `[7, 7, 2048]`.
        name: what computed the features, such as `Xception`: heads on others of this shape are told apart by it.
        image_size: there is none.

    Example:
        >>> StoredFeatures(shape=(7, 7, 2048), name="Xception").describe()
        'Xception features of shape 7 × 7 × 2048'
    """

    shape: tuple[PositiveInt, ...] = field(kw_only=True)
    name: str = field(default="", kw_only=True)
    image_size: None = field(default=None, kw_only=True, repr=False)  # type: ignore[assignment]
    kind: Literal["arrays"] = field(default="arrays", kw_only=True, repr=False)
    reads: ClassVar[str] = ARRAYS

    def __post_init__(self) -> None:
        """Check every field."""
        Variant.__post_init__(self)
        if len(self.shape) not in (1, 3):
            raise ConfigError(
                f"shape must have one number, of vectors, or three, of maps (height, width, channels): received "
                f"{list(self.shape)}."
            )

    @property
    def label(self) -> str:
        """What computed them."""
        return self.name or ARRAYS

    @property
    def features(self) -> tuple[str, ...]:
        """The vector, and the map if there is one."""
        return (POOLED,) if len(self.shape) == 1 else (POOLED, MAP)

    def build_network(self) -> Any:
        """Return the network, which has no weights; see `Backbone.build_network`."""
        import keras

        given = keras.Input(self.shape)
        as_it_is = keras.layers.Identity()(given)
        if len(self.shape) == 1:
            return keras.Model(given, {POOLED: as_it_is})
        return keras.Model(given, {POOLED: keras.layers.GlobalAveragePooling2D()(given), MAP: as_it_is})

    @property
    def preprocessing(self) -> str:
        """What computed the features: nothing else tells them apart from others."""
        return f"arrays {self.name}"

    @property
    def has_cuts(self) -> bool:
        """False: there is no layer to be trained."""
        return False

    @property
    def image_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The shape of one row."""
        return self.shape

    def describe(self) -> str:
        """Return what computed them, and their shape."""
        return f"{self.name} features of shape {self.size_text}".lstrip()

    @property
    def size_text(self) -> str:
        """The shape as people read it."""
        return " × ".join(map(str, self.shape))
