"""The model: one pass for all heads, heads that leave each other alone, and one file that holds everything."""

import json
import zipfile
from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest

from hydranet import MLP, Application, HydraNet, Linear, MultiLabel, Regression, SingleLabel
from hydranet.backbones import Place
from hydranet.errors import ConfigError, ModelError
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk

CATS_DOGS = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"), head=MLP(hidden=(8,), batch_norm=True))
WEATHER = MultiLabel(name="weather", classes=("rain", "sun"))
AGE = Regression(name="age", mean=4.0, standard_deviation=2.0)
TASKS = (CATS_DOGS, COAT, WEATHER, AGE)
SHARP = SingleLabel(name="sharp", classes=("blurred", "sharp"), tail="own")
WEATHER_OF_MAP = replace(WEATHER, head=Linear(feature="map"))
GROUPS = {"cats_dogs": "shared", "coat": "shared", "weather": "frozen", "age": "shared"}


@pytest.fixture(scope="module")
def model(trunk):
    return HydraNet(trunk, TASKS)


@pytest.fixture(scope="module")
def cut(trunk):
    return trunk.find_cut("1 block")


@pytest.fixture(scope="module")
def tailed(trunk, cut):
    """A model over a trunk and two tails: one that has been trained, as it were, and the pretrained one."""
    tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "frozen")}
    network = tails["shared"].network
    network.set_weights([1.1 * weight for weight in network.get_weights()])
    return HydraNet(trunk.below(cut), TASKS, tails=tails, tail_groups=GROUPS)


@pytest.fixture(scope="module")
def spare_tail(trunk, cut):
    return Tail.of(trunk, cut, name="tail_sharp")


@pytest.fixture
def calls(monkeypatch):
    """How often the backbone, each tail and each head are called."""
    counted = Counter()
    for layer_class in (Trunk, Tail, keras.Sequential):
        call = layer_class.call

        def counting(self, *args, call=call, **kwargs):
            counted[self.name] += 1
            return call(self, *args, **kwargs)

        monkeypatch.setattr(layer_class, "call", counting)
    return counted


def assert_same(outputs, expected):
    assert list(outputs) == list(expected)
    for task in expected:
        np.testing.assert_array_equal(outputs[task], expected[task], err_msg=task)


def test_the_backbone_runs_once_however_many_tasks_are_asked_for(model, images, calls):
    assert list(model(images)) == ["cats_dogs", "coat", "weather", "age"]
    assert calls == {"backbone": 1, "cats_dogs": 1, "coat": 1, "weather": 1, "age": 1}


def test_only_the_heads_that_are_asked_for_run(model, images, calls):
    assert list(model(images, tasks=["age", "coat"])) == ["age", "coat"]
    assert calls == {"backbone": 1, "coat": 1, "age": 1}


def test_the_backbone_does_not_run_for_features_that_are_known(model, images, calls):
    expected = model(images)
    calls.clear()

    features = model.features(images)
    assert calls == {"backbone": 1}
    calls.clear()
    outputs = model.heads(features)

    assert "backbone" not in calls
    assert_same(outputs, expected)


def test_each_tail_runs_once_however_many_heads_stand_on_it(tailed, images, calls):
    tailed(images)

    assert calls == {"backbone": 1, "tail_shared": 1, "tail_frozen": 1, **dict.fromkeys(GROUPS, 1)}


def test_only_the_tails_of_the_tasks_that_are_asked_for_run(tailed, images, calls):
    whole = tailed(images)
    calls.clear()

    outputs = tailed(images, tasks=["coat", "cats_dogs"])

    assert calls == {"backbone": 1, "tail_shared": 1, "cats_dogs": 1, "coat": 1}
    assert_same(outputs, {task: whole[task] for task in ("coat", "cats_dogs")})
    calls.clear()
    tailed.heads(
        {"activation": np.zeros((1, *tailed.trunk.feature_shapes["activation"]), np.float32)}, ["weather"]
    )
    assert calls == {"tail_frozen": 1, "weather": 1}


def test_a_head_on_a_tail_gets_the_features_of_that_tail(tailed, trunk, images):
    outputs = tailed(images)
    for task, group in GROUPS.items():
        features = tailed.tails[group](tailed.features(images)["activation"])["pooled"]
        np.testing.assert_array_equal(tailed.head(task)(features), outputs[task], err_msg=task)
        np.testing.assert_array_equal(tailed.feature_network(task)(images)["pooled"], features, err_msg=task)
    pretrained = trunk(images)["pooled"]
    np.testing.assert_array_equal(tailed.feature_network("weather")(images)["pooled"], pretrained)
    assert not np.array_equal(tailed.feature_network("coat")(images)["pooled"], pretrained)


