"""KerasHub's image models: what they give is what the library gives, from a preset or a class, with it or without."""

import json
import shutil
import sys

import keras
import numpy as np
import pytest

from hydranet.backbones import KerasHub, _hub_preset, backbone_from_config, find_blocks, find_cuts
from hydranet.errors import ConfigError, FetchError, ModelError
from hydranet.evaluation import GradCam
from hydranet.model import HydraNet, Tail, Trunk
from hydranet.settings import to_config
from hydranet.tasks import SingleLabel
from hydranet.testing import check_backbone

from .hub_models import MODELS, SIGLIP, SIZE, TRANSFORMER, make

# KerasHub's functional models are given a picture where they have a dict of one.
pytestmark = pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")
keras_hub = pytest.importorskip("keras_hub")

SCALE, OFFSET = [0.01, 0.02, 0.03], [-0.5, 0.0, 0.5]


def converter(name):
    family = name.removesuffix("Backbone").removesuffix("VisionEncoder")
    return getattr(keras_hub.layers, f"{family}ImageConverter")(
        image_size=(SIZE, SIZE), scale=SCALE, offset=OFFSET
    )


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """A folder with a preset of each model, called as the model."""
    folder = tmp_path_factory.mktemp("presets")
    for name in MODELS:
        make(name).save_to_preset(str(folder / name))
        converter(name).save_to_preset(str(folder / name))
    return folder


@pytest.fixture
def pictures():
    return np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype(np.float32)


