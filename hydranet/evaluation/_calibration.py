"""Whether a head is right as often as it says it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._choices import choices_of

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class Calibration:
    """How sure a head says it is, and how often it is right: the points of a reliability diagram.

    Args:
        confidence: the mean confidence of the answers in each bin that holds any, rising.
        accuracy: the share of them that is right.
        counts: the number of them.
        error: the expected calibration error, in [0, 1]: |accuracy − confidence|, averaged over all answers.
    """

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    counts: tuple[int, ...]
    error: float


def calibrate(assessment: "Assessment", num_bins: int = 15) -> Calibration:
    """Return the calibration of a task that decides.

    Confidence is the probability of what is decided; each decision about a picture, such as whether a class is
    present, is an answer of its own. The bins are equally wide, and each holds its upper end.

    Guo, Pleiss, Sun, Weinberger, 2017, arXiv:1706.04599.

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
        float(np.average(np.abs(accuracy - mean_confidence), weights=counts[filled])),
    )
