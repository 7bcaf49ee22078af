"""Editing a run: model, config, metrics and history change together, and what was said of other tasks stays."""

import pytest

from hydranet import Application, Drawings, Experiment, HydraNet, Run, SingleLabel
from hydranet.errors import ConfigError
from hydranet.runs._edit import add_head, check_is_new, remove_task
from hydranet.runs._results import Results
from hydranet.runs._run import save_run, versions

TASKS = {
    name: SingleLabel(name=name, classes=("cat", "dog"), data=Drawings("cats_dogs", 4, 2))
    for name in ("coat", "breed", "late")
}
FEW = {name: TASKS[name] for name in ("coat", "breed")}


def phase(*names, cut="conv"):
    return {"cut": cut, "tasks": {name: {"kept": True} for name in names}}


METRICS = {
    "identity": "of the training",
    "tasks": {"coat": {"accuracy": 0.5}, "breed": {"accuracy": 0.75}},
    "fine_tuning": [phase("coat", "breed")],
    "pictures": {"num_pictures": 6},
    "timing": {"heads_s": 1.0},
    "versions": versions(),
    "random_backbone": {"coat": {"accuracy": 0.25}, "breed": {"accuracy": 0.25}},
}
HISTORY = [{"phase": 0, "task": name, "l2": 0.1} for name in FEW]


@pytest.fixture
def run(trunk, tmp_path):
    """A run with two heads that nobody has trained."""
    experiment = Experiment(tasks=FEW, backbone=Application(image_size=32, weights="random"))
    return save_run(tmp_path, experiment, HydraNet(trunk, FEW.values()), METRICS, HISTORY)


def with_late(run):
    model, task = run.model, TASKS["late"]
    return model.with_task(task, task.build_head(model.feature_shape("coat")))


def test_all_that_was_said_of_a_removed_task_is_gone_and_nothing_else(run):
    left = Run(remove_task(run, "breed").folder)

    assert list(left.model.tasks) == list(left.experiment.tasks) == ["coat"]
    assert [row["task"] for row in left.history] == ["coat"]
    assert left.metrics == {
        **{name: METRICS[name] for name in ("pictures", "timing", "versions")},
        "tasks": {"coat": {"accuracy": 0.5}},
        "fine_tuning": [phase("coat")],
        "random_backbone": {"coat": {"accuracy": 0.25}},
    }


@pytest.mark.slow
def test_a_head_that_was_trained_for_the_run_brings_what_its_training_has_left(run):
    results = Results(
        {"late": {"accuracy": 1.0}},
        history=[{"phase": 0, "task": "late", "epoch": 0}],
        phases=[phase("late"), phase("late", cut="lower")],
        pictures={"num_pictures": 2},
        timing={"heads_s": 2.0},
    )

    larger = Run(add_head(run, with_late(run), TASKS["late"], results).folder)

    assert list(larger.model.tasks) == list(larger.experiment.tasks) == ["coat", "breed", "late"]
    assert [row["task"] for row in larger.history] == ["coat", "breed", "late"]
    assert larger.metrics["tasks"] == {**METRICS["tasks"], "late": {"accuracy": 1.0}}
    assert larger.metrics["fine_tuning"] == [phase("coat", "breed", "late"), phase("late", cut="lower")]
    assert larger.metrics["pictures"] == {"num_pictures": 2}
    assert larger.metrics["random_backbone"] == METRICS["random_backbone"]
    assert "identity" not in larger.metrics


def test_a_head_that_was_trained_elsewhere_leaves_the_figures_as_they_are(run):
    larger = Run(add_head(run, with_late(run), TASKS["late"]).folder)

    assert larger.metrics == {name: value for name, value in METRICS.items() if name != "identity"}
    assert [row["task"] for row in larger.history] == ["coat", "breed"]


def test_a_name_that_is_taken_is_refused(run):
    check_is_new(run, "late")
    with pytest.raises(ConfigError, match="has a task 'coat' already: remove it first"):
        check_is_new(run, "coat")
