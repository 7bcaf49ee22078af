"""Heads that read earlier levels of the backbone beside the last one, when its top is trained.

Pictures stand in both splits, and heads are held back by a penalty, so that fine-tuning helps for certain.
"""

import csv
import dataclasses
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from hydranet import (
    CSV,
    Application,
    Experiment,
    FeaturesConfig,
    FineTuning,
    Linear,
    MultiLabel,
    Predictor,
    Run,
    SingleLabel,
    add_task,
    evaluate,
    train,
    verify,
)
from hydranet.backbones import can_learn, cut_at
from hydranet.drawings._collections import draw
from hydranet.evaluation import GradCam
from hydranet.experiment import TrainingConfig
from hydranet.exports import export
from hydranet.model._trunk import Trunk
from hydranet.training import _train_heads as train_heads
from hydranet.training import _train_model as train_model

pytestmark = pytest.mark.slow

PHASES = tuple(
    FineTuning(
        unfreeze=unfreeze,
        epochs=12,
        patience=12,
        batch_size=8,
        learning_rate=1e-3,
        warmup=0.0,
        schedule="constant",
    )
    for unfreeze in ("1 block", "2 blocks")
)


# What the heads choose, as if it had served them best: all levels, the last one, and one below what is trained.
READS = {"levels": "levels", "last": "pooled", "early": "level_1", "own": "levels", "tags": "levels"}


