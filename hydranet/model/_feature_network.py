"""What lies under a head: the trunk, and a tail if there is one, as one function from pictures to features."""

import hashlib
from dataclasses import dataclass
from typing import Any

from hydranet.model._backbone import Backbone
from hydranet.model._tail import Tail


@dataclass(frozen=True)
class FeatureNetwork:
    """The layers under a head.

    Call arguments:
        images: float32 `(batch, height, width, 3)`, values in [0, 255].

    Args:
        trunk: shared by all tasks.
        tail: shared by the tasks of a group, or none.

    Returns:
        float32 `(batch, *feature_shape)`.
    """

    trunk: Backbone
    tail: Tail | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape of one picture."""
        return self.trunk.image_shape

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """The shape of one picture's features."""
        return (self.tail or self.trunk).feature_shape

    def __call__(self, images: Any) -> Any:
        """Return the features of pictures."""
        features = self.trunk(images)
        return features if self.tail is None else self.tail(features)

    def fingerprint(self) -> str:
        """Return a digest of everything that shapes the features."""
        if self.tail is None:
            return self.trunk.fingerprint()
        both = f"{self.trunk.fingerprint()} {self.tail.fingerprint()}"
        return hashlib.blake2b(both.encode(), digest_size=16).hexdigest()