def test_predict_gives_the_tasks_that_are_asked_for(model, images):
    expected = model.predict(images, verbose=0)

    assert {task: outputs.shape for task, outputs in expected.items()} == {
        "cats_dogs": (12, 1), "coat": (12, 3), "weather": (12, 2), "age": (12, 1),
    }  # fmt: skip
    assert_same(model.predict(images, verbose=0, tasks=["weather"]), {"weather": expected["weather"]})


def test_adding_and_removing_a_task_leaves_the_others_bit_identical(model, images):
    before = model(images)
    larger = model.with_task(SingleLabel(name="sharp", classes=("blurred", "sharp")))

    assert list(larger.tasks) == [*model.tasks, "sharp"]
    assert_same({task: outputs for task, outputs in larger(images).items() if task != "sharp"}, before)
    smaller = larger.without_task("coat")
    assert list(smaller.tasks) == ["cats_dogs", "weather", "age", "sharp"]
    assert_same(
        smaller(images, tasks=["cats_dogs", "weather", "age"]), {t: before[t] for t in before if t != "coat"}
    )
    assert_same(model(images), before)


def test_adding_and_removing_a_task_beside_tails_leaves_the_others_bit_identical(tailed, images, spare_tail):
    before = tailed(images)

    for larger, group in (
        (tailed.with_task(SHARP, tail_group="shared"), "shared"),
        (tailed.with_task(SHARP, tail=spare_tail), "sharp"),
    ):
        assert larger.tail_groups == {**GROUPS, "sharp": group}
        assert set(larger.tails) == {"shared", "frozen", group}
        assert all(larger.tails[group] is tail for group, tail in tailed.tails.items())
        assert_same({task: outputs for task, outputs in larger(images).items() if task != "sharp"}, before)
        smaller = larger.without_task("sharp")
        assert smaller.tails == tailed.tails
        assert_same(smaller(images), before)


def test_a_tail_goes_with_the_last_task_on_it(tailed):
    assert list(tailed.without_task("coat").tails) == ["shared", "frozen"]
    assert list(tailed.without_task("weather").tails) == ["shared"]
    assert list(tailed.select(["weather"]).tails) == ["frozen"]


def test_a_task_needs_the_tail_of_its_group(tailed, trunk, spare_tail):
    with pytest.raises(ConfigError, match=r"tail of the task 'sharp' is missing. Unknown tail group 'sharp'"):
        tailed.with_task(SHARP)
    with pytest.raises(ConfigError, match=r"'sharde'. Did you mean 'shared'\? Known: frozen, shared"):
        tailed.with_task(SHARP, tail_group="sharde")
    with pytest.raises(ConfigError, match="tail of the task 'coat' is missing"):
        HydraNet(tailed.trunk, [COAT], tails={"sharp": spare_tail})
    with pytest.raises(ConfigError, match="tail of the task 'coat' is missing"):
        HydraNet(trunk, [COAT]).with_task(SHARP, tail=spare_tail)


def test_a_gate_needs_its_task(trunk):
    pet = SingleLabel(name="pet", classes=("cat", "dog"))
    breed = SingleLabel(name="breed", classes=("corgi", "poodle"), when={"pet": "dog"}, when_above=0.3)
    both = HydraNet(trunk, [pet]).with_task(breed)
    assert both.tasks["breed"].when == {"pet": ("dog",)}
    assert both.select(["breed"]).tasks["breed"].when == {}
    assert both.select(["breed", "pet"]).tasks["breed"] == breed
    with pytest.raises(ConfigError, match="'pet' can't be removed, because it is the gate of 'breed'"):
        both.without_task("pet")
    assert list(both.without_task("breed").tasks) == ["pet"]
    with pytest.raises(ConfigError, match=r"tasks\.breed\.when: Unknown task 'pet'"):
        HydraNet(trunk, [breed])


def test_a_head_that_is_given_is_used(model):
    head = SingleLabel(name="mine", classes=("a", "b")).build_head((1280,))

    larger = model.with_task(SingleLabel(name="mine", classes=("a", "b")), head)

    assert larger.head("mine") is head


