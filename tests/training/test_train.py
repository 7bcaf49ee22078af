"""Training from end to end: every kind of task and head, on drawings and on files, and what a run is after it."""

import csv
import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from hydranet import (
    CSV,
    MLP,
    Augmentation,
    Custom,
    Drawings,
    Experiment,
    Flatten,
    Linear,
    MultiLabel,
    Regression,
    Run,
    SingleLabel,
    evaluate,
    load_config,
    train,
    verify,
)
from hydranet.backbones import Application
from hydranet.data._dataset import load_dataset
from hydranet.drawings._collections import draw
from hydranet.engines import REFERENCE_ENGINE, installed_engines
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import FeaturesConfig, TrainingConfig
from hydranet.features import FeatureStore, joined_space
from hydranet.features import _prepare as prepare
from hydranet.training import _train_heads as train_heads

pytestmark = pytest.mark.slow

CATS_DOGS = Drawings("cats_dogs", 16, 8)
BREEDS = Drawings("dog_breeds", 4, 2)
BREED_HEAD = MLP((16,), batch_norm=True, dropout=0.3)


@keras.saving.register_keras_serializable("hydranet_tests")
class Gated(keras.layers.Layer):
    """A head of one's own: outputs that a second dense layer lets through."""

    def __init__(self, num_outputs, strength=1.0, **kwargs):
        super().__init__(**kwargs)
        self.num_outputs = num_outputs
        self.strength = strength
        self.value = keras.layers.Dense(num_outputs)
        self.gate = keras.layers.Dense(num_outputs, activation="sigmoid")

    def build(self, input_shape):
        self.value.build(input_shape)
        self.gate.build(input_shape)

    def call(self, features):
        return self.strength * self.value(features) * self.gate(features)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.num_outputs)

    def get_config(self):
        return {**super().get_config(), "num_outputs": self.num_outputs, "strength": self.strength}


@pytest.fixture(scope="module")
def pictures_csv(tmp_path_factory):
    """Forty pictures in files and one that is damaged, each labelled for one or both of two tasks."""
    folder = tmp_path_factory.mktemp("files")
    rows = []
    for index in range(40):
        Image.fromarray(draw("horse_human", "horse", index=index, image_size=40)).save(
            folder / f"{index}.png"
        )
        traits = ("dark", "tall", "dark|tall")[index % 3] if index % 4 else ""
        rows.append((f"{index}.png", traits, "" if index % 2 else str(index / 10)))
    (folder / "damaged.png").write_bytes((folder / "0.png").read_bytes()[:50])
    rows.insert(7, ("damaged.png", "dark", "1.5"))
    with (folder / "pictures.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "traits", "size"), *rows])
    return folder / "pictures.csv"


@pytest.fixture(scope="module")
def experiment(backbone_weights, pictures_csv, tmp_path_factory):
    """Five tasks: every kind of task, and every kind of head that needs no feature map."""
    path = str(pictures_csv)
    tasks = [
        SingleLabel(name="cats_dogs", data=CATS_DOGS),
        SingleLabel(name="gated", data=CATS_DOGS, head=Custom("hydranet_tests>Gated", {"strength": 2.0})),
        SingleLabel(name="breed", data=BREEDS, head=BREED_HEAD),
        MultiLabel(name="traits", data=CSV(path, label="traits")),
        Regression(name="size", data=CSV(path, label="size"), head=Linear(dropout=0.1)),
    ]
    return Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(image_size=32, weights=str(backbone_weights), arguments={"alpha": 0.35}),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        training=TrainingConfig(max_epochs=3, batch_size=32),
        skip_bad_images=True,
    )


@pytest.fixture(scope="module")
def trained(experiment, tmp_path_factory):
    """A run that tests share and must not change."""
    return Run(train(experiment, tmp_path_factory.mktemp("runs") / "shared").folder)


