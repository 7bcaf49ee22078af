"""Which feature a head reads: the first, unless another is surely better."""

import numpy as np
import pytest

from hydranet.training._choose_feature import choose_feature
from hydranet.training._fit_head import HeadTrial

POOLED = np.abs(np.random.default_rng(0).normal(1, 0.1, 200))
NOISE = np.random.default_rng(1).normal(0, 1, 200)
NOISE -= NOISE.mean()


def chosen(**losses):
    trials = {name: HeadTrial(np.asarray(each), *[lambda *_: None] * 2) for name, each in losses.items()}
    return choose_feature(trials)


@pytest.mark.parametrize(
    ("levels", "better"),
    [
        (POOLED - 0.05, True),
        (POOLED - 0.05 + 0.1 * NOISE, True),
        (POOLED - 0.05 + 1.0 * NOISE, False),  # may be chance
        (POOLED - 0.004, False),  # for sure, but it is nothing
        (POOLED + 0.05, False),
    ],
)
def test_another_feature_must_be_surely_better(levels, better):
    assert chosen(pooled=POOLED, levels=levels) == ("levels" if better else "pooled")


def test_each_is_compared_with_the_best_before_it():
    levels = POOLED - 0.1
    assert chosen(pooled=POOLED, levels=levels, level_1=levels + 0.02) == "levels"
    assert chosen(pooled=POOLED, levels=levels, level_1=levels - 0.02) == "level_1"
    assert chosen(pooled=POOLED, levels=POOLED + 0.1, level_1=POOLED - 0.1) == "level_1"


@pytest.mark.parametrize("num", [0, 1, 19])
def test_where_few_examples_judge_the_first_is_taken(num):
    assert chosen(pooled=np.ones(num), levels=np.zeros(num)) == "pooled"
