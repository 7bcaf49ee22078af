"""How good a run is, as figures alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.evaluation._assess import assess
from hydranet.runs import Run


def evaluate(
    run: Run,
    *,
    data: Mapping[str, Any] | None = None,
    split: str = "validation",
    tasks: Sequence[str] | None = None,
    skip_bad_images: bool = False,
) -> dict[str, dict[str, Any]]:
    """Return each task's metrics on a split of its data.

    Args:
        run: trained.
        data: other sources, by task name.
        split: `train`, `validation` or `test`.
        tasks: names of those wanted; all by default.
        skip_bad_images: see `assess`.

    Raises:
        ConfigError: `data` or `tasks` names an unknown task, or a task's data has no such split.
        DataError: none of the split's pictures can be decoded.

    Example:
        >>> from hydranet import Drawings, Run
        >>> unseen = Drawings("cats_dogs", 1, 20, seed=7)
        >>> evaluate(Run("runs/quickstart"), data={"cats_dogs": unseen})["cats_dogs"]["num_examples"]
        40
    """
    assessments = assess(run, data=data, split=split, tasks=tasks, skip_bad_images=skip_bad_images)
    return {name: assessment.metrics for name, assessment in assessments.items()}