@pytest.fixture
def own_run(trained, tmp_path):
    """The same run, to be changed."""
    return Run(shutil.copytree(trained.folder, tmp_path / "run"))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_metrics_say_what_was_done(trained):
    metrics = json.loads((trained.folder / "metrics.json").read_text())

    assert metrics == trained.metrics
    assert list(metrics["tasks"]) == ["cats_dogs", "gated", "breed", "traits", "size"]
    cats_dogs = metrics["tasks"]["cats_dogs"]
    assert (cats_dogs["split"], cats_dogs["num_examples"], cats_dogs["num_training_examples"]) == (
        "validation",
        16,
        32,
    )
    assert {"accuracy", "auc", "loss", "l2"} <= set(cats_dogs)
    assert "top_5_accuracy" not in metrics["tasks"]["breed"]
    assert metrics["tasks"]["breed"]["epochs"] == 3
    assert {"mean_absolute_error", "r2"} <= set(metrics["tasks"]["size"])
    parts = ("listing", "backbone", "features", "heads", "out_of_fold")
    assert set(metrics["timing"]) == {f"{part}_s" for part in parts}
    assert metrics["versions"]["keras"] == keras.__version__


def test_a_picture_of_several_tasks_goes_through_the_backbone_once(trained):
    pictures = trained.metrics["pictures"]

    assert pictures["num_pictures"] == 48 + 60 + 41
    assert pictures["num_decoded"] == pictures["num_passed_through_backbone"] == 48 + 60 + 40
    assert [name.split("damaged.png")[1][:3] for name in pictures["bad_images"]] == [" is"]


def test_a_task_has_only_the_pictures_that_are_labelled_for_it(trained):
    counts = {
        name: metrics["num_examples"] + metrics["num_training_examples"]
        for name, metrics in trained.metrics["tasks"].items()
    }

    assert (counts["traits"], counts["size"]) == (30, 20)  # neither has the damaged one


def test_the_config_is_complete_and_can_be_loaded(trained, experiment):
    loaded = load_config(trained.folder / "config.yaml")

    assert loaded.tasks["cats_dogs"].classes == ("cat", "dog")
    assert loaded.tasks["traits"].classes == ("dark", "tall")
    assert loaded.tasks["size"].mean is not None
    assert dataclasses.replace(loaded, tasks={}) == dataclasses.replace(experiment, tasks={})
    assert loaded.tasks == trained.model.tasks


def test_the_history_has_a_row_per_penalty_or_epoch(trained):
    rows = trained.history

    assert list(dict.fromkeys(row["task"] for row in rows)) == list(trained.model.tasks)
    assert all(row["l2"] and not row["epoch"] for row in rows if row["task"] in {"cats_dogs", "traits"})
    assert [row["epoch"] for row in rows if row["task"] == "breed"] == ["0", "1", "2"]
    assert all(float(row["held_out_loss"]) > 0 for row in rows)


def test_evaluation_gives_the_figures_of_the_training(trained, no_pass):
    measured = evaluate(trained)

    for name, metrics in measured.items():
        assert metrics.pop("split") == "validation"
        assert metrics == pytest.approx(
            {key: trained.metrics["tasks"][name][key] for key in metrics}, rel=1e-5
        )
    assert evaluate(trained, split="train")["cats_dogs"]["accuracy"] > 0.8


def test_evaluation_takes_other_data(trained, no_pass):
    measured = evaluate(trained, data={"cats_dogs": Drawings("cats_dogs", 16, 3)})

    assert measured["cats_dogs"]["num_examples"] == 6
    assert measured["breed"]["num_examples"] == 20
    with pytest.raises(ConfigError, match=r"Unknown task 'cat_dogs'. Did you mean 'cats_dogs'"):
        evaluate(trained, data={"cat_dogs": CATS_DOGS})
    with pytest.raises(ConfigError, match="no split 'test': expected one of train, validation"):
        evaluate(trained, split="test")


def test_predictions_from_pixels_are_those_from_stored_features(trained, experiment):
    model = trained.model
    dataset = load_dataset(CATS_DOGS, task="cats_dogs")["validation"]
    images = np.stack([picture.pixels(picture.content(), (32, 32)) for picture in dataset.pictures])
    spaces = {name: joined_space(model.trunk, experiment, name) for name in model.trunk.features}
    from_features = model.heads(
        {name: space.features(dataset.picture_hashes).read() for name, space in spaces.items()}
    )

    for task, outputs in model(images).items():
        expected = np.asarray(from_features[task])
        np.testing.assert_allclose(
            outputs, expected, rtol=0, atol=1e-4 * max(1, np.abs(expected).max()), err_msg=task
        )