@contextmanager
def choosing(reads):
    """Let heads choose so."""
    original = train_heads._choose_trial

    def choose(task, spaces, *rest):
        name = reads.get(task.name, "pooled")
        return original(task, {name: spaces[name]}, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_heads, "_choose_trial", choose)
        yield patch


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Make a source of the label of a column; every picture stands in both splits."""
    folder = tmp_path_factory.mktemp("pictures")
    with (folder / "pictures.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "split", "animal", "parity"])
        for index in range(24):
            animal = ("cat", "dog")[index // 12]
            Image.fromarray(draw("cats_dogs", animal, index=index, image_size=64)).save(
                folder / f"{index}.png"
            )
            for split in ("train", "validation"):
                table.writerow([f"{index}.png", split, animal, ("even", "odd")[index % 2]])
    return lambda label: CSV(str(folder / "pictures.csv"), label=label, split="split")


@pytest.fixture(scope="module")
def experiment(mobilenet_weights, pictures, tmp_path_factory):
    """Tasks whose heads have the choice, and one with thresholds, whose layers are not trained."""
    tasks = [
        *(SingleLabel(name=name, data=pictures("parity")) for name in ("levels", "last", "early")),
        SingleLabel(name="own", data=pictures("parity"), tail="own"),
        MultiLabel(name="tags", data=pictures("animal"), tail="frozen"),
    ]
    return Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(
            name="MobileNet", image_size=64, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        training=TrainingConfig(l2=1.0),
        fine_tuning=PHASES,
    )


@pytest.fixture(scope="module")
def run(experiment, tmp_path_factory):
    with choosing(READS):
        return train(experiment, tmp_path_factory.mktemp("runs") / "tuned")


@pytest.fixture(scope="module")
def images():
    pictures = [draw("cats_dogs", animal, index=30, image_size=64) for animal in ("cat", "dog")]
    return np.stack(pictures).astype(np.float32)


def test_tails_start_below_what_their_heads_read_and_learn_above_the_cut_of_the_phase(run, experiment):
    model, pretrained = run.model, Trunk(experiment.backbone, features=["pooled", "levels"])
    low, high = pretrained.giving(["levels"]), pretrained.giving(["pooled"]).find_cut("2 blocks")

    assert [phase["cut"] for phase in run.metrics["fine_tuning"]] == ["conv_dw_13_relu", high.layer]
    assert not can_learn(pretrained.whole, high, ["level_1"])
    assert model.trunk.cut < high.index
    assert cut_at(low.whole, model.trunk.cut, ["levels"])
    learned = [layer.name for layer in pretrained.whole.layers[high.index + 1 :]]
    before = {layer.name: layer.get_weights() for layer in pretrained.whole.layers}
    for group in ("shared", "own"):
        changed = {
            layer.name
            for layer in model.tails[group].network.layers
            if layer.weights
            and any((a != b).any() for a, b in zip(layer.get_weights(), before[layer.name], strict=True))
        }
        assert changed
        assert changed <= set(learned)


def test_who_reads_all_levels_or_the_last_one_is_made_better(run):
    *_, last = run.metrics["fine_tuning"]

    for name in ("levels", "last", "own"):
        assert last["tasks"][name]["kept"], name


def test_who_reads_what_lies_below_is_not_trained_and_answers_as_before(run, experiment, images, tmp_path):
    with choosing(READS):
        frozen = train(dataclasses.replace(experiment, fine_tuning=()), tmp_path / "frozen")

    assert {*run.metrics["fine_tuning"][-1]["tasks"]} == {"levels", "last", "own"}
    for name in ("early", "tags"):
        np.testing.assert_array_equal(run.model(images)[name], frozen.model(images)[name])
    thresholds = [each.model.tasks["tags"].thresholds for each in (run, frozen)]
    assert thresholds[0] == thresholds[1] != ()
    assert (run.model(images)["levels"].numpy() != frozen.model(images)["levels"].numpy()).all()


def test_evaluation_and_a_run_from_disk_give_the_figures_of_the_training(run):
    again = Run(run.folder)

    assert {check.status for check in verify(again.model)} == {"ok"}
    for name, metrics in evaluate(again).items():
        assert metrics["loss"] == pytest.approx(run.metrics["tasks"][name]["loss"], rel=1e-4), name


def test_engines_and_exports_give_what_the_model_does(run, images, tmp_path):
    expected = Predictor(run, engine="tensorflow").answer(images)
    answers = Predictor(run, engine="litert").answer(images)

    for name in run.model.tasks:
        np.testing.assert_allclose(answers.scores(name), expected.scores(name), atol=1e-4)
    assert export(
        run, tmp_path / "export", file_format="litert"
    ).folder.is_dir()  # compares the answers itself


def test_heat_maps_are_made_of_the_last_map_of_the_tail(run, images):
    maps = GradCam(run.model)(images, {name: np.array([0, 1]) for name in ("levels", "last", "own")})

    assert {each.shape for each in maps.values()} == {(2, 2, 2)}
    assert max(each.max() for each in maps.values()) == 1


def test_every_head_says_how_unusual_a_picture_is(run, images):
    [answers, _] = Predictor(run).predict(list(images))

    assert all(0 <= prediction.unusual <= 1 for prediction in answers.values())


def test_a_task_that_is_added_may_read_the_levels_of_the_tail(run, experiment, pictures, images, tmp_path):
    own = Run(shutil.copytree(run.folder, tmp_path / "run"))
    before = run.model.predict(images, verbose=0)

    added = add_task(own, SingleLabel(name="more", data=pictures("animal"), head=Linear(feature="levels")))
    alone = add_task(added, SingleLabel(name="alone", data=pictures("parity"), tail="own"))

    after = alone.model.predict(images, verbose=0)
    assert alone.model.place("more") == ("shared", "levels")
    assert alone.model.tails[alone.model.tail_groups["alone"]].cut == run.model.trunk.cut
    for name, outputs in before.items():
        np.testing.assert_array_equal(after[name], outputs, err_msg=name)


def test_a_training_that_is_gone_on_from_has_what_its_heads_had_chosen(run, experiment, tmp_path):
    tasks = {name: experiment.tasks[name] for name in ("levels", "tags")}
    some = dataclasses.replace(experiment, tasks=tasks, fine_tuning=PHASES[:1])
    with choosing(READS) as patch:
        patch.setattr(train_model, "fine_tune", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(some, tmp_path / "run")

    gone_on = train(some, tmp_path / "run", resume=True)

    assert gone_on.model.place("levels").feature == "levels"
    assert gone_on.metrics["tasks"]["levels"]["feature"] == "levels"
    assert gone_on.model.tasks["tags"] == run.model.tasks["tags"]


def _interrupt(*_, **__):
    raise KeyboardInterrupt
