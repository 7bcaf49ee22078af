"""Where a head stands."""

from typing import NamedTuple


class Place(NamedTuple):
    """A feature of the layers that a head stands on.

    Args:
        group: the tail group; None where heads stand on the trunk itself.
        feature: the feature's name.
    """

    group: str | None
    feature: str
