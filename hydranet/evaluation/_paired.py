"""What chance gives where the same examples are measured twice.

The gain of each example is that of a pair, before and after; the standard error of their mean says what chance gives
(Student, The Probable Error of a Mean, 1908, doi:10.1093/biomet/6.1.1).
"""

import math

import numpy as np

# How many standard errors a gain must have to be sure of: by chance alone one in twenty has so many.
SURE = 1.65


def standard_error(before: np.ndarray, after: np.ndarray) -> float:
    """Return that of the mean difference; infinite for a single example."""
    differences = after - before
    if len(differences) < 2:
        return math.inf
    return float(differences.std(ddof=1)) / math.sqrt(len(differences))