def from_class(name, size=SIZE, **settings):
    return KerasHub(name=name, arguments=MODELS[name], weights="random", image_size=size, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_preset_keeps_the_contract(name, presets):
    check_backbone(KerasHub(str(presets / name), image_size=SIZE))


@pytest.mark.parametrize("name", ["ViTBackbone", "ResNetBackbone"])
def test_pictures_may_be_higher_than_wide(name):
    trunk = Trunk(from_class(name, [64, 32]), features=["map", "tokens"])

    height, width, _ = trunk.feature_shapes["map"]
    assert height == 2 * width
    assert trunk.feature_shapes["tokens"][0] - height * width == (name == "ViTBackbone")


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_features_are_what_the_library_gives(name, presets, pictures):
    model = keras_hub.models.Backbone.from_preset(str(presets / name))
    expected = model.predict(converter(name)(pictures), verbose=0)
    trunk = Trunk(KerasHub(str(presets / name), image_size=SIZE), features=["pooled", "map", "tokens"])
    given = {feature: value.numpy() for feature, value in trunk(pictures).items()}

    own = {"ResNetBackbone": "map", "SigLIPVisionEncoder": "pooled"}.get(name, "tokens")
    np.testing.assert_allclose(given[own], expected, atol=1e-5)
    if own == "tokens":
        np.testing.assert_array_equal(given["pooled"], given["tokens"][:, 0])
    patches = given["map"].reshape(2, -1, given["map"].shape[-1])
    np.testing.assert_array_equal(patches, given["tokens"][:, -patches.shape[1] :])


def test_tokens_of_an_encoder_that_ends_in_a_vector_are_those_before_it(presets, pictures):
    folder = str(presets / "SigLIPVisionEncoder")
    model = keras_hub.models.Backbone.from_preset(folder)
    [before_head] = [layer.output for layer in model.layers if layer.name.endswith("post_layer_norm")]
    before = keras.Model(model.inputs, before_head)
    trunk = Trunk(KerasHub(folder, image_size=SIZE), features=["tokens"])

    expected = before.predict(converter("SigLIPVisionEncoder")(pictures), verbose=0)
    np.testing.assert_allclose(trunk(pictures)["tokens"], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["ViTBackbone", "DINOV2Backbone", "SigLIPVisionEncoder"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_the_vector_may_be_made_of_the_patches_alone(name, pooling, pictures):
    given = Trunk(from_class(name, pooling=pooling), features=["pooled", "map"])(pictures)

    expected = (np.max if pooling == "max" else np.mean)(given["map"], axis=(1, 2))
    np.testing.assert_allclose(given["pooled"], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("ViTBackbone", ["transformer_block_1", "transformer_block_2"]),
        ("DINOV2Backbone", ["layers_0", "layers_1"]),
        ("SigLIPVisionEncoder", ["encoder_block_0", "encoder_block_1"]),
    ],
)
def test_a_transformer_can_be_cut_between_its_blocks(name, blocks):
    network = from_class(name).build_network()

    assert set(blocks) <= {cut.layer for cut in find_cuts(network)}
    assert [block.below.layer for block in find_blocks(network, ["tokens"])][-2:] == blocks


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_is_opened_without_the_preset(name, presets, pictures, tmp_path):
    shutil.copytree(presets / name, tmp_path / "preset")
    backbone = KerasHub(str(tmp_path / "preset"), image_size=SIZE)
    model = HydraNet(backbone, [SingleLabel(name="pets", classes=("cat", "dog"))])
    model.save(tmp_path / "model.keras")
    shutil.rmtree(tmp_path / "preset")

    loaded = HydraNet.load(tmp_path / "model.keras")
    assert loaded.fingerprints() == model.fingerprints()
    np.testing.assert_array_equal(loaded(pictures)["pets"], model(pictures)["pets"])


def test_trained_position_embeddings_come_back_as_they_were(tmp_path):
    backbone = from_class("DINOV2Backbone")
    network, other = backbone.load_network(), backbone.build_network()
    rng = np.random.default_rng(0)
    network.set_weights([weight - rng.uniform(size=weight.shape) for weight in network.get_weights()])
    network.save_weights(tmp_path / "x.weights.h5")
    other.load_weights(tmp_path / "x.weights.h5")

    for expected, given in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(given, expected)


def test_levels_are_those_of_a_convolutional_network(pictures):
    backbone = from_class("ResNetBackbone", pooled="levels")
    given = Trunk(backbone, features=backbone.features)(pictures)

    joined = np.concatenate([given[name] for name in ("level_1", "level_2", "pooled")], axis=-1)
    np.testing.assert_array_equal(given["levels"], joined)
    with pytest.raises(ConfigError, match="ViTBackbone has no levels"):
        from_class("ViTBackbone", pooled="levels").build_network()


@pytest.mark.parametrize(
    ("name", "arguments", "own"),
    [
        ("DeiTBackbone", {"patch_size": 16, **TRANSFORMER, "intermediate_dim": 32}, "tokens"),
        ("DINOV3Backbone", {"patch_size": 16, **TRANSFORMER, "intermediate_dim": 32}, "tokens"),
        ("CLIPVisionEncoder", SIGLIP, "tokens"),
        ("VGGBackbone", {"stackwise_num_repeats": [1, 1], "stackwise_num_filters": [4, 8]}, "map"),
        (
            "SwinTransformerBackbone",
            {"embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 3, "patch_size": 4},
            "tokens",
        ),
    ],
)
def test_families_that_are_not_known_in_particular_give_what_they_give(name, arguments, own, pictures):
    backbone = KerasHub(name=name, arguments=arguments, weights="random", image_size=SIZE)
    network = backbone.load_network(3)
    keras.utils.set_random_seed(3)
    model = getattr(keras_hub.models, name)(**arguments, image_shape=(SIZE, SIZE, 3))

    given = network(pictures, training=False)
    expected = keras.tree.flatten(model(pictures, training=False))[-1 if own == "map" else 0]
    np.testing.assert_allclose(given[own], expected, atol=1e-5)
    assert {feature: value.shape for feature, value in given.items()} == {
        feature: (2, *output.shape[1:]) for feature, output in network.output.items()
    }
    assert find_blocks(network, ["pooled"])


@pytest.mark.slow
def test_the_vision_encoder_of_a_pair_is_taken(tmp_path, pictures):
    texts = {"vocabulary_size": 8, "embedding_dim": 16, **TRANSFORMER, "intermediate_dim": 32}
    vision = make("SigLIPVisionEncoder")
    pair = keras_hub.models.SigLIPBackbone(vision, keras_hub.models.SigLIPTextEncoder(**texts))
    pair.save_to_preset(str(tmp_path))
    expected = vision.predict(pictures / 127.5 - 1, verbose=0)

    backbone = KerasHub(str(tmp_path), image_size=SIZE)
    np.testing.assert_allclose(Trunk(backbone)(pictures)["pooled"], expected, atol=1e-5)
    with pytest.raises(ConfigError, match=r"reads \[\(48, 48, 3\)\].* change `image_size`"):
        KerasHub(str(tmp_path), image_size=64).build_network()


def test_weights_of_a_preset_may_be_in_several_files(tmp_path, pictures):
    model = make("ViTBackbone")
    model.save_to_preset(str(tmp_path), max_shard_size=5e-5)
    assert len(list(tmp_path.glob("model_*.weights.h5"))) > 1

    network = KerasHub(str(tmp_path), image_size=SIZE).load_network()
    np.testing.assert_array_equal(network(pictures)["tokens"], model(pictures))


@pytest.mark.slow
def test_weights_of_a_file(tmp_path):
    make("ViTBackbone").save_weights(tmp_path / "vit.weights.h5")
    backbone = KerasHub(
        name="ViTBackbone",
        **{
            "arguments": MODELS["ViTBackbone"],
            "weights": str(tmp_path / "vit.weights.h5"),
            "image_size": SIZE,
        },
    )

    for given, expected in zip(
        backbone.load_network(1).get_weights(), make("ViTBackbone").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(given, expected)


def test_pictures_are_read_as_the_preset_says_or_the_family_or_the_config(presets, tmp_path):
    white = np.full((1, SIZE, SIZE, 3), 255, np.float32)

    def read(backbone):
        return np.asarray(backbone.preprocess(keras.ops.convert_to_tensor(white)))[0, 0, 0]

    folder = str(presets / "ViTBackbone")
    np.testing.assert_allclose(read(KerasHub(folder)), 255 * np.array(SCALE) + OFFSET, rtol=1e-6)
    np.testing.assert_allclose(read(from_class("ViTBackbone")), [1, 1, 1])
    expected = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(read(from_class("ResNetBackbone")), expected, rtol=1e-6)
    np.testing.assert_allclose(read(KerasHub(folder, scale=1 / 255, offset=0.0)), [1, 1, 1])
    assert KerasHub(folder).preprocessing != KerasHub(folder, offset=1.0).preprocessing


def test_as_data_it_comes_back(presets):
    backbone = KerasHub(str(presets / "ViTBackbone"), image_size=SIZE, scale=(0.1, 0.2, 0.3), pooling="avg")

    assert backbone_from_config(to_config(backbone)) == backbone
    resolved = backbone.resolved(backbone.load_network())
    assert backbone_from_config(to_config(resolved)) == resolved


def test_a_folder_starts_from_the_config_and_a_name_does_not(tmp_path):
    from hydranet.backbones import Backbone
    from hydranet.settings import expand

    (tmp_path / "here").mkdir()
    (tmp_path / "here/config.json").write_text("{}")

    def preset(text):
        return expand(Backbone, {"kind": "keras_hub", "preset": text}, base_dir=tmp_path)["preset"]

    assert preset("./vit") == str(tmp_path / "vit")
    assert preset("here") == str(tmp_path / "here")
    assert preset("vit_base_patch16_224_imagenet") == "vit_base_patch16_224_imagenet"
    assert preset("hf://owner/model") == "hf://owner/model"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs a `preset`, or the `name`"),
        ({"preset": "a", "name": "b"}, "needs a `preset`, or the `name`"),
        ({"name": "ViTBackbone"}, "has no weights of its own: use `weights: random`"),
    ],
)
def test_one_model_with_weights_is_asked_for(settings, message):
    with pytest.raises(ConfigError, match=message):
        KerasHub(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "VitBackbone"}, "Did you mean 'ViTBackbone'"),
        ({"name": "ViTBackbone", "arguments": {"patch": 4}}, "ViTBackbone can't be made with image_size"),
        ({"preset": "vit_base_patch16_224_imagnet"}, "Did you mean 'vit_base_patch16_224_imagenet'"),
        (
            {"name": "ResNetBackbone", "arguments": MODELS["ResNetBackbone"], "pooling": "cls"},
            "no class token",
        ),
        ({"name": "SigLIPVisionEncoder", "arguments": SIGLIP, "pooling": "cls"}, "no class token"),
    ],
)
def test_what_can_not_be_made_is_a_config_error(settings, message):
    with pytest.raises(ConfigError, match=message):
        KerasHub(**settings, weights="random", image_size=SIZE).load_network()


