"""Whether a head is right as often as it says it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._choices import choices_of

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment

# How often a perfectly calibrated head is drawn; less often where there are many answers, which vary less.
_FEWEST_DRAWS, _MOST_DRAWS = 10, 200
_MOST_DRAWN = 10_000_000


@dataclass(frozen=True)
class Calibration:
    """How sure a head says it is, and how often it is right: the points of a reliability diagram.

    Args:
        confidence: the mean confidence of the answers in each bin that holds any, rising.
        accuracy: the share of them that is right.
        counts: the number of them.
        error: the expected calibration error, in [0, 1]: |accuracy − confidence|, averaged over all answers.
        floor: the error that a perfectly calibrated head would show on the mean, as sure and on as few answers.
    """

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    counts: tuple[int, ...]
    error: float
    floor: float


def calibrate(assessment: "Assessment", num_bins: int = 15) -> Calibration:
    """Return the calibration of a task that decides.

    Confidence is the probability of what is decided; each decision about a picture, such as whether a class is
    present, is an answer of its own. The bins are equally wide, and each holds its upper end.

    Guo, Pleiss, Sun, Weinberger, 2017, arXiv:1706.04599. An error on few answers is never 0: its floor comes from
    truths that are drawn as the head says, so that it is right exactly as often.

    Args:
        assessment: of one split.
        num_bins: at least 1. Few answers in many bins look worse calibrated than they are.

    Raises:
        ConfigError: the task decides nothing.
    """
    choices = choices_of(assessment)
    confidence, right = choices.confidence[choices.known], choices.right[choices.known]
    bins = np.searchsorted(np.linspace(0, 1, num_bins + 1)[1:-1], confidence)
    counts = np.bincount(bins, minlength=num_bins)
    filled = counts > 0
    mean_confidence, accuracy = (
        np.bincount(bins, values, minlength=num_bins)[filled] / counts[filled]
        for values in (confidence, right)
    )
    return Calibration(
        tuple(mean_confidence.tolist()),
        tuple(accuracy.tolist()),
        tuple(counts[filled].tolist()),
        _error(bins, confidence, right),
        _floor(bins, confidence),
    )


def _error(bins: np.ndarray, confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the gap between accuracy and confidence in each bin, averaged over all answers."""
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(bins))


def _floor(bins: np.ndarray, confidence: np.ndarray) -> float:
    """Return the mean error where each answer is right with the probability that the head gives it."""
    rng = np.random.default_rng(0)
    num_draws = int(np.clip(_MOST_DRAWN // len(bins), _FEWEST_DRAWS, _MOST_DRAWS))
    draws = (rng.random(len(bins)) < confidence for _ in range(num_draws))
    return float(np.mean([_error(bins, confidence, right) for right in draws]))