@pytest.mark.slow
def test_everything_survives_saving(model, images, tmp_path):
    model.set_record("coat", {"fingerprint": "abc", "probe_outputs": [[0.1, 1e-30]]})
    model.save(tmp_path / "model.keras")

    for loaded in (
        keras.models.load_model(tmp_path / "model.keras"),
        HydraNet.load(tmp_path / "model.keras"),
    ):
        assert isinstance(loaded, HydraNet)
        assert loaded.tasks == model.tasks
        assert loaded.tasks["coat"].classes == ("curly", "long", "short")
        assert loaded.records == model.records
        assert loaded.trunk.fingerprint("pooled") == model.trunk.fingerprint("pooled")
        assert_same(loaded(images), model(images))


@pytest.mark.slow
def test_tails_survive_saving(tailed, images, tmp_path):
    tailed.save(tmp_path / "model.keras")
    loaded = HydraNet.load(tmp_path / "model.keras")

    assert (loaded.tail_groups, loaded.trunk.cut) == (GROUPS, tailed.trunk.cut)
    assert list(loaded.tails) == list(tailed.tails)
    for group, tail in tailed.tails.items():
        assert loaded.tails[group].fingerprint("pooled") == tail.fingerprint("pooled")
    assert_same(loaded(images), tailed(images))


@pytest.fixture(scope="module")
def of_two_features(trunk):
    return HydraNet(trunk, [CATS_DOGS, WEATHER_OF_MAP])


def test_one_pass_gives_all_features_that_heads_read(of_two_features, images, calls):
    of_two_features(images)

    assert calls == {"backbone": 1, "cats_dogs": 1, "weather": 1}


def test_each_head_stands_on_the_feature_that_it_reads(of_two_features, images):
    model, outputs = of_two_features, of_two_features(images)

    assert set(model.features(images)) == {"pooled", "map"}
    assert (model.place("cats_dogs"), model.place("weather")) == (Place(None, "pooled"), Place(None, "map"))
    assert len(set(model.fingerprints().values())) == 2
    alone = model.select(["weather"])
    assert alone.trunk.features == ("map",)
    np.testing.assert_array_equal(alone(images)["weather"], outputs["weather"])


@pytest.mark.slow
def test_a_task_that_reads_another_feature_is_added_to_a_model_in_use(model, tailed, images, tmp_path):
    for before in (model, tailed):
        larger = before.without_task("weather").with_task(WEATHER_OF_MAP, tail_group="shared")
        larger.save(tmp_path / "model.keras")
        loaded = HydraNet.load(tmp_path / "model.keras")

        assert_same(loaded(images), larger(images))
        assert_same(larger(images, tasks=["coat", "age"]), before(images, tasks=["coat", "age"]))
        assert loaded.place("weather").feature == "map"


def test_a_backbone_becomes_a_trunk_for_what_heads_read(backbone_weights, images):
    backbone = Application(
        "MobileNetV2", image_size=32, weights=str(backbone_weights), arguments={"alpha": 0.35}
    )

    model = HydraNet(backbone, [WEATHER_OF_MAP])

    assert model.backbone == backbone
    assert model.trunk.feature_shapes == {"map": (1, 1, 1280)}
    with pytest.raises(
        ConfigError, match=r"head of the task 'weather': Unknown feature of MobileNetV2 'mop'"
    ):
        HydraNet(backbone, [replace(WEATHER, head=Linear(feature="mop"))])


@pytest.mark.slow
def test_keras_trains_it_as_any_model(trunk, images, tmp_path):
    model = HydraNet(trunk, [CATS_DOGS, COAT])
    before = {weight.path: weight.numpy() for weight in trunk.weights}
    heads = {task: model.head(task).get_weights() for task in model.tasks}
    losses = {
        "cats_dogs": keras.losses.BinaryCrossentropy(from_logits=True),
        "coat": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    }
    labels = {"cats_dogs": np.arange(12)[:, None] % 2, "coat": np.arange(12) % 3}
    model.compile("adam", loss=losses, metrics={"coat": ["accuracy"]})

    history = model.fit(images, labels, epochs=1, batch_size=6, verbose=0).history

    assert {"loss", "cats_dogs_loss", "coat_loss", "coat_accuracy"} <= set(history)
    for weight in trunk.weights:
        np.testing.assert_array_equal(weight, before[weight.path], err_msg=weight.path)
    for task, weights in heads.items():
        assert not np.array_equal(model.head(task).get_weights()[0], weights[0])
    model.save(tmp_path / "compiled.keras")
    loaded = keras.models.load_model(tmp_path / "compiled.keras")
    assert_same(loaded(images), model(images))
    assert loaded.get_compile_config() == model.get_compile_config()


