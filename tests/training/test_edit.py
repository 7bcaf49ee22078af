"""One task more, one task less: every other head stays bit-identical, on a frozen backbone and above trained tails.

Tasks are judged on their training pictures, and their heads are held back by a penalty, so that fine-tuning helps for
certain.
"""

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import (
    CSV,
    MLP,
    Experiment,
    FineTuning,
    Predictor,
    Regression,
    Run,
    SingleLabel,
    add_task,
    evaluate,
    load_config,
    remove_task,
    train,
    verify,
)
from hydranet.backbones import Application
from hydranet.cli import main
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import FeaturesConfig, TrainingConfig
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk
from hydranet.training import _train_heads as train_heads

pytestmark = pytest.mark.slow

PHASE = FineTuning(
    unfreeze="2 blocks",
    epochs=12,
    patience=12,
    batch_size=8,
    learning_rate=1e-3,
    warmup=0.0,
    schedule="constant",
    store="always",
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Make a source of the label of a column; every picture stands in both splits."""
    folder = tmp_path_factory.mktemp("pictures")
    with (folder / "pictures.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "split", "animal", "parity", "size"])
        for index in range(24):
            animal = ("cat", "dog")[index // 12]
            picture = draw("cats_dogs", animal, index=index, image_size=32)
            Image.fromarray(picture).save(folder / f"{index}.png")
            for split in ("train", "validation"):
                table.writerow([f"{index}.png", split, animal, ("even", "odd")[index % 2], index / 4])
    return lambda label: CSV(str(folder / "pictures.csv"), label=label, split="split")


@pytest.fixture(scope="module")
def experiment(mobilenet_weights, pictures, tmp_path_factory):
    """Two tasks above a shared tail."""
    return Experiment(
        tasks={name: SingleLabel(name=name, data=pictures(name)) for name in ("animal", "parity")},
        backbone=Application(
            name="MobileNet", image_size=32, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        training=TrainingConfig(l2=1.0),
        fine_tuning=(PHASE,),
    )


@pytest.fixture(scope="module")
def tuned(experiment, tmp_path_factory):
    """A run with a trained tail, which tests share and must not change."""
    return train(experiment, tmp_path_factory.mktemp("runs") / "tuned")


@pytest.fixture(scope="module")
def measured(tuned):
    """What `evaluate` says of it."""
    return evaluate(tuned)


@pytest.fixture(scope="module")
def pretrained_tail(experiment):
    """The fingerprint of a tail that nobody has trained."""
    trunk = Trunk(experiment.backbone)
    return Tail.of(trunk, trunk.find_cut(PHASE.unfreeze)).fingerprint("pooled")


@pytest.fixture(scope="module")
def plain_experiment(experiment, pictures):
    """Three tasks on the frozen backbone."""
    tasks = [
        SingleLabel(name="animal", data=pictures("animal")),
        SingleLabel(name="parity", data=pictures("parity"), head=MLP((8,), batch_norm=True, dropout=0.3)),
        Regression(name="size", data=pictures("size")),
    ]
    return dataclasses.replace(
        experiment,
        tasks={task.name: task for task in tasks},
        training=TrainingConfig(max_epochs=2),
        fine_tuning=(),
    )


@pytest.fixture(scope="module")
def plain(plain_experiment, tmp_path_factory):
    """A run without tails, which tests share and must not change."""
    return train(plain_experiment, tmp_path_factory.mktemp("runs") / "plain")


@pytest.fixture
def own(tmp_path):
    """Copy a run, so that it can be changed."""
    return lambda run: Run(shutil.copytree(run.folder, tmp_path / "run"))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def assert_others_are_untouched(run, before, images):
    """Check that all heads of `before` are in the file of `run` that `run` still has, bit for bit, and verified."""
    run = Run(run.folder)
    tasks = [name for name in before.model.tasks if name in run.model.tasks]
    first, second = run.model(images, tasks=tasks), before.model(images, tasks=tasks)
    for name in tasks:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
        assert run.metrics["tasks"][name] == before.metrics["tasks"][name]
        assert run.model.tail_groups.get(name) == before.model.tail_groups.get(name)
    assert {check.status for check in verify(run.model)} == {"ok"}


def assert_as_written(measured, run):
    for name, metrics in measured.items():
        assert metrics.pop("split") == "validation"
        written = run.metrics["tasks"][name]
        assert metrics.pop("notes", written["notes"]) == written["notes"]
        assert metrics == pytest.approx({key: written[key] for key in metrics}, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("which", ["plain", "tuned"])
def test_training_pictures_are_usual_to_each_head_on_the_trunk_and_above_a_trained_tail(which, request):
    run = request.getfixturevalue(which)
    folder = Path(run.experiment.tasks["animal"].data.path).parent
    for answers in Predictor(run).stream(folder / f"{index}.png" for index in range(24)):
        assert {answer.unusual < 0.95 for answer in answers.values()} == {True}


def test_removing_and_adding_a_task_needs_no_pass_and_touches_no_other_head(plain, own, images, no_pass):
    smaller = remove_task(own(plain), "parity")

    assert "parity" not in {*smaller.model.tasks, *smaller.experiment.tasks}
    assert "parity" not in (smaller.folder / "metrics.json").read_text()
    assert "parity" not in {row["task"] for row in smaller.history}
    assert_others_are_untouched(smaller, plain, images)
    assert smaller.model.records == {name: plain.model.records[name] for name in smaller.model.tasks}

    again = add_task(smaller, plain.experiment.tasks["parity"])

    assert list(again.model.tasks) == ["animal", "size", "parity"]
    assert_others_are_untouched(again, plain, images)  # `parity` too, which is trained as it was
    assert again.metrics["pictures"]["num_passed_through_backbone"] == 0
    assert again.experiment.tasks == plain.experiment.tasks
    assert {row["task"] for row in again.history} == set(plain.model.tasks)
    with pytest.raises(ConfigError, match="has a task 'parity' already"):
        add_task(again, again.experiment.tasks["parity"])


def test_a_task_can_be_added_with_a_gate_which_is_then_not_removed_before_it(plain, own, pictures, images):
    run, late = own(plain), SingleLabel(name="late", data=pictures("parity"), when={"animal": "dgo"})
    before = files(run.folder)
    with pytest.raises(ConfigError, match=r"tasks\.late\.when\.animal: .*Did you mean 'dog'"):
        add_task(run, late)
    assert files(run.folder) == before

    larger = add_task(run, dataclasses.replace(late, when={"animal": "dog"}))

    assert_others_are_untouched(larger, plain, images)
    for tasks in (larger.model.tasks, larger.experiment.tasks, Run(larger.folder).model.tasks):
        assert tasks["late"].when == {"animal": ("dog",)}
        assert tasks["late"].classes == ("even", "odd")
    before = files(run.folder)
    with pytest.raises(ConfigError, match="'animal' can't be removed, because it is the gate of 'late'"):
        remove_task(larger, "animal")
    assert files(run.folder) == before
    assert list(remove_task(larger, "late").model.tasks) == list(plain.model.tasks)


def test_gates_do_not_change_the_training_and_their_classes_are_those_of_the_data(
    plain, plain_experiment, images, tmp_path
):
    def gated(label):
        gate = {"size": dataclasses.replace(plain_experiment.tasks["size"], when={"animal": label})}
        return dataclasses.replace(plain_experiment, tasks={**plain_experiment.tasks, **gate})

    with pytest.raises(ConfigError, match=r"tasks\.size\.when\.animal: .*'cow' is not a class"):
        train(gated("cow"), tmp_path / "run")
    run = train(gated("dog"), tmp_path / "run")

    assert run.model.tasks["size"].when == {"animal": ("dog",)}
    for name, outputs in plain.model.predict(images, verbose=0).items():
        np.testing.assert_array_equal(run.model.predict(images, verbose=0)[name], outputs)


def test_removing_what_is_not_there_changes_nothing(plain, own):
    run = own(plain)
    before = files(run.folder)

    with pytest.raises(ConfigError, match=r"Unknown task 'partiy'. Did you mean 'parity'"):
        remove_task(run, "partiy")
    assert files(run.folder) == before


def test_an_addition_that_fails_leaves_the_run_as_it_was(plain, own, pictures, monkeypatch):
    run = own(plain)
    before = files(run.folder)

    def fail(task, *_, **__):
        raise ModelError(f"{task.name} has diverged")

    monkeypatch.setattr(train_heads, "try_head", fail)
    with pytest.raises(ModelError, match="late has diverged"):
        add_task(run, SingleLabel(name="late", data=pictures("animal")))
    assert files(run.folder) == before


def test_a_run_that_was_edited_is_not_taken_for_what_its_training_would_write(plain, plain_experiment, own):
    smaller = remove_task(own(plain), "parity")

    again = train(plain_experiment, smaller.folder, resume=True)

    assert list(again.model.tasks) == list(plain.model.tasks)


def test_a_run_without_tails_can_not_be_given_one(plain, own, pictures):
    with pytest.raises(ConfigError, match=r"'more' can't have a tail of its own.* `fine_tuning`"):
        add_task(own(plain), SingleLabel(name="more", data=pictures("animal"), tail="own"))


def test_evaluation_of_a_tuned_run_gives_the_figures_of_its_training(tuned, pretrained_tail, capsys):
    assert set(tuned.model.tail_groups.values()) == {"shared"}
    assert tuned.model.tails["shared"].fingerprint("pooled") != pretrained_tail

    assert main(["evaluate", str(tuned.folder), "--format", "json"]) == 0
    measured = json.loads(capsys.readouterr().out)["tasks"]
    assert list(measured) == ["animal", "parity"]
    assert_as_written(measured, tuned)


def test_a_new_head_stands_on_the_shared_tail_whose_features_are_stored_from_then_on(
    tuned, own, pictures, images
):
    run = add_task(own(tuned), Regression(name="size", data=pictures("size")))

    assert run.model.tail_groups["size"] == "shared"
    assert run.model.tails["shared"].fingerprint("pooled") == tuned.model.tails["shared"].fingerprint(
        "pooled"
    )
    assert_others_are_untouched(run, tuned, images)
    assert_as_written(evaluate(run), run)
    run = add_task(run, SingleLabel(name="more", data=pictures("parity")))
    assert run.metrics["pictures"]["num_passed_through_backbone"] == 0


def test_measuring_reads_the_activations_that_fine_tuning_has_stored(tuned, no_pass):
    assert_as_written(evaluate(tuned), tuned)


def test_a_frozen_tail_is_the_pretrained_one(tuned, pretrained_tail, own, pictures, images):
    run = add_task(own(tuned), SingleLabel(name="more", data=pictures("parity"), tail="frozen"))

    assert run.model.tail_groups["more"] == "frozen"
    assert run.metrics["pictures"]["num_passed_through_backbone"] == 0
    assert run.model.tails["frozen"].fingerprint("pooled") == pretrained_tail
    assert_others_are_untouched(run, tuned, images)
    assert_as_written(evaluate(run), run)


def test_a_task_can_have_a_new_tail_which_goes_with_it(
    tuned, pretrained_tail, own, pictures, images, tmp_path
):
    run = add_task(own(tuned), SingleLabel(name="more", data=pictures("parity"), tail="own"))

    assert run.model.tail_groups == {"animal": "shared", "parity": "shared", "more": "more"}
    assert run.model.tails["more"].fingerprint("pooled") != pretrained_tail
    assert {row["task"] for row in run.history} == {"animal", "parity", "more"}
    [phase] = run.metrics["fine_tuning"]
    assert [(name, task["kept"]) for name, task in phase["tasks"].items()] == [
        ("animal", True), ("parity", True), ("more", True),
    ]  # fmt: skip
    assert_others_are_untouched(run, tuned, images)
    assert_as_written(evaluate(run), run)

    run = remove_task(run, "more")
    assert list(run.model.tails) == ["shared"]
    assert run.metrics["fine_tuning"] == tuned.metrics["fine_tuning"]
    assert_others_are_untouched(run, tuned, images)
    config = load_config(run.config_path)
    assert config == tuned.experiment
    assert_others_are_untouched(train(config, tmp_path / "again"), tuned, images)


def test_a_task_that_a_tail_of_its_own_does_not_help_stands_on_the_pretrained_one(
    tuned, pretrained_tail, own, pictures, images
):
    run = own(tuned)
    too_slow = dataclasses.replace(PHASE, learning_rate=1e-30, epochs=1)
    run.experiment = dataclasses.replace(run.experiment, fine_tuning=(too_slow,))

    run = add_task(run, SingleLabel(name="more", data=pictures("parity"), tail="own"))

    assert run.model.tail_groups["more"] == "frozen"
    assert run.model.tails["frozen"].fingerprint("pooled") == pretrained_tail
    assert_others_are_untouched(run, tuned, images)


def test_a_new_tail_starts_from_the_weights_of_the_run_or_not_at_all(tuned, own, pictures):
    run = own(tuned)
    before = files(run.folder)
    other = dataclasses.replace(run.experiment.backbone, weights="random")
    run.experiment = dataclasses.replace(run.experiment, backbone=other)

    with pytest.raises(
        ModelError,
        match=r"weights: random are not those .* `tail: shared`",
    ):
        add_task(run, SingleLabel(name="more", data=pictures("parity"), tail="own"))
    assert files(run.folder) == before
