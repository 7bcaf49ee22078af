"""What a head's record says of the features of its training pictures."""

from collections.abc import Mapping
from typing import Any

from hydranet.errors import ModelError
from hydranet.heads import UsualFeatures


def usual_of(record: Mapping[str, Any] | None, task: str, num_features: int) -> UsualFeatures | None:
    """Return what the features of a task's training pictures have in common; None where that was not noted.

    Args:
        record: of the head, if there is one.
        task: its name.
        num_features: of the vector, or of each position of the map, that the head reads.

    Raises:
        ModelError: the record is damaged.
    """
    if record is None or "usual" not in record:
        return None
    try:
        usual = UsualFeatures.from_data(record["usual"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"What the head {task!r} knows of its training pictures is damaged: {error}."
        ) from error
    if usual.num_features != num_features:
        raise ModelError(
            f"What the head {task!r} knows of its training pictures is of {usual.num_features} features: it reads "
            f"{num_features}."
        )
    return usual
