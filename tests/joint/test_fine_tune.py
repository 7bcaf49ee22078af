"""Phase after phase: what moves and what does not, who gets which tail, and that nobody ends worse.

The heads that fine-tuning starts from are untrained here, and tasks are judged on their training pictures, so that a
task gains for certain; one whose validation labels are swapped loses for certain.
"""

import dataclasses
import math
import re

import keras
import numpy as np
import pytest

from hydranet import MLP, Drawings, Experiment, FineTuning, Linear, SingleLabel
from hydranet.backbones import Application
from hydranet.backbones._cuts import above, below
from hydranet.distribution import choose_distribution
from hydranet.errors import ModelError
from hydranet.experiment import FeaturesConfig
from hydranet.features._prepare import load_splits, resolve_tasks
from hydranet.joint._choosing import may_choose
from hydranet.joint._fine_tune import fine_tune
from hydranet.joint._job import TrainingJob
from hydranet.joint._phase_cuts import find_phase_cuts
from hydranet.joint._start import Start
from hydranet.joint._tuning import Tuning
from hydranet.model._trunk import Trunk
from hydranet.runs._checkpoint import Checkpoints, Snapshot, no_checkpoints

pytestmark = pytest.mark.slow

CATS = Drawings("cats_dogs", 8, 1)
HORSES = Drawings("horse_human", 8, 1)
PHASE = FineTuning(
    unfreeze="1 block", epochs=2, batch_size=16, learning_rate=1e-3, warmup=0.0, schedule="constant"
)


class World:
    """A backbone and untrained heads, and the pictures of tasks, some of which are judged by swapped labels."""

    def __init__(self, weights, folder):
        config = Application(name="MobileNet", image_size=32, weights=str(weights), arguments={"alpha": 0.25})
        self.trunk = Trunk(config)
        self._config, self._folder = config, folder

    def job(self, tasks, phases, *, swapped=(), checkpoints=None, dtype="float32"):
        """Make a job."""
        tasks = {task.name: task for task in tasks}
        datasets = {name: load_splits(task) for name, task in tasks.items()}
        experiment = Experiment(
            tasks=tasks,
            backbone=self._config,
            features=FeaturesConfig(dir=str(self._folder), dtype=dtype),
            fine_tuning=tuple(phases),
        )
        experiment = resolve_tasks(experiment, datasets)
        for name, splits in datasets.items():
            labels = splits["train"].labels
            if name in swapped:
                labels = [label for old in labels for label in experiment.tasks[name].classes if label != old]
            splits["validation"] = dataclasses.replace(splits["train"], labels=labels)
        return TrainingJob(experiment, datasets, choose_distribution(), checkpoints or no_checkpoints())

    def fine_tune(self, *arguments, **options):
        """Run all phases; the arguments are those of `job`."""
        job = self.job(*arguments, **options)
        return fine_tune(self.trunk, self.heads(job.experiment), job)

    def tuning(self, *arguments, **options):
        """Return what a job starts from."""
        job = self.job(*arguments, **options)
        return Tuning(self.trunk, self.heads(job.experiment), job, ("pooled",))

    def heads(self, experiment):
        """Return the same heads each time."""
        keras.utils.set_random_seed(3)
        return {
            name: task.build_head(self.trunk.feature_shapes["pooled"])
            for name, task in experiment.tasks.items()
        }


@pytest.fixture(scope="module")
def world(mobilenet_weights, tmp_path_factory):
    return World(mobilenet_weights, tmp_path_factory.mktemp("features"))


class Interrupting(Checkpoints):
    """Checkpoints that interrupt the training when a phase is over."""

    def save(self, name, state, arrays):
        super().save(name, state, arrays)
        if state["phase"] is None:
            raise KeyboardInterrupt