def test_a_preset_that_can_not_be_fetched_names_the_way_round(monkeypatch):
    def fail(*arguments):
        raise ConnectionError("no network")

    monkeypatch.setattr("keras_hub.src.utils.preset_utils.kagglehub.model_download", fail)
    backbone = KerasHub("vit_base_patch16_224_imagenet")
    with pytest.raises(FetchError, match=r"\(no network\). Without a network, give the folder of a preset"):
        backbone.load_network()


def _remove_weights(folder):
    (folder / "model.weights.h5").unlink()


def _damage_weights(folder):
    (folder / "model.weights.h5").write_bytes((folder / "model.weights.h5").read_bytes()[:1000])


def _damage_config(folder):
    (folder / "config.json").write_text("{")


def _other_class(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "registered_name": "Functional"}))


@pytest.mark.parametrize(
    "damage", [shutil.rmtree, _remove_weights, _damage_weights, _damage_config, _other_class]
)
def test_a_preset_that_is_missing_or_damaged_is_named(damage, presets, tmp_path):
    folder = tmp_path / "preset"
    shutil.copytree(presets / "ViTBackbone", folder)
    damage(folder)

    with pytest.raises(ModelError, match=str(folder)):
        KerasHub(str(folder), image_size=SIZE).load_network()


def test_a_preset_of_another_picture_size_says_which(presets):
    with pytest.raises(ModelError, match=r"ViTBackbone at 64 × 64 px \(the preset was made for 48 × 48\)"):
        KerasHub(str(presets / "ViTBackbone"), image_size=64).load_network()


