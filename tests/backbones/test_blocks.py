"""Blocks: what people mean by "the last 2 blocks", in every style of naming layers, and the cut below them."""

from functools import cache

import pytest

from hydranet.backbones._application import Application
from hydranet.backbones._blocks import find_blocks, unfreezing_cut
from hydranet.backbones._cuts import above, find_cuts, narrowed
from hydranet.errors import ConfigError

# With 75 pixels InceptionV3 is as small as it can be.
SIZES = {"InceptionV3": 75}


@cache
def network(name):
    arguments = {"alpha": 0.35} if name == "MobileNetV2" else {}
    backbone = Application(name, image_size=SIZES.get(name, 32), arguments=arguments)
    return narrowed(backbone.build_network(), ["pooled"])


@pytest.mark.parametrize(
    ("name", "num_blocks", "below_last", "below_last_but_one"),
    [
        pytest.param("MobileNetV2", 16, "block_15_add", "block_14_add", id="MobileNetV2-named"),
        pytest.param("ResNet50V2", 16, "conv5_block2_out", "conv5_block1_out", id="ResNet50V2-named"),
        pytest.param("EfficientNetV2B0", 21, "block6g_add", "block6f_add", id="EfficientNetV2B0-named"),
        pytest.param("VGG16", 5, "block4_pool", "block3_pool", id="VGG16-named"),
        pytest.param("InceptionV3", 11, "mixed9", "mixed8", id="InceptionV3-merges"),
        pytest.param("MobileNet", 27, "conv_dw_13_relu", "conv_pw_12_relu", id="MobileNet-kernels"),
    ],
)
def test_blocks_are_those_of_the_architecture(name, num_blocks, below_last, below_last_but_one):
    model = network(name)
    blocks = find_blocks(model)

    assert len(blocks) == num_blocks
    assert unfreezing_cut(model, "1 block").layer == below_last
    assert unfreezing_cut(model, "2 blocks").layer == below_last_but_one
    assert (
        unfreezing_cut(model, f"{num_blocks} blocks") == unfreezing_cut(model, "all") == find_cuts(model)[0]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["MobileNetV2", "ResNet50V2", "EfficientNetV2B0", "VGG16", "InceptionV3", "MobileNet", "NASNetMobile"],
)
def test_every_layer_but_the_input_belongs_to_one_block_and_every_block_can_learn(name):
    model = network(name)
    blocks = find_blocks(model)
    names = [layer for block in blocks for layer in block.layers]

    assert sorted(names) == sorted(layer.name for layer in model.layers[1:])
    for block in blocks:
        assert any(model.get_layer(layer).weights for layer in block.layers)


@pytest.mark.parametrize("name", ["MobileNetV2", "InceptionV3"])
def test_what_is_above_a_blocks_cut_is_that_block_and_those_behind_it(name):
    model = network(name)
    blocks = find_blocks(model)

    for place in (1, len(blocks) // 2, -1):
        tail = above(model, blocks[place].below, ["pooled"])
        expected = frozenset().union(*(block.layers for block in blocks[place:]))
        assert {layer.name for layer in tail.layers[1:]} == expected


def test_a_network_whose_paths_never_meet_is_one_block():
    model = network("NASNetMobile")

    assert len(find_blocks(model)) == 1
    assert unfreezing_cut(model, "1 block") == unfreezing_cut(model, "all")
    with pytest.raises(ConfigError, match="The network has 1 blocks: received 2"):
        unfreezing_cut(model, "2 blocks")


@pytest.mark.parametrize("name", ["MobileNetV2", "VGG16"])
def test_fine_tune_at_is_the_first_layer_that_learns_and_the_cut_is_the_nearest_one_below_it(name):
    model = network(name)
    cuts = find_cuts(model)

    for index in {1, 2, *range(3, len(model.layers), 11)}:
        cut = unfreezing_cut(model, index)
        assert cut.index < index
        assert not [other for other in cuts if cut.index < other.index < index]
        assert unfreezing_cut(model, model.layers[index].name) == cut
    assert unfreezing_cut(model, 0) == cuts[0]


def test_a_request_within_a_block_is_rounded_down_to_the_cut_below():
    model = network("MobileNetV2")

    for layer in ("block_14_expand", "block_14_depthwise_BN", "block_14_add"):
        assert unfreezing_cut(model, layer).layer == "block_13_project_BN"
    assert unfreezing_cut(model, "block_13_expand").layer == "block_12_add"


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.99, 1.0])
def test_a_fraction_unfreezes_at_least_that_share_of_the_layers(share):
    model = network("MobileNetV2")
    num_layers = len(model.layers)
    cut = unfreezing_cut(model, share)

    assert num_layers - 1 - cut.index >= min(round(share * num_layers), num_layers - 1)
    if share == 1.0:
        assert cut == unfreezing_cut(model, "all")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("block_14_ad", r"no layer 'block_14_ad'. Did you mean 'block_14_add'"),
        ("17 blocks", "The network has 16 blocks: received 17"),
        ("0 blocks", "The network has 16 blocks: received 0"),
        (155, "layers 0 to 154: received 155"),
        (-1, "layers 0 to 154: received -1"),
        (0.001, "No layer above out_relu has weights that could learn: received 0.001. Unfreeze more"),
        ("out_relu", "No layer above Conv_1_bn has weights"),
    ],
)
def test_what_can_not_be_unfrozen_is_an_error_that_helps(request_, message):
    with pytest.raises(ConfigError, match=message):
        unfreezing_cut(network("MobileNetV2"), request_)