TASKS = [
    SingleLabel(name="cats", data=CATS, head=MLP((8,), batch_norm=True, dropout=0.2)),
    SingleLabel(name="horses", data=HORSES),
    SingleLabel(name="loser", data=CATS),
    SingleLabel(name="alone", data=HORSES, head=Linear(dropout=0.1), tail="own"),
    SingleLabel(name="lost", data=CATS, tail="others"),
    SingleLabel(name="still", data=HORSES, tail="frozen"),
]
PHASES = [PHASE, dataclasses.replace(PHASE, unfreeze="2 blocks", epochs=1)]


@pytest.fixture(scope="module")
def before(world):
    """What fine-tuning starts from: the plain model, and all weights of the backbone."""
    tuning = world.tuning(TASKS, PHASES)
    return tuning.model(), [weight.copy() for weight in world.trunk.get_weights()]


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(world, before, run_dir):
    """The first of two phases, after which the training was interrupted, as its checkpoint has it."""
    checkpoints = Interrupting(run_dir, "two phases")
    with pytest.raises(KeyboardInterrupt):
        world.fine_tune(TASKS, PHASES, swapped={"loser", "lost"}, checkpoints=checkpoints)
    state, arrays = checkpoints["fine_tuning"]
    tuning = world.tuning(TASKS, PHASES)
    tuning.restore(Snapshot(state["tuning"], arrays))
    return tuning.state, tuning.model()


@pytest.fixture(scope="module")
def second(world, run_dir, first):
    """The second phase, for which the training was resumed, and which misleads `horses` too."""
    checkpoints = Checkpoints(run_dir, "two phases", writes=False)
    checkpoints.load()
    return world.fine_tune(TASKS, PHASES, swapped={"horses", "loser", "lost"}, checkpoints=checkpoints)


def outputs(model, images):
    return {name: np.asarray(values) for name, values in model(images).items()}


def assert_same(first, second):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, two)


def statistics(layer):
    """Return the moving means and variances of all BatchNorm in a layer, by its name."""
    return {
        inner.name: [inner.moving_mean.numpy(), inner.moving_variance.numpy()]
        for inner in layer._flatten_layers()
        if isinstance(inner, keras.layers.BatchNormalization)
    }


def assert_same_statistics(first, second):
    assert first.keys() == second.keys()
    for name in first:
        assert_same(first[name], second[name])


def changed_variables(network, original):
    """Return the names of the variables that differ."""
    pairs = zip(network.weights, original.weights, strict=True)
    return [one.path for one, two in pairs if (one.numpy() != two.numpy()).any()]


def kept(phase):
    return [name for name, task in phase["tasks"].items() if task["kept"]]


def test_the_pretrained_backbone_is_not_changed(world, before, second):
    assert_same(world.trunk.get_weights(), before[1])


def test_the_trunk_is_the_part_of_the_backbone_below_the_last_cut(world, first, second):
    [_, cut] = find_phase_cuts(world.trunk, PHASES)
    expected = below(world.trunk.whole, cut.index, "activation").get_weights()

    for model in (first[1], second.model):
        assert_same(model.trunk.get_weights(), expected)


def test_no_batch_norm_statistic_changes_in_tails_and_heads(world, before, second):
    [_, cut] = find_phase_cuts(world.trunk, PHASES)
    pretrained = statistics(above(world.trunk.whole, cut, ["pooled"]))
    model = second.model

    assert list(pretrained) == ["conv_dw_13_bn", "conv_pw_13_bn"]
    for tail in model.tails.values():
        assert_same_statistics(statistics(tail), pretrained)
    [of_head] = statistics(model.head("cats")).values()
    [of_old_head] = statistics(before[0].head("cats")).values()
    assert_same(of_head, of_old_head)


def test_only_what_is_above_a_phases_own_cut_has_changed(world, first):
    [_, lower] = find_phase_cuts(world.trunk, PHASES)
    assert changed_variables(
        first[1].tails["shared"].network, above(world.trunk.whole, lower, ["pooled"])
    ) == [
        "conv_pw_13/kernel",
        "conv_pw_13_bn/gamma",
        "conv_pw_13_bn/beta",
    ]


