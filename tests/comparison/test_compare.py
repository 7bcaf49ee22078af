"""Comparisons: what frozen features can't change, and what is trained only once."""

import dataclasses
import shutil

import numpy as np
import pytest

from hydranet import MLP, Drawings, Experiment, Run, SingleLabel
from hydranet.backbones import Application
from hydranet.comparison._compare import choose_comparisons, compare
from hydranet.errors import ConfigError
from hydranet.experiment import FeaturesConfig, TrainingConfig
from hydranet.fine_tuning import FineTuning
from hydranet.training import _train as fit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Two tasks; the head of one depends on the seed."""
    tasks = [
        SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 8, 4), head=MLP((4,), dropout=0.5)),
        SingleLabel(name="horse_human", data=Drawings("horse_human", 8, 4)),
    ]
    return Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        training=TrainingConfig(max_epochs=2, batch_size=8),
        seed=3,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def comparison(experiment, folder):
    """Joint against separate training with two seeds, which tests share."""
    return compare(experiment, folder, num_seeds=2)["shared_separate"]


@pytest.fixture
def trained(monkeypatch):
    """The tasks and the seed of each training that is really done."""
    done, train_model = [], fit.train_model

    def counting(trunk, job):
        done.append((list(job.experiment.tasks), job.experiment.seed))
        return train_model(trunk, job)

    monkeypatch.setattr(fit, "train_model", counting)
    return done


def test_on_a_frozen_backbone_a_task_is_the_same_alone_and_with_others(comparison, folder):
    assert comparison.seeds == (3, 4)
    for shared, separate in zip(comparison.trials, comparison.baseline_trials, strict=True):
        assert shared.metrics == separate.metrics
        assert (shared.relative_cost, separate.relative_cost) == pytest.approx((1, 2), rel=1e-2)
    joint, alone = (Run(folder / name / "seed_4").model for name in ("joint", "separate/cats_dogs"))
    assert (list(joint.tasks), list(alone.tasks)) == (["cats_dogs", "horse_human"], ["cats_dogs"])
    heads = (model.head("cats_dogs").get_weights() for model in (joint, alone))
    for one, two in zip(*heads, strict=True):
        np.testing.assert_array_equal(one, two)


def test_each_seed_is_another_training(comparison, folder):
    first, second = (trial.metrics for trial in comparison.trials)

    assert first["cats_dogs"]["loss"] != second["cats_dogs"]["loss"]
    assert second == Run(folder / "joint" / "seed_4").metrics["tasks"]


def test_a_comparison_goes_on_where_it_was(comparison, experiment, folder, trained):
    shutil.rmtree(folder / "separate" / "cats_dogs" / "seed_4")

    again = compare(experiment, folder, num_seeds=2)["shared_separate"]

    assert again.trials == comparison.trials
    assert [trial.metrics for trial in again.baseline_trials] == [
        trial.metrics for trial in comparison.baseline_trials
    ]
    assert trained == [(["cats_dogs"], 4)]


def test_pretrained_weights_are_compared_with_random_ones_and_unfrozen_layers_with_frozen_ones(
    experiment, folder, tmp_path, mobilenet_weights, trained
):
    tuned = dataclasses.replace(
        experiment,
        tasks={"horse_human": experiment.tasks["horse_human"]},
        backbone=dataclasses.replace(experiment.backbone, weights=str(mobilenet_weights)),
        fine_tuning=(FineTuning(unfreeze="1 block", epochs=1),),
    )

    comparisons = compare(tuned, tmp_path, num_seeds=2)

    assert list(comparisons) == ["pretrained_random", "frozen_unfrozen"]
    assert len(trained) == 6
    random, frozen = (Run(tmp_path / name / "seed_4") for name in ("random", "frozen"))
    assert (random.experiment.backbone.weights, len(random.experiment.fine_tuning)) == ("random", 1)
    assert (frozen.experiment.backbone, frozen.experiment.fine_tuning) == (tuned.backbone, ())
    of_random, of_frozen = comparisons.values()
    assert of_random.trials == of_frozen.trials
    assert of_random.baseline_trials[1].metrics == random.metrics["tasks"]
    assert of_frozen.baseline_trials[1].metrics == frozen.metrics["tasks"]
    assert of_frozen.trials[0].training_s > of_frozen.baseline_trials[0].training_s


def test_only_what_is_asked_for_is_compared(experiment):
    pretrained = dataclasses.replace(
        experiment, backbone=dataclasses.replace(experiment.backbone, weights="imagenet")
    )

    assert choose_comparisons(pretrained) == ("pretrained_random", "shared_separate")
    assert choose_comparisons(pretrained, ["shared_separate"]) == ("shared_separate",)


def test_what_can_not_be_compared_is_said_before_any_training(experiment, tmp_path, trained):
    one_task = dataclasses.replace(experiment, tasks={"cats_dogs": experiment.tasks["cats_dogs"]})
    with pytest.raises(ConfigError, match="at least 2 seeds: received 1"):
        compare(experiment, tmp_path, num_seeds=1)
    for only, why in [
        (["shared_separate"], "at least 2 tasks, received cats_dogs"),
        (["pretrained_random"], "the backbone's weights are random"),
        (["shared"], "a comparison must be .*: received 'shared'"),
        (["frozen_unfrozen"], "the config has no fine_tuning"),
        ([], "nothing to compare: the backbone's weights are random, it needs at least 2 tasks"),
    ]:
        with pytest.raises(ConfigError, match=why):
            compare(one_task, tmp_path, only=only)
    assert (trained, list(tmp_path.iterdir())) == ([], [])
