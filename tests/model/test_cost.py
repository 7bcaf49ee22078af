"""What answers cost: each part of the model that runs counts once."""

import pytest

from hydranet import MLP, HydraNet, SingleLabel
from hydranet.backbones._cuts import find_cuts
from hydranet.model._cost import backbone_multiply_adds, model_multiply_adds
from hydranet.model._tail import Tail

PETS = SingleLabel(name="pets", classes=("cat", "dog"))
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"), head=MLP(hidden=(8,), batch_norm=True))
HEADS = 1280 + 1280 * 8 + 8 * 3


def test_a_frozen_backbone_runs_once_whatever_the_tasks(trunk):
    model = HydraNet(trunk, [PETS, COAT])
    whole = find_cuts(trunk.network)[-1].multiply_adds_below

    assert backbone_multiply_adds(model) == whole
    assert model_multiply_adds(model) == whole + HEADS


@pytest.mark.parametrize("unfreeze", ["2 blocks", "all"])
def test_tasks_that_share_a_tail_pay_for_it_once(trunk, unfreeze):
    cut = trunk.find_cut(unfreeze)
    whole = find_cuts(trunk.network)[-1].multiply_adds_below

    def cost(groups):
        tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in set(groups)}
        tail_groups = dict(zip(("pets", "coat"), groups, strict=True))
        model = HydraNet(trunk.below(cut), [PETS, COAT], tails=tails, tail_groups=tail_groups)
        assert backbone_multiply_adds(model) == whole
        return model_multiply_adds(model)

    assert cost(["shared", "shared"]) == whole + HEADS
    assert cost(["pets", "coat"]) == 2 * whole - cut.multiply_adds_below + HEADS
