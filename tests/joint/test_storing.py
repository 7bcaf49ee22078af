"""Whether activations are stored: clear cases are decided as anyone would, and the user has the last word."""

import time
from dataclasses import replace

import pytest

from hydranet.joint._storing import StoringCost, seconds_per_picture

# A thousand pictures and a tenth as many to validate, ten epochs; MobileNetV2 at 224 px below its last three blocks.
HIGH_CUT = StoringCost(
    bytes_per_picture=7 * 7 * 160 * 4,
    num_missing=1100,
    reads_per_epoch=1100,
    epochs=10,
    seconds_per_picture=0.01,
    multiply_adds=270_000_000,
)
# Everything is trained: nothing but decoding lies below, and what would be stored are the pictures themselves.
NO_TRUNK = replace(HIGH_CUT, bytes_per_picture=224 * 224 * 3 * 4, seconds_per_picture=0.001, multiply_adds=0)


@pytest.mark.parametrize(
    ("cost", "stores"),
    [
        (HIGH_CUT, True),
        (NO_TRUNK, False),
        # More views than epochs, or as many and nothing to validate: no activation is read twice.
        (replace(HIGH_CUT, num_missing=12 * 1000 + 100), False),
        (replace(HIGH_CUT, num_missing=10 * 1000, reads_per_epoch=1000), False),
        (replace(HIGH_CUT, epochs=0.5), False),
        # They are there already.
        (replace(HIGH_CUT, num_missing=0, epochs=0.5), True),
    ],
)
def test_what_is_expected_to_be_faster_is_done(cost, stores, tmp_path):
    decision, reason = cost.decide(tmp_path)

    assert decision is stores
    assert f"{cost.stored_seconds:.0f} s with the store, {cost.computed_seconds:.0f} s without" in reason


def test_what_would_fill_the_disk_is_computed(tmp_path):
    """Even if each activation will be read so often that storing them would pay."""
    large = replace(HIGH_CUT, num_missing=10**12, epochs=10**12)
    assert large.stored_seconds < large.computed_seconds

    decision, reason = large.decide(tmp_path / "not" / "made" / "yet")

    assert decision is False
    assert "31360000.0 GB are too much for" in reason
    assert not (tmp_path / "not").exists()


def test_the_costs_are_those_of_a_hand_computation():
    cost = StoringCost(
        bytes_per_picture=1_000_000,
        num_missing=300,
        reads_per_epoch=100,
        epochs=4,
        seconds_per_picture=0.1,
        multiply_adds=0,
    )

    assert cost.num_bytes == 300e6
    assert cost.computed_seconds == pytest.approx(4 * 100 * 0.1)
    assert cost.stored_seconds == pytest.approx(300 * 0.1 + 300 / 150 + 4 * 100 / 200)


def test_the_first_run_which_compiles_is_not_timed():
    pauses = iter([0.3, 0.02])

    assert 0.002 <= seconds_per_picture(lambda: time.sleep(next(pauses)), num_pictures=10) < 0.03
