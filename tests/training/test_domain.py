"""Heads for another camera: pictures in which all colours are changed alike."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from hydranet import (
    Application,
    Domain,
    Experiment,
    FeaturesConfig,
    Folder,
    Predictor,
    Run,
    SingleLabel,
    add_task,
    remove_task,
    train,
    verify,
    write_report,
)
from hydranet.domains import Adaptation, Adapted, ImportanceWeights, Standardise
from hydranet.errors import ConfigError, DataError

pytestmark = pytest.mark.slow

CLASSES = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (30, 30, 220)}
NUM_TARGET = 30


@dataclass(frozen=True)
class Reversed(Adaptation):
    """A method that can only do harm: it turns the training pictures into their opposites."""

    kind: Literal["reversed_for_tests"] = field(default="reversed_for_tests", kw_only=True)

    def adapt(self, source, target):
        centre = source.mean(axis=0)
        return Adapted(lambda values: 2 * centre - values)


def retaken(pixels):
    """What the other camera makes of pixels: blue is strong, and all is darker."""
    return (pixels * np.array([0.7, 0.8, 1.0])).astype(np.uint8)


def draw(folder, num, rng, camera):
    for name, colour in CLASSES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(num):
            noisy = np.clip(rng.normal(colour, 30, (32, 32, 3)) + rng.normal(0, 10, 3), 0, 255)
            Image.fromarray(camera(noisy.astype(np.uint8))).save(folder / name / f"{index}.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for split, num in (("train", 20), ("validation", 8)):
        draw(folder / "source" / split, num, rng, lambda pixels: pixels)
    draw(folder / "unlabelled", NUM_TARGET // 3, rng, retaken)
    draw(folder / "labelled", 8, rng, retaken)
    return folder


@pytest.fixture(scope="module")
def experiment(folder, tmp_path_factory):
    def make(**domain):
        task = SingleLabel(name="colour", data=Folder(str(folder / "source")))
        return Experiment(
            tasks={"colour": task},
            backbone=Application("MobileNetV2", image_size=64, weights="bundled", arguments={"alpha": 0.35}),
            features=FeaturesConfig(dir=str(store)),
            domain=Domain(data=str(folder / "unlabelled"), **domain),
        )

    store = tmp_path_factory.mktemp("features")
    return make


@pytest.fixture(scope="module")
def labelled(folder):
    return {"colour": Folder(str(folder / "labelled"))}


def accuracy(run, folder):
    files = sorted((folder / "labelled").rglob("*.png"))
    answers = [each["colour"].label for each in Predictor(run).predict(files)]
    return np.mean([answer == file.parent.name for answer, file in zip(answers, files, strict=True)])


@pytest.fixture(scope="module")
def adapted(experiment, labelled, tmp_path_factory):
    return train(experiment(labelled=labelled), tmp_path_factory.mktemp("run") / "run")


def test_what_is_adopted_is_what_the_run_answers(adapted, folder):
    said = adapted.metrics["tasks"]["colour"]["domain"]
    assert (said["method"], said["adopted"]) == ("denoising", True)
    assert (said["num_unlabelled"], said["num_labelled"]) == (NUM_TARGET, 24)
    assert said["methods"]["denoising"] >= max(said["source_only"], 0.7)
    assert said["gain"] == pytest.approx(said["methods"]["denoising"] - said["source_only"])
    assert said["interval"][0] <= said["gain"] <= said["interval"][1]
    assert accuracy(adapted, folder) == pytest.approx(said["methods"]["denoising"])


def test_each_picture_goes_through_the_backbone_once(adapted, experiment, labelled, tmp_path, no_pass):
    assert adapted.metrics["pictures"]["num_pictures"] == 3 * (20 + 8 + 8) + NUM_TARGET
    again = train(experiment(labelled=labelled), tmp_path / "again")
    assert again.metrics["tasks"] == adapted.metrics["tasks"]


def test_heads_are_those_of_an_ordinary_run(adapted, folder):
    head = adapted.model.head("colour")
    assert [type(layer).__name__ for layer in head.layers if layer.weights] == ["Dense"]
    assert [check.status for check in verify(adapted.model)] == ["ok"]
    assert Run(adapted.folder).experiment.domain.data == str(folder / "unlabelled")


def test_the_report_says_what_was_adopted(adapted):
    page = write_report(adapted).read_text()
    assert "Another domain: denoising is adopted: on 24 labelled pictures of the domain" in page


def test_pictures_of_the_domain_are_not_unusual(adapted, experiment, folder, tmp_path):
    def unusual(run):
        return np.mean([each["colour"].unusual for each in Predictor(run).predict(folder / "unlabelled")])

    plain = train(dataclasses.replace(experiment(), domain=None), tmp_path / "run")
    assert unusual(adapted) < unusual(plain)


def test_a_method_that_does_harm_is_not_adopted(experiment, labelled, folder, tmp_path, caplog):
    caplog.set_level("INFO", "hydranet")
    run = train(experiment(labelled=labelled, method=(Reversed(),)), tmp_path / "run")
    said = run.metrics["tasks"]["colour"]["domain"]
    assert (said["adopted"], said["gain"] < 0) == (False, True)
    assert accuracy(run, folder) == pytest.approx(said["source_only"])
    assert "it is not adapted: on 24 labelled pictures" in caplog.text


def test_of_several_methods_the_best_is_taken(experiment, labelled, tmp_path):
    methods = (Reversed(), Standardise(), ImportanceWeights())
    said = train(experiment(labelled=labelled, method=methods), tmp_path / "run").metrics["tasks"]["colour"][
        "domain"
    ]
    assert set(said["methods"]) == {method.kind for method in methods}
    assert said["methods"][said["method"]] == max(said["methods"].values())


def test_without_labelled_pictures_it_is_said_that_nobody_knows_whether_it_helps(
    experiment, tmp_path, caplog
):
    caplog.set_level("INFO", "hydranet")
    run = train(experiment(method=(ImportanceWeights(),)), tmp_path / "run")
    metrics = run.metrics["tasks"]["colour"]
    assert metrics["domain"] == {
        "num_unlabelled": NUM_TARGET,
        "method": "importance_weights",
        "adopted": True,
        "num_labelled": 0,
    }
    assert 0 < metrics["effective_sample_size"] <= 60
    assert "whether that helps can't be known" in caplog.text


def test_a_head_that_is_added_is_adapted_and_the_others_stay(adapted, folder, tmp_path):
    run = train(dataclasses.replace(adapted.experiment), tmp_path / "run")
    before = run.model.head("colour").get_weights()
    other = SingleLabel(name="other", data=Folder(str(folder / "source")))
    added = add_task(run, other)
    assert added.metrics["tasks"]["other"]["domain"]["method"] == "denoising"
    assert added.metrics["tasks"]["other"]["domain"]["num_labelled"] == 0
    assert all(map(np.array_equal, before, added.model.head("colour").get_weights()))
    assert added.experiment.domain == run.experiment.domain
    left = remove_task(added, "colour").experiment
    assert (list(left.tasks), left.domain.labelled) == (["other"], {})
    left.domain.check(left.tasks)


def test_a_resumed_run_is_made_anew_where_the_domain_has_other_pictures(
    adapted, experiment, folder, labelled
):
    identity = adapted.metrics["identity"]
    kept = train(experiment(labelled=labelled), adapted.folder, resume=True)
    assert (kept.metrics["identity"], kept.metrics["timing"]) == (identity, adapted.metrics["timing"])
    extra = folder / "unlabelled" / "extra.png"
    Image.new("RGB", (32, 32), (10, 20, 30)).save(extra)
    try:
        other = train(experiment(labelled=labelled), adapted.folder.with_name("other"))
    finally:
        extra.unlink()
    assert other.metrics["identity"] != identity
    assert other.metrics["tasks"]["colour"]["domain"]["num_unlabelled"] == NUM_TARGET + 1


def test_bad_pictures_of_the_domain_are_skipped_where_that_is_asked_for(experiment, folder, tmp_path):
    bad = folder / "unlabelled" / "bad.png"
    bad.write_bytes(b"no picture")
    try:
        with pytest.raises(DataError, match=r"bad\.png"):
            train(experiment(), tmp_path / "run")
        run = train(dataclasses.replace(experiment(), skip_bad_images=True), tmp_path / "run")
    finally:
        bad.unlink()
    assert run.metrics["tasks"]["colour"]["domain"]["num_unlabelled"] == NUM_TARGET


def test_a_head_on_maps_is_refused(experiment, folder, tmp_path):
    plain = experiment(method=(Standardise(),))
    task = dataclasses.replace(
        plain.tasks["colour"], head=dataclasses.replace(plain.tasks["colour"].head, feature="map")
    )
    with pytest.raises(ConfigError, match="vectors"):
        train(dataclasses.replace(plain, tasks={"colour": task}), tmp_path / "run")


def test_pictures_that_train_the_head_do_not_judge_it(experiment, folder, tmp_path, caplog):
    trains = experiment(labelled={"colour": Folder(str(folder / "source" / "train"))})
    run = train(trains, tmp_path / "run")
    assert run.metrics["tasks"]["colour"]["domain"]["num_labelled"] == 0
    assert "60 of 60 labelled pictures of the domain train the head" in caplog.text


def test_labels_that_the_task_does_not_know_are_said(experiment, folder, tmp_path):
    (folder / "wrong" / "violet").mkdir(parents=True)
    Image.new("RGB", (32, 32)).save(folder / "wrong" / "violet" / "0.png")
    wrong = experiment(labelled={"colour": Folder(str(folder / "wrong"))})
    with pytest.raises(DataError, match=r"domain.labelled.colour: .*violet"):
        train(wrong, tmp_path / "run")


def test_the_metrics_are_json(adapted):
    assert json.loads((adapted.folder / "metrics.json").read_text())["tasks"] == adapted.metrics["tasks"]
