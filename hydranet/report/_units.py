"""How metrics and costs are called, in which unit they are shown, and with how many digits."""

from hydranet.tasks import gain

# What is shown in percent; the rest has its own unit.
_PERCENT = {"accuracy", "relative_change"}
_DIGITS = {"accuracy": ".2f", "relative_change": ".2f", "relative_cost": ".2f", "training_s": ".1f"}
_IN_WORDS = {"relative_cost": "multiply-adds, × one backbone", "training_s": "training, s"}


def scale(metric: str) -> float:
    """Return what a metric's value is multiplied by to be shown: 100 for percent."""
    return 100.0 if metric in _PERCENT else 1.0


def name_text(metric: str) -> str:
    """Return a metric's name with its unit.

    Example:
        >>> name_text("accuracy"), name_text("mean_absolute_error")
        ('accuracy, %', 'mean absolute error')
    """
    return _IN_WORDS.get(metric, metric.replace("_", " ") + (", %" if metric in _PERCENT else ""))


def axis_text(metric: str) -> str:
    """Return the same for a chart's axis, where less is better than more if it says so."""
    less = metric in _IN_WORDS or gain({metric: 0.0}, {metric: 1.0}) < 0
    return name_text(metric) + (" (less is better)" if less else "")


def difference_text(metric: str) -> str:
    """Return the unit of a difference between two values of a metric."""
    return "points" if metric in _PERCENT else name_text(metric)


def value_text(value: float, metric: str, sign: str = "") -> str:
    """Return a shown value with as many digits as say something.

    Args:
        value: in the unit it is shown in.
        metric: its name.
        sign: `+` for a difference, which has its sign.

    Example:
        >>> value_text(97.3, "accuracy"), value_text(0.5, "mean_absolute_error", "+")
        ('97.30', '+0.5')
    """
    return f"{value + 0.0:{sign}{_DIGITS.get(metric, '.4g')}}"  # + 0.0 for no minus before a zero
