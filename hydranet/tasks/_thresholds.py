"""From which probability on a class is said to be present: chosen by answers about examples that trained nothing."""

import numpy as np

# Fewer examples with a class, or without it, do not tell more than one half does.
_FEWEST = 10


def choose_threshold(present: np.ndarray, probabilities: np.ndarray, precision: float | None = None) -> float:
    """Return the probability above which a class is said to be present.

    By default that with the highest F1, the harmonic mean of precision and recall (van Rijsbergen, Information
    Retrieval, 1979); the one nearest to one half of those that are equally good. With `precision` the lowest that has
    it, so that as many as possible are found; where none has it, that of the most precise.

    Args:
        present: whether each example has the class: bool `(num_examples,)`.
        probabilities: what the head says of it: `(num_examples,)`, in [0, 1].
        precision: the wanted share of right ones among those that are said to have it.

    Example:
        >>> present = np.array([False] * 20 + [True] * 20)
        >>> probabilities = np.concatenate([np.linspace(0.01, 0.2, 20), np.linspace(0.25, 0.4, 20)])
        >>> round(choose_threshold(present, probabilities), 3)
        0.225
    """
    if min(present.sum(), (~present).sum()) < _FEWEST:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    scores, found = probabilities[order].astype(np.float64), np.cumsum(present[order])
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # the last one of each probability
    thresholds = np.append((scores[last[:-1]] + scores[last[:-1] + 1]) / 2, 0.0)
    said, right = last + 1, found[last]
    if precision is None:
        f1 = 2 * right / (said + present.sum())
        best = np.flatnonzero(f1 >= f1.max() - 1e-12)
        return float(thresholds[best[np.argmin(np.abs(thresholds[best] - 0.5))]])
    precise = np.flatnonzero(right / said >= precision)
    return float(thresholds[precise[-1] if len(precise) else np.argmax(right / said)])
