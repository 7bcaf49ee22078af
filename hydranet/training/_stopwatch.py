"""How long the parts of a training take."""

import time


class Stopwatch:
    """Measures one part after the other.

    Example:
        >>> stopwatch = Stopwatch()
        >>> stopwatch.lap() >= 0.0
        True
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since it was made, or last asked."""
        now = time.perf_counter()
        seconds, self._since = round(now - self._since, 3), now
        return seconds