def test_each_group_has_a_tail_of_its_own_and_a_frozen_task_none_that_is_trained(first):
    model = first[1]

    assert model.tail_groups == {
        "cats": "shared",
        "horses": "shared",
        "loser": "frozen",
        "alone": "alone",
        "lost": "frozen",
        "still": "frozen",
    }
    weights = [tail.network.get_weights() for tail in model.tails.values()]
    assert len(weights) == 3
    for one, two in ((0, 1), (0, 2), (1, 2)):
        assert any((a != b).any() for a, b in zip(weights[one], weights[two], strict=True))


def test_who_has_not_gained_answers_bit_for_bit_as_before_and_who_has_does_not(before, first, images):
    old, new = outputs(before[0], images), outputs(first[1], images)

    for name in ("loser", "lost", "still"):
        np.testing.assert_array_equal(old[name], new[name], err_msg=name)
    for name in ("cats", "horses", "alone"):
        assert np.abs(old[name] - new[name]).min() > 0, name


def test_a_phase_says_who_has_gained_and_by_how_much(first):
    state = first[0]
    [phase] = state.phases

    assert list(phase["tasks"]) == ["cats", "horses", "loser", "alone", "lost"]
    assert kept(phase) == ["cats", "horses", "alone"] == list(state.metrics)
    assert {task["metric"] for task in phase["tasks"].values()} == {"accuracy"}
    for name in kept(phase):
        assert phase["tasks"][name]["after"] == state.metrics[name]["accuracy"]
        assert phase["tasks"][name]["after"] >= phase["tasks"][name]["before"]
    assert (phase["cut"], phase["epochs"], phase["best_epoch"]) == ("conv_dw_13_relu", 2, 1)
    assert {(row["phase"], row["epoch"]) for row in state.history} == {(1, 0), (1, 1)}


def test_a_second_phase_goes_on_from_the_weights_that_the_first_has_kept(first, second):
    """Through a file, and at another cut."""
    one, two = second.phases

    assert one == first[0].phases[0]
    for name in ("cats", "alone"):
        assert two["tasks"][name]["before"] == one["tasks"][name]["after"]
    first_epochs = [row for row in second.history if (row["task"], row["epoch"]) == ("alone", 0)]
    assert first_epochs[1]["validation_loss"] < first_epochs[0]["validation_loss"]


def test_a_task_that_left_the_shared_tail_is_not_trained_again_and_one_whose_group_all_lost_is(second):
    assert list(second.phases[1]["tasks"]) == ["cats", "horses", "alone", "lost"]


def test_who_gains_in_the_first_phase_only_keeps_the_tail_and_head_of_the_first(first, second, images):
    old, new = outputs(first[1], images), outputs(second.model, images)

    assert kept(second.phases[1]) == ["cats", "alone"]
    assert second.model.tail_groups["horses"] == "shared-1"
    for name in ("horses", "loser", "lost", "still"):
        np.testing.assert_array_equal(old[name], new[name], err_msg=name)
    for name in ("cats", "alone"):
        assert np.abs(old[name] - new[name]).min() > 0, name


def test_if_nobody_gains_the_model_is_the_plain_one(world, images):
    task = SingleLabel(name="loser", data=CATS)
    plain = outputs(world.tuning([task], [PHASE]).model(), images)

    tuned = world.fine_tune([task], [PHASE], swapped={"loser"})

    assert tuned.model.tails == tuned.model.tail_groups == {}
    assert tuned.model.trunk is world.trunk
    np.testing.assert_array_equal(outputs(tuned.model, images)["loser"], plain["loser"])
    [phase] = tuned.phases
    assert (phase["tasks"]["loser"]["kept"], phase["best_epoch"], tuned.metrics) == (False, -1, {})


@pytest.fixture(scope="module")
def many(world):
    """A task with enough pictures for some to choose the epoch, and another of a few of the same pictures."""
    tasks = [SingleLabel(name="cats", data=Drawings("cats_dogs", 150, 1)), SingleLabel(name="few", data=CATS)]
    job = world.job(tasks, [PHASE])
    heads = world.heads(job.experiment)
    start = [weight + 0.01 for weight in heads["cats"].get_weights()]
    return job, fine_tune(world.trunk, heads, job, starts={"cats": Start(start)})


