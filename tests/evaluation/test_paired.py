"""What chance gives where the same examples are measured twice."""

import numpy as np
import pytest

from hydranet.evaluation import standard_error


def test_the_standard_error_is_that_of_the_mean_difference():
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 50))

    assert standard_error(before, after) == pytest.approx(np.std(after - before, ddof=1) / 50**0.5)
