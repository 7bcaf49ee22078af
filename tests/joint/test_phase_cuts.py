"""Where the trunk ends in each phase: no phase may unfreeze less than the one before."""

import pytest

from hydranet import FineTuning
from hydranet.errors import ConfigError
from hydranet.joint._phase_cuts import find_phase_cuts, find_starts


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        (["2 blocks", "1 block"], r"fine_tuning.1: .* can't unfreeze less than the one before"),
        (["all", 0.5], r"fine_tuning.1: the trunk would end at .*, above input_layer"),
        (["1 block", "conv_pw_31"], r"fine_tuning.1: The network has no layer 'conv_pw_31'"),
        (["99 blocks"], r"fine_tuning.0: The network has \d+ blocks: received 99"),
    ],
)
def test_phases_that_can_not_follow_each_other_are_refused(trunk, requests, message):
    with pytest.raises(ConfigError, match=message):
        find_phase_cuts(trunk, tuple(FineTuning(unfreeze=request) for request in requests))


def test_a_phase_may_unfreeze_as_much_as_the_one_before(trunk):
    cuts = find_phase_cuts(trunk, (FineTuning(), FineTuning(), FineTuning(unfreeze="all")))

    assert cuts[0] == cuts[1]
    assert cuts[2].index == 0


def test_tails_start_at_the_cut_unless_heads_read_what_is_made_below(trunk):
    last, levels = trunk.giving(["pooled"]), trunk.giving(["pooled", "levels"])
    cuts = find_phase_cuts(last, (FineTuning(unfreeze="1 block"), FineTuning(unfreeze="6 blocks")))

    assert find_starts(last, cuts, None) == cuts
    first, second = find_starts(levels, cuts, None)
    assert first.layer == "block_12_add"  # narrower than `level_1` itself, which is a cut a little above
    assert second == cuts[1]


def test_no_tail_starts_above_that_of_the_phase_before(trunk):
    levels = trunk.giving(["levels"])
    cuts = find_phase_cuts(
        trunk.giving(["pooled"]), (FineTuning(unfreeze="2 blocks"), FineTuning(unfreeze="block_13_expand_BN"))
    )

    starts = find_starts(levels, cuts, None)

    assert starts[0].index >= starts[1].index
    assert all(start.index <= cut.index for start, cut in zip(starts, cuts, strict=True))
    assert {start.index for start in find_starts(levels, cuts, starts[1].index)} == {starts[1].index}
