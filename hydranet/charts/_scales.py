"""From values to pixels: scales, round ticks, and how numbers are written."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

# Beyond it the difference of two values may overflow.
_LARGEST = 1e300
# A range that is narrower, relative to its values, has no ticks that floats can tell apart.
_NARROWEST = 1e-9
_SMALLEST_NORMAL = 1e-290
# In steps: more than rounding errors can be, and too little to be seen.
_TOLERANCE = 1e-4
# Numbers outside are written with an exponent.
_PLAIN = (1e-4, 1e6)
_MOST_EXACT = 1e15
_STEPS = 5
_MOST_POWERS = 6


@dataclass(frozen=True)
class Scale:
    """Where a value is drawn.

    Args:
        low: the value at `start`; above 0 if `log`.
        high: the value at `end`; above `low`.
        start: pixels.
        end: pixels; below `start` for an axis that points up.
        log: whether equal factors, not equal differences, are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of `value`; what lies outside is drawn at the edge."""
        low, value, high = self.low, min(max(value, self.low), self.high), self.high
        if self.log:
            low, value, high = math.log10(low), math.log10(value), math.log10(high)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def is_drawable(value: float | None, *, log: bool = False) -> TypeGuard[float]:
    """Return whether `value` has a place on a scale: it is a number, and no infinity."""
    return value is not None and abs(value) <= _LARGEST and (value > _SMALLEST_NORMAL or not log)


def value_range(values: Iterable[float | None], *, log: bool = False) -> tuple[float, float]:
    """Return the smallest and largest of the values that are drawable, apart from each other.

    Equal values are given room on both sides; of no values the range is `(0, 1)`, on a log scale `(0.1, 1)`.
    """
    drawable = [float(value) for value in values if is_drawable(value, log=log)]
    if not drawable:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(drawable), max(drawable)
    if high - low > max(_NARROWEST * max(abs(low), abs(high)), _SMALLEST_NORMAL):
        return low, high
    if log:
        return low / 2, high * 2
    room = 0.1 * abs(low) if abs(low) > _SMALLEST_NORMAL else 1.0
    return low - room, high + room


def nice_range(low: float, high: float) -> tuple[float, float]:
    """Return the range of the ticks that hold `low` and `high` between them."""
    while True:
        digit, power = _step(high - low)
        wider = (
            _multiple(_floor(low, digit, power), digit, power),
            _multiple(-_floor(-high, digit, power), digit, power),
        )
        if wider == (low, high):
            return wider
        low, high = wider


def nice_log_range(low: float, high: float) -> tuple[float, float]:
    """Return the range of 1, 2 or 5 times a power of ten that holds `low` and `high` between them.

    Example:
        >>> nice_log_range(7.1, 336)
        (5.0, 500.0)
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    rounded = [float(f"{digit}e{power}") for power in range(first - 1, last + 1) for digit in (1, 2, 5)]
    start = max(value for value in rounded if value <= low)
    return start, min(value for value in rounded if value >= high and value > start)


def ticks(low: float, high: float, *, integer: bool = False) -> list[float]:
    """Return the round values from `low` to `high`: multiples of 1, 2 or 5 times a power of ten.

    Args:
        low: the end of a range.
        high: its other end, above it.
        integer: whether only whole numbers are wanted.

    Example:
        >>> ticks(0.13, 0.92)
        [0.2, 0.4, 0.6, 0.8]
    """
    digit, power = _step(high - low)
    if integer and power < 0:
        digit, power = 1, 0
    first, last = -_floor(-low, digit, power), _floor(high, digit, power)
    return [_multiple(count, digit, power) for count in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten from `low` to `high`, or values between them where there are too few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 1:
        return [
            float(f"1e{power}")
            for power in range(first, last + 1, math.ceil((last - first + 1) / _MOST_POWERS))
        ]
    between = [float(f"{digit}e{power}") for power in range(first - 1, last + 1) for digit in (1, 2, 5)]
    between = [value for value in between if low <= value <= high]
    return between if len(between) > 1 else ticks(low, high)


def tick_labels(values: Sequence[float]) -> list[str]:
    """Return what is written at evenly spaced `values`: no more digits than tell them apart."""
    if len(values) < 2:
        return [number(value) for value in values]
    largest, step = max(map(abs, values)), values[1] - values[0]
    power = math.floor(math.log10(step) + 1e-9)
    if _PLAIN[0] <= largest < _PLAIN[1]:
        return [f"{value:,.{max(0, -power)}f}" for value in values]
    digits = max(0, math.floor(math.log10(largest) + 1e-9) - power)
    return [_tidy(f"{value:.{digits}e}") if value else "0" for value in values]


def number(value: float, *, digits: int = 5) -> str:
    """Return `value` as people read it: the whole part exactly, of fractions so many digits as are wanted.

    Example:
        >>> number(123456), number(0.123456), number(0.123456, digits=3), number(1e-7)
        ('123,456', '0.12346', '0.123', '1e-7')
    """
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    if value and (abs(value) < _PLAIN[0] or abs(value) >= _MOST_EXACT):
        return _tidy(f"{value:.{digits - 1}e}")
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    rounded = round(value, max(0, digits - 1 - magnitude))
    return f"{int(rounded):,}" if rounded.is_integer() else f"{rounded:,}"


def _step(span: float) -> tuple[int, int]:
    """Return the digit and the power of ten of the step that divides `span` most nearly into five."""
    wanted = span / _STEPS
    power = math.floor(math.log10(wanted))
    # The geometric mean of two steps is where one is as good as the other.
    for digit, limit in ((1, math.sqrt(2)), (2, math.sqrt(10)), (5, math.sqrt(50))):
        if wanted / 10.0**power < limit:
            return digit, power
    return 1, power + 1


def _floor(value: float, digit: int, power: int) -> int:
    """Return how many whole steps `value` has; one that all but reaches a tick is on it."""
    return math.floor(value / digit / 10.0**power + _TOLERANCE)


def _multiple(count: int, digit: int, power: int) -> float:
    """Return the float nearest to `count` steps: Python divides whole numbers exactly."""
    return count * digit / 10**-power if power < 0 else float(count * digit * 10**power)


def _tidy(scientific: str) -> str:
    mantissa, exponent = scientific.split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
