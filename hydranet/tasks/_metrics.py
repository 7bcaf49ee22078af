"""Which of a task's metrics is spoken of, and when one value of it is better than another."""

from collections.abc import Mapping

# Best known first: the first one that a task has is shown and compared.
_LARGER_IS_BETTER = {"accuracy": True, "mean_absolute_error": False, "loss": False}


def main_metric(metrics: Mapping[str, float]) -> str:
    """Return the name of the metric by which a task is judged.

    Example:
        >>> main_metric({"loss": 0.1, "auc": 0.99, "accuracy": 0.97})
        'accuracy'
    """
    return next(name for name in _LARGER_IS_BETTER if name in metrics)


def gain(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Return by how much the main metric has become better; below 0 if it has become worse.

    Example:
        >>> gain({"mean_absolute_error": 3.0}, {"mean_absolute_error": 2.5})
        0.5
    """
    name = main_metric(after)
    change = after[name] - before[name]
    return change if _LARGER_IS_BETTER[name] else -change