def test_a_head_is_a_function_of_its_config_whatever_else_is_trained(trained, experiment, tmp_path, no_pass):
    some = {name: experiment.tasks[name] for name in ("breed", "cats_dogs")}
    again = train(dataclasses.replace(experiment, tasks=some), tmp_path / "again")

    assert again.metrics["tasks"] == {name: trained.metrics["tasks"][name] for name in some}
    for name in some:
        heads = (trained.model.head(name), again.model.head(name))  # as read, as trained
        for one, two in zip(*(head.get_weights() for head in heads), strict=True):
            np.testing.assert_array_equal(one, two, err_msg=name)


def test_features_of_another_engine_are_kept_apart_and_give_the_same_metrics(trained, experiment, tmp_path):
    others = [engine for engine in installed_engines() if engine != REFERENCE_ENGINE]
    [engine, *_] = others or pytest.skip("no other engine is installed")
    some = {"cats_dogs": experiment.tasks["cats_dogs"]}
    features = dataclasses.replace(experiment.features, engine=engine)
    again = train(dataclasses.replace(experiment, tasks=some, features=features), tmp_path / "again")

    assert again.metrics["pictures"]["num_passed_through_backbone"] > 0
    expected = trained.metrics["tasks"]["cats_dogs"]
    assert again.metrics["tasks"]["cats_dogs"] == pytest.approx(expected, abs=1e-3)
    assert [check.status for check in verify(Run(again.folder).model)] == ["ok"]


def test_every_head_is_recorded(trained):
    assert {check.task: (check.status, check.exact) for check in verify(trained.model)} == dict.fromkeys(
        trained.model.tasks, ("ok", True)
    )


def test_a_training_that_fails_leaves_the_previous_run_as_it_was(own_run, experiment, monkeypatch):
    before = files(own_run.folder)

    def fail(task, *_, **__):
        raise ModelError(f"{task.name} has diverged")

    monkeypatch.setattr(train_heads, "try_head", fail)
    with pytest.raises(ModelError, match="cats_dogs has diverged"):
        train(experiment, own_run.folder)

    assert files(own_run.folder) == before


def test_what_can_not_work_is_said_before_any_picture_is_decoded(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "extract", lambda *_, **__: pytest.fail("pictures were about to be decoded"))
    for task, message in (
        (SingleLabel(name="shoes"), "'shoes' has no data"),
        (SingleLabel(name="shoes", data=CATS_DOGS, head=Flatten()), "flatten head needs a feature map"),
    ):
        with pytest.raises(ConfigError, match=message):
            train(dataclasses.replace(experiment, tasks={"shoes": task}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_feature_maps_views_half_precision_and_a_random_backbone_beside(experiment, tmp_path, images):
    """What the shared run does without."""
    data = Drawings("cats_dogs", 8, 4)
    whole = dataclasses.replace(
        experiment,
        tasks={
            "flat": SingleLabel(name="flat", data=data, head=Flatten()),
            "dropped": SingleLabel(name="dropped", data=data, head=Flatten(dropout=0.3)),
            "pooled": SingleLabel(name="pooled", data=data),
        },
        backbone=dataclasses.replace(experiment.backbone, image_size=64, pooling="none"),
        features=FeaturesConfig(dir=str(tmp_path / "features"), dtype="float16"),
        augmentation=Augmentation(views=2, rotation=10),
    )

    run = train(whole, tmp_path / "run", compare_random=True)

    assert run.metrics["pictures"]["num_decoded"] == 24
    assert run.metrics["pictures"]["num_passed_through_backbone"] == 24 + 16
    assert list(run.metrics["tasks"]) == list(run.metrics["random_backbone"]) == ["flat", "dropped", "pooled"]
    assert run.model.head("flat").weights[0].shape == (2 * 2 * 1280, 1)
    assert {usage.name.split("-")[1] for usage in FeatureStore(tmp_path / "features").usage()} == {"float16"}
    assert {check.status for check in verify(Run(run.folder).model)} == {"ok"}
    assert evaluate(run)["flat"]["accuracy"] == run.metrics["tasks"]["flat"]["accuracy"]