def test_a_file_is_written_whole_or_not_at_all(model, tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    path.write_bytes(b"the previous model")

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Model, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        model.save(path)

    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
    assert path.read_bytes() == b"the previous model"


@pytest.fixture(scope="module")
def saved(trunk, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    HydraNet(trunk, [CATS_DOGS]).save(path)
    return path


def test_a_damaged_file_is_named(saved, tmp_path):
    content = saved.read_bytes()
    for name, damaged in {
        "short": content[: len(content) // 2],
        "empty": b"",
        "text": b"not a model",
    }.items():
        path = tmp_path / f"{name}.keras"
        path.write_bytes(damaged)
        with pytest.raises(
            ModelError, match=rf"{name}\.keras is damaged or not a Keras model: (?!File not found)"
        ):
            HydraNet.load(path)


def test_a_missing_file_and_another_kind_of_model_are_told_apart(tmp_path):
    with pytest.raises(ModelError, match="no model file"):
        HydraNet.load(tmp_path / "missing.keras")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(ModelError, match="holds a Sequential: expected a HydraNet"):
        HydraNet.load(tmp_path / "other.keras")


def test_code_in_a_file_is_not_executed(saved, tmp_path):
    harmful = tmp_path / "harmful.keras"
    code = keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x))
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(harmful, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["backbone"] = code
                content = json.dumps(config).encode()
            target.writestr(name, content)

    with pytest.raises(ModelError, match="Lambda"):
        HydraNet.load(harmful)


def test_names_are_checked(model, trunk, images, tmp_path):
    for use in (
        lambda: model(images, tasks=["coats"]),
        lambda: model.predict(images, tasks=["coats"]),
        lambda: model.heads(np.zeros((1, 1280), np.float32), ["coats"]),
        lambda: model.head("coats"),
        lambda: model.without_task("coats"),
        lambda: model.set_record("coats", {}),
    ):
        with pytest.raises(ConfigError, match=r"Unknown task 'coats'. Did you mean 'coat'"):
            use()
    with pytest.raises(ConfigError, match="Two tasks are called 'coat'"):
        model.with_task(COAT)
    with pytest.raises(ConfigError, match="Two tasks are called 'coat'"):
        HydraNet(trunk, [COAT, COAT])
    with pytest.raises(ConfigError, match="at least one task"):
        model.select(["coat"]).without_task("coat")
    with pytest.raises(ConfigError, match=r"saved as a \.keras file"):
        model.save(tmp_path / "model.h5")


def test_a_task_without_classes_has_no_head_yet(trunk):
    with pytest.raises(ConfigError, match="'shoes' has no classes yet"):
        HydraNet(trunk, [SingleLabel(name="shoes")])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float64"])
def test_pictures_may_be_whole_numbers(model, images, dtype):
    whole = np.rint(images)
    for answer in (model, lambda pictures: model.predict(pictures, verbose=0)):
        outputs, expected = answer(whole.astype(dtype)), answer(whole.astype("float32"))
        for task in expected:
            np.testing.assert_array_equal(outputs[task], expected[task], task)


@pytest.mark.slow
def test_it_is_trained_by_fit_on_whole_numbers(trunk, images):
    model = HydraNet(trunk, [CATS_DOGS])
    model.compile("adam", loss={"cats_dogs": keras.losses.BinaryCrossentropy(from_logits=True)})
    before = model.head("cats_dogs").get_weights()
    history = model.fit(np.rint(images).astype("uint8"), {"cats_dogs": np.ones((len(images), 1))}, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert any(
        (old != new).any() for old, new in zip(before, model.head("cats_dogs").get_weights(), strict=True)
    )


@pytest.mark.slow
def test_it_stands_inside_another_model(model, images, tmp_path):
    pictures = keras.Input(images.shape[1:], dtype="uint8")
    probabilities = keras.layers.Softmax()(model(pictures, tasks=["coat"])["coat"])
    keras.Model(pictures, probabilities).save(tmp_path / "functional.keras")
    keras.Sequential([keras.Input(images.shape[1:]), keras.layers.Rescaling(1.0), model]).save(
        tmp_path / "sequential.keras"
    )
    whole = np.rint(images).astype("uint8")
    expected = model.predict(whole, verbose=0)
    functional, sequential = (
        keras.models.load_model(tmp_path / name) for name in ("functional.keras", "sequential.keras")
    )
    coat = keras.ops.softmax(expected["coat"])
    np.testing.assert_allclose(functional.predict(whole, verbose=0), coat, atol=1e-5)
    for task, values in sequential.predict(whole, verbose=0).items():
        np.testing.assert_allclose(values, expected[task], atol=1e-5, err_msg=task)
