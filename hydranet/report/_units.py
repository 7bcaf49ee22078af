"""How metrics and costs are called, in which unit they are shown, and with how many digits."""

from hydranet.tasks import Metric

# What a training costs, and by how much it is better over all tasks, are shown like metrics.
RELATIVE_COST = Metric("relative_cost", larger_is_better=False, unit="× one backbone")
TRAINING_TIME = Metric("training_s", larger_is_better=False, unit="s")
RELATIVE_CHANGE = Metric("relative_change", is_share=True)

_IN_WORDS = {RELATIVE_COST: "multiply-adds", TRAINING_TIME: "training"}
_DIGITS = {RELATIVE_COST: ".2f", TRAINING_TIME: ".1f"}


def scale(metric: Metric) -> float:
    """Return what a metric's value is multiplied by to be shown: 100 for percent."""
    return 100.0 if metric.is_share else 1.0


def name_text(metric: Metric) -> str:
    """Return a metric's name with its unit.

    Example:
        >>> from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR
        >>> name_text(ACCURACY), name_text(MEAN_ABSOLUTE_ERROR)
        ('accuracy, %', 'mean absolute error')
    """
    name = _IN_WORDS.get(metric, metric.name.replace("_", " "))
    return ", ".join(filter(None, [name, "%" if metric.is_share else metric.unit]))


def axis_text(metric: Metric) -> str:
    """Return the same for a chart's axis, where less is better than more if it says so."""
    return name_text(metric) + ("" if metric.larger_is_better else " (less is better)")


def difference_text(metric: Metric) -> str:
    """Return the unit of a difference between two values of a metric."""
    return "points" if metric.is_share else name_text(metric)


def value_text(value: float, metric: Metric, sign: str = "") -> str:
    """Return a shown value with as many digits as say something.

    Args:
        value: in the unit it is shown in.
        metric: that it is a value of.
        sign: `+` for a difference, which has its sign.

    Example:
        >>> from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR
        >>> value_text(97.3, ACCURACY), value_text(0.5, MEAN_ABSOLUTE_ERROR, "+")
        ('97.30', '+0.5')
    """
    digits = ".2f" if metric.is_share else _DIGITS.get(metric, ".4g")
    return f"{value + 0.0:{sign}{digits}}"  # + 0.0 for no minus before a zero