def test_without_the_package_the_extra_is_named(monkeypatch, tmp_path):
    backbone = from_class("ResNetBackbone")
    model = HydraNet(backbone, [SingleLabel(name="pets", classes=("cat", "dog"))])
    model.save(tmp_path / "model.keras")
    monkeypatch.setitem(sys.modules, "keras_hub", None)

    for need in (backbone.build_network, lambda: HydraNet.load(tmp_path / "model.keras")):
        with pytest.raises(ConfigError, match=r"pip install 'hydranet\[keras-hub\]'"):
            need()


@pytest.mark.slow
@pytest.mark.parametrize("cut", [None, "1 block"])
def test_heat_maps_of_patches_lie_where_the_patches_do(cut, pictures):
    """For the average of the map and a linear head, the heat map is the class activation map, patch by patch."""
    trunk = Trunk(from_class("ViTBackbone", pooling="avg"), features=["pooled", "map"])
    task = SingleLabel(name="pets", classes=("cat", "dog", "eel"))
    patches = trunk(pictures)["map"].numpy()
    if cut is None:
        model = HydraNet(trunk, [task])
    else:
        cut = trunk.find_cut(cut)
        model = HydraNet(
            trunk.below(cut),
            [task],
            tails={"all": Tail.of(trunk, cut, name="all")},
            tail_groups={"pets": "all"},
        )
    answers = np.array([0, 2])

    kernel = np.asarray(model.head("pets").layers[-1].kernel)[:, answers]
    expected = np.maximum(np.einsum("nhwc,cn->nhw", patches, kernel), 0)
    expected /= expected.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(GradCam(model)(pictures, {"pets": answers})["pets"], expected, atol=1e-4)


def test_a_handle_of_hugging_face_is_not_waited_for_without_a_network(monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(_hub_preset, "is_reachable", lambda url: False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        FetchError, match=r"\(no answer from https://\S+, and it is not in the cache\). Without"
    ):
        KerasHub("hf://nobody/nothing").load_network()
    assert not constants.HF_HUB_OFFLINE
