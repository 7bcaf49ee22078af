"""The decisions of a head, where there are any."""

from typing import TYPE_CHECKING

from hydranet.errors import ConfigError
from hydranet.tasks import Choices

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


def choices_of(assessment: "Assessment") -> Choices:
    """Return what was decided about each picture.

    Raises:
        ConfigError: the task decides nothing: it names a number.
    """
    judgement = assessment.judgement
    if not isinstance(judgement, Choices):
        raise ConfigError(
            f"The task {assessment.task.name!r} has nothing to decide between: expected one that chooses, "
            f"received a {assessment.task.kind} task."
        )
    return judgement
