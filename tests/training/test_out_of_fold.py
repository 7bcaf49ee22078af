"""Out of fold: heads judge pictures that have not trained them, all that a task has, at the price of seconds."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from hydranet import CSV, Augmentation, Experiment, MultiLabel, Regression, SingleLabel, add_task, train
from hydranet.backbones import Application
from hydranet.cli import main
from hydranet.data import Dataset
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError, DataError
from hydranet.experiment import FeaturesConfig
from hydranet.fine_tuning import FineTuning
from hydranet.training._out_of_fold import fold_rows, out_of_fold, out_of_fold_metrics

pytestmark = pytest.mark.slow

NUM_PICTURES = 24


def judged(task, rows, labels, stored, folds=4):
    """What heads say of stored rows out of fold, and its metrics."""
    hashes = np.random.default_rng(0).integers(0, 2**64, (len(labels), 2), np.uint64)
    dataset = Dataset([None] * len(labels), list(labels), hashes)
    task = task.resolve(labels)
    experiment = Experiment(tasks={task.name: task})
    parts = fold_rows(task, dataset, folds)
    found = out_of_fold(task, [stored(rows.astype(np.float32))], dataset, experiment, parts)
    return found, out_of_fold_metrics(task, dataset, found, folds)


def test_what_can_only_be_known_by_heart_is_not_known(stored):
    rows, labels = np.eye(40), ["cat", "dog"] * 20
    _, metrics = judged(SingleLabel(name="pets"), rows, labels, stored)
    assert metrics["accuracy"] <= 0.6

    rows[:, 0] = np.arange(40) % 2
    _, metrics = judged(SingleLabel(name="pets"), rows, labels, stored)
    assert metrics["accuracy"] == 1.0
    assert metrics["interval"][0] == pytest.approx(0.912, abs=0.001)  # Wilson's, of 40 of 40
    assert (metrics["split"], metrics["num_examples"], metrics["folds"]) == ("out of fold", 40, 4)


def test_a_class_with_one_picture_is_judged_by_heads_that_do_not_know_it(stored):
    labels = ["cat", "dog"] * 6 + ["fox"]
    found, metrics = judged(SingleLabel(name="pets"), np.eye(13), labels, stored)
    assert (found.values[-1], metrics["num_examples"]) == (0.0, 13)
    assert np.isfinite(found.outputs).all()


def test_thresholds_are_those_that_the_other_folds_have_chosen(stored):
    rng = np.random.default_rng(0)
    present = rng.random(120) < 0.3
    rows = present[:, None] + rng.normal(0, 1.5, (120, 8))
    found, metrics = judged(
        MultiLabel(name="seen"), rows, ["rain|day" if each else "day" for each in present], stored
    )
    at_one_half = (found.outputs[:, 1] > 0) == present
    assert metrics["accuracy"] == pytest.approx(found.values.mean())
    assert not np.allclose(2 * found.values - 1, at_one_half)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Drawings with a class and a number each; one can't be decoded."""
    folder = tmp_path_factory.mktemp("folds")
    with (folder / "pictures.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "part", "pet", "number"])
        for number in range(NUM_PICTURES):
            label = ("cat", "dog")[number % 2]
            Image.fromarray(draw("cats_dogs", label, index=number, image_size=32)).save(
                folder / f"{number}.png"
            )
            rows.writerow([f"{number}.png", ("train", "validation")[number % 4 > 1], label, number])
        (folder / "bad.png").write_bytes(b"no picture")
        rows.writerow(["bad.png", "train", "cat", 0])
    return folder / "pictures.csv"


@pytest.fixture(scope="module")
def experiment(table, backbone_weights, tmp_path_factory):
    return Experiment(
        tasks={"pet": SingleLabel(name="pet", data=CSV(str(table), label="pet"))},
        backbone=Application(
            "MobileNetV2", image_size=32, weights=str(backbone_weights), arguments={"alpha": 0.35}
        ),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        skip_bad_images=True,
    )


@pytest.fixture(scope="module")
def run(experiment, tmp_path_factory):
    return train(experiment, tmp_path_factory.mktemp("run") / "run")


def test_where_few_validate_by_chance_all_pictures_are_judged_beside_them(run):
    metrics = run.metrics["tasks"]["pet"]
    folded = metrics["out_of_fold"]
    assert metrics["split"] == "validation"
    assert metrics["num_examples"] < folded["num_examples"] == NUM_PICTURES
    assert folded["interval"][0] < folded["accuracy"] < folded["interval"][1]
    assert {"loss", "auc", "calibration_error", "calibration_floor"} <= set(folded)


def test_the_head_and_its_other_figures_are_as_without_folds(run, experiment, tmp_path):
    without = train(dataclasses.replace(experiment, folds=0), tmp_path / "run")
    metrics = dict(run.metrics["tasks"]["pet"])
    assert metrics.pop("out_of_fold")
    assert without.metrics["tasks"]["pet"] == metrics
    for one, other in zip(without.model.weights, run.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_folds_that_are_asked_for_take_given_splits_too_and_views_of_all_pictures(
    experiment, table, tmp_path
):
    source = CSV(str(table), label="pet", split="part")
    pet = dataclasses.replace(experiment.tasks["pet"], data=source)
    given = dataclasses.replace(experiment, tasks={"pet": pet}, augmentation=Augmentation(views=2, flip=True))
    by_itself = train(given, tmp_path / "by_itself").metrics["tasks"]["pet"]
    asked = train(dataclasses.replace(given, folds=3), tmp_path / "asked").metrics["tasks"]["pet"]
    assert "out_of_fold" not in by_itself
    assert (asked["out_of_fold"]["folds"], asked["out_of_fold"]["num_examples"]) == (3, NUM_PICTURES)


def test_a_task_that_is_added_is_judged_so_too_and_it_is_shown(run, table, capsys):
    level = Regression(name="level", data=CSV(str(table), label="number"))
    added = add_task(run, level)
    folded = added.metrics["tasks"]["level"]["out_of_fold"]
    assert folded["num_examples"] == NUM_PICTURES
    assert folded["interval"][0] < folded["mean_absolute_error"] < folded["interval"][1]

    assert main(["info", str(run.folder)]) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["level", "out", "of", "fold", "mean_absolute_error"] in [line[:5] for line in shown]
    assert main(["report", str(run.folder)]) == 0
    page = (run.folder / "report.html").read_text()
    assert page.count("out of fold") >= 2
    assert "Out of fold are the pictures" in page


def test_what_can_not_be_folded_is_said_before_the_work(experiment, table, tmp_path, no_pass, capsys):
    with pytest.raises(ConfigError, match="folds must be at least 2, or 0 for none: received 1"):
        dataclasses.replace(experiment, folds=1)
    with pytest.raises(ConfigError, match="folds: received 5 with fine_tuning"):
        dataclasses.replace(experiment, folds=5, fine_tuning=(FineTuning(),))
    with pytest.raises(DataError, match=r"'pet': 13 folds need .* 'dog' has 12.*at most 12 folds"):
        train(dataclasses.replace(experiment, folds=13), tmp_path / "run")

    config = tmp_path / "my.yaml"
    config.write_text(
        json.dumps({"tasks": {"pet": {"data": {"kind": "csv", "path": str(table), "label": "pet"}}}})
    )
    assert main(["validate", str(config), "--set", "folds=13"]) == 2
    assert "13 folds need" in capsys.readouterr().err
