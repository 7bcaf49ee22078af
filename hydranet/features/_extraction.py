"""What an extraction has done."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Extraction:
    """What was done.

    Args:
        num_pictures: different pictures asked for.
        num_features: views asked for, of pictures that can be decoded.
        num_decoded: pictures decoded.
        num_passed: pictures (views of them) that went through the backbone.
        bad_pictures: the identity of each picture that was left out, and why it could not be decoded.
    """

    num_pictures: int = 0
    num_features: int = 0
    num_decoded: int = 0
    num_passed: int = 0
    bad_pictures: Mapping[bytes, str] = field(default_factory=dict)

    @property
    def bad_images(self) -> list[str]:
        """Why each picture that was left out could not be decoded."""
        return list(self.bad_pictures.values())

    def after(self, earlier: "Extraction") -> "Extraction":
        """Return what was done in two extractions of the same pictures; the later one has seen all bad ones."""
        return dataclasses.replace(
            self,
            num_decoded=self.num_decoded + earlier.num_decoded,
            num_passed=self.num_passed + earlier.num_passed,
        )