def test_pictures_that_train_nothing_choose_the_epoch_of_a_task_that_has_enough(many):
    job, tuned = many
    part = may_choose(job.experiment.tasks["cats"], job.datasets["cats"]["train"])
    [phase] = tuned.phases

    assert {name: task["epoch_chosen_by"] for name, task in phase["tasks"].items()} == {
        "cats": "held_out",
        "few": "validation",
    }
    assert 50 <= part.sum() <= 75
    assert phase["steps"] == 2 * math.ceil((300 - part.sum()) / PHASE.batch_size)
    assert kept(phase) == ["cats", "few"]
    assert 0 < phase["tasks"]["cats"]["standard_error"] < 0.1
    assert ["held_out_loss" in row for row in tuned.history] == [True, False] * 2


def test_tasks_with_frozen_tails_alone_leave_nothing_to_do(world):
    tuned = world.fine_tune([SingleLabel(name="still", data=CATS, tail="frozen")], [PHASE])

    assert tuned.phases == []
    assert tuned.model.tails == {}


@pytest.fixture(scope="module")
def unfrozen(world):
    """All layers of the backbone trained, in half precision, with stored activations and with computed ones."""
    task = SingleLabel(name="cats", data=CATS, head=MLP((8,), batch_norm=True, dropout=0.2))
    phases = {store: dataclasses.replace(PHASE, unfreeze="all", store=store) for store in ("always", "never")}
    return {store: world.fine_tune([task], [phase], dtype="float16") for store, phase in phases.items()}


def test_with_all_layers_unfrozen_no_statistic_changes_either(world, unfrozen):
    model = unfrozen["always"].model

    assert kept(unfrozen["always"].phases[0]) == ["cats"]
    assert model.trunk.get_weights() == []
    pretrained = statistics(world.trunk)
    assert len(pretrained) == 27
    assert_same_statistics(statistics(model.tails["shared"]), pretrained)
    changed = changed_variables(model.tails["shared"].network, world.trunk.network)
    assert len(changed) == 3 * 27
    assert not any("moving" in name for name in changed)


def test_storing_the_activations_or_not_gives_bit_identical_weights(unfrozen):
    stored, computed = unfrozen["always"], unfrozen["never"]

    assert [tuned.phases[0]["stored"] for tuned in (stored, computed)] == [True, False]
    assert [tuned.extractions[0].num_passed for tuned in (stored, computed)] == [16, 0]
    assert stored.history == computed.history
    first, second = stored.model, computed.model
    assert_same(first.tails["shared"].get_weights(), second.tails["shared"].get_weights())
    assert_same(first.head("cats").get_weights(), second.head("cats").get_weights())


def test_a_loss_that_is_not_finite_stops_at_once_and_leaves_the_last_good_checkpoint(
    world, tmp_path, monkeypatch
):
    """A step whose loss is still finite can make the weights NaN, as the second one does here.

    One that goes on from there makes the second step first, and ends in the same way.
    """
    monkeypatch.setattr(Checkpoints, "seconds", 0.0)
    phase = dataclasses.replace(PHASE, learning_rate=1e30, batch_size=4)
    task = SingleLabel(name="cats", data=CATS)

    with pytest.raises(ModelError, match=r"The loss of 'cats' is nan at step 3 of .* phase 1") as raised:
        world.fine_tune([task], [phase], checkpoints=Checkpoints(tmp_path, "diverging"))

    checkpoints = Checkpoints(tmp_path, "diverging")
    checkpoints.load()
    section = checkpoints["fine_tuning"]
    assert section.state["phase"]["step"] == 1
    now = section.arrays["phase"]["now"]
    assert all(np.isfinite(weight).all() for weights in now.values() for weight in weights)

    monkeypatch.setattr(Checkpoints, "save", lambda *_: pytest.fail("a step was made again"))
    with pytest.raises(ModelError, match=re.escape(str(raised.value))):
        world.fine_tune([task], [phase], checkpoints=checkpoints)
