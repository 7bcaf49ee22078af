"""What lies under a head: the trunk, and a tail if there is one, as one function from pictures to features."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hydranet.backbones import Backbone
from hydranet.model._tail import Tail
from hydranet.model._trunk import ACTIVATION, Trunk


@dataclass(frozen=True)
class FeatureNetwork:
    """The layers under a head.

    Call arguments:
        images: float32 `(batch, height, width, 3)`, values in [0, 255].

    Args:
        trunk: shared by all tasks.
        tail: shared by the tasks of a group, or none.

    Returns:
        dict of float32 `(batch, ...)` by name of the feature.
    """

    trunk: Trunk
    tail: Tail | None = None

    @property
    def backbone(self) -> Backbone:
        """What the trunk is made of."""
        return self.trunk.backbone

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of one picture, or of one array where the trunk reads those."""
        return self.trunk.image_shape

    @property
    def image_size(self) -> tuple[int, ...]:
        """Height and width of the pictures, or the shape of the arrays; see `Trunk.image_size`."""
        return self.trunk.image_size

    @property
    def feature_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one picture's features, by name."""
        return (self.tail or self.trunk).feature_shapes

    def __call__(self, images: Any) -> Any:
        """Return the features of pictures."""
        features = self.trunk(images)
        return features if self.tail is None else self.tail(features[ACTIVATION])

    def giving(self, features: Iterable[str]) -> "FeatureNetwork":
        """Return the same layers, giving these features."""
        wanted = list(features)
        return FeatureNetwork(self.trunk.giving(wanted), self.tail and self.tail.giving(wanted))

    def able_to_give(self, features: Iterable[str]) -> tuple[str, ...]:
        """Return which of these features the same layers can give: all, or those that are made above the tail's cut."""
        possible = set(features) if self.tail is None else set(self.tail.whole.output).intersection(features)
        return self.backbone.in_order(possible)

    def fingerprint(self, feature: str) -> str:
        """Return a digest of everything that shapes a feature."""
        if self.tail is None:
            return self.trunk.fingerprint(feature)
        both = f"{self.trunk.fingerprint(ACTIVATION)} {self.tail.fingerprint(feature)}"
        return hashlib.blake2b(both.encode(), digest_size=16).hexdigest()
