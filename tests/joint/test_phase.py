"""A phase: who is trained how long, what a resume needs, when it must stop at once, and how fast each block learns.

Its pictures are made-up activations, which stand for what a trunk gives.
"""

import dataclasses
import json
from typing import NamedTuple

import keras
import numpy as np
import pytest

from hydranet import MLP, Experiment, FineTuning, Linear, Regression, SingleLabel
from hydranet.backbones import Application
from hydranet.balancing._famo import FAMO
from hydranet.data._dataset import Dataset
from hydranet.data._mixture import Mixture
from hydranet.distribution import choose_distribution
from hydranet.errors import ModelError
from hydranet.features._extraction import Extraction
from hydranet.joint._job import TrainingJob
from hydranet.joint._model import JointModel
from hydranet.joint._phase import Phase
from hydranet.joint._phase_data import PhaseData
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._rows import JointRows
from hydranet.joint._start import Start
from hydranet.joint._validation import ValidationRows
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk
from hydranet.runs._checkpoint import Snapshot

pytestmark = pytest.mark.slow

# `coat` and `age` are labels of the same 24 pictures, `breed` has 16 others; `age` has a tail of its own.
TASKS = {
    task.name: task
    for task in (
        SingleLabel(name="coat", classes=("long", "short"), head=MLP((8, 8), batch_norm=True, dropout=0.3)),
        SingleLabel(name="breed", classes=("collie", "husky", "poodle"), head=Linear(dropout=0.2)),
        Regression(name="age", mean=0.0, standard_deviation=1.0, tail="own"),
    )
}
NUM_PICTURES = {"coat": 24, "breed": 16}
BATCH_SIZE = 8


class MadeUp:
    """Activations that are there already; views differ a little. It notes what is read."""

    def __init__(self, values):
        self.values = values
        self.reads = []

    def read(self, rows, views):
        self.reads.append((rows.tolist(), views.tolist()))
        return self.values[rows] + 0.01 * views.reshape(-1, 1, 1, 1).astype(np.float32)


class World:
    """A backbone's top, tasks, and pictures as activations at the top's cut.

    Args:
        unfreeze: how much of the top is trained.
        misleading: tasks whose validation labels contradict their training labels, so that training can only make
            them worse.
        held_out: tasks of which not the validation pictures choose the epoch, but as many others of right labels.
    """

    def __init__(self, unfreeze="1 block", misleading=(), held_out=()):
        keras.utils.set_random_seed(1)
        self.trunk = Trunk(
            Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}), seed=1
        )
        self.cut = self.trunk.find_cut(unfreeze)
        groups = {task.tail_group for task in TASKS.values()}
        self.tails = {group: Tail.of(self.trunk, self.cut).network for group in sorted(groups)}
        self.heads = {
            name: task.build_head(self.trunk.feature_shapes["pooled"]) for name, task in TASKS.items()
        }
        activations, labels = self._draw()
        rows = JointRows(TASKS, {name: _dataset(name, labels[name]) for name in TASKS})
        mixture = Mixture(rows.sizes, batch_size=BATCH_SIZE, views=2)
        validation = {
            name: ValidationRows(activations[name], _labels(name, labels[name], name in misleading))
            for name in TASKS
        }
        choosing = {
            name: ValidationRows(MadeUp(activations[name].values), _labels(name, labels[name], False))
            for name in held_out
        }
        everything = MadeUp(np.concatenate([activations["coat"].values, activations["breed"].values]))
        self.data = PhaseData(rows, mixture, everything, validation, choosing, (False, ""), Extraction())

    def phase(self, settings):
        """Make a phase, and its model anew."""
        plan = PhasePlan(1, settings, self.cut, self.cut, TASKS, self.trunk.features)
        num_steps = plan.num_steps(self.data.mixture.steps_per_epoch)
        job = TrainingJob(Experiment(tasks=TASKS, seed=7), {}, choose_distribution())
        model = JointModel(self.trunk, plan, self.tails, self.heads, num_steps, job.distribution)
        return Phase(plan, self.data, model, job), model

    def _draw(self):
        """Return activations, and numbers that a linear head on their features can tell."""
        rng, activations, numbers = np.random.default_rng(0), {}, {}
        for name, count in NUM_PICTURES.items():
            activations[name] = MadeUp(rng.normal(size=(count, *self.cut.shape)).astype(np.float32))
            features = np.asarray(self.tails["shared"](activations[name].values)["pooled"])
            first = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)[0][:, 0]
            numbers[name] = first * np.sqrt(count)
        return {**activations, "age": activations["coat"]}, {**numbers, "age": numbers["coat"]}


def _dataset(name, numbers):
    rng = np.random.default_rng(list(NUM_PICTURES).index("coat" if name == "age" else name))
    hashes = rng.integers(0, 2**63, (len(numbers), 2), np.uint64)
    return Dataset([None] * len(numbers), _texts(name, numbers), hashes)


def _texts(name, numbers):
    task = TASKS[name]
    if name == "age":
        return [str(number) for number in numbers]
    return [task.classes[place] for place in np.digitize(numbers, [0, 0.7][: len(task.classes) - 1])]


def _labels(name, numbers, misleading):
    return TASKS[name].encode(_texts(name, -numbers if misleading else numbers))


class Taken(NamedTuple):
    """What a checkpoint would hold after a step, or after an epoch."""

    epoch_has_ended: bool
    state: dict
    arrays: dict


def snapshot(phase, epoch_has_ended=True):
    """Take one, by way of JSON as a file does."""
    state, arrays = phase.snapshot()
    return Taken(epoch_has_ended, json.loads(json.dumps(state)), copied(arrays))


def copied(node):
    if isinstance(node, dict):
        return {key: copied(child) for key, child in node.items()}
    return [copied(child) for child in node] if isinstance(node, list) else np.array(node)


def leaves(node):
    if isinstance(node, dict | list):
        children = node.values() if isinstance(node, dict) else node
        return [leaf for child in children for leaf in leaves(child)]
    return [node]


def assert_same(first, second):
    for one, two in zip(leaves(first), leaves(second), strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


def differ(first, second):
    return any((one != two).any() for one, two in zip(leaves(first), leaves(second), strict=True))


def run(phase):
    """Run a phase from its start, and return snapshots: of the start, and of each step and epoch."""
    phase.start({})
    taken = [snapshot(phase)]
    phase.run(lambda epoch_has_ended: taken.append(snapshot(phase, epoch_has_ended)))
    return taken


SETTINGS = FineTuning(
    epochs=6, patience=2, batch_size=BATCH_SIZE, learning_rate=5e-4, balancing=FAMO(learning_rate=0.5)
)


@pytest.fixture(scope="module")
def world():
    """`coat` and `breed` have misleading validation labels, `age` has right ones."""
    return World(misleading=("coat", "breed"))


@pytest.fixture(scope="module")
def snapshots(world):
    """An uninterrupted phase: `coat` and `breed` stop after two epochs, and `age` after four, the second its best."""
    return run(world.phase(SETTINGS)[0])


def epochs(snapshots):
    """Return the last snapshot of the start and of each epoch."""
    return [taken for taken in snapshots if taken.epoch_has_ended]


def test_a_task_stops_when_its_loss_has_not_fallen_for_as_many_epochs_as_patience_says(snapshots):
    active = [taken.state["active"] for taken in epochs(snapshots)]
    losses = {name: [snapshots[0].state["before"][name]["loss"]] for name in TASKS}
    for row in snapshots[-1].state["history"]:
        losses[row["task"]].append(row["validation_loss"])

    assert active == [list(TASKS), list(TASKS), ["age"], ["age"], []]
    assert [int(np.argmin(losses[name])) for name in TASKS] == [0, 0, 2]


def test_a_phase_ends_when_all_tasks_have_stopped(snapshots):
    assert [taken.state["is_finished"] for taken in epochs(snapshots)] == [False] * 4 + [True]


def test_the_head_of_a_task_that_has_stopped_no_longer_changes_and_the_others_do(snapshots):
    stopped, last = epochs(snapshots)[2].arrays, snapshots[-1].arrays

    for name in ("head coat", "head breed", "tail shared"):
        assert differ(snapshots[0].arrays["now"][name], stopped["now"][name])
        assert_same(stopped["now"][name], last["now"][name])
    for name in ("head age", "tail age"):
        assert differ(stopped["now"][name], last["now"][name])
    assert_same(stopped["balancing"]["shared"], last["balancing"]["shared"])


def test_rows_leave_the_mixture_with_the_last_task_that_is_labelled_on_them(snapshots):
    """The 16 of `breed` do when it stops; the 24 of `coat` stay, because `age` is labelled on them."""
    steps = np.diff([taken.state["step"] for taken in epochs(snapshots)])

    assert steps.tolist() == [(24 + 16) // 8] * 2 + [24 // 8] * 2


def test_the_history_has_the_mean_training_loss_of_a_task_while_it_is_trained(snapshots):
    rows = snapshots[-1].state["history"]
    *_, total_and_count = (taken.state["losses"]["breed"] for taken in snapshots[1:6])

    assert [(row["epoch"], row["task"]) for row in rows] == [(e, name) for e in range(4) for name in TASKS]
    assert [row["training_loss"] is None for row in rows] == [False] * 6 + [True, True, False] * 2
    assert rows[1]["training_loss"] == total_and_count[0] / total_and_count[1]
    assert all(0.01 < row["training_loss"] < 3 for row in rows if row["training_loss"])
    assert all(row["validation_loss"] and row["phase"] == 1 for row in rows)


def test_the_best_weights_are_those_of_the_epoch_with_the_lowest_total_loss(snapshots):
    """`coat` and `breed`, which are worse, would be left as they were, and count with the loss that they had."""
    last, before = snapshots[-1], snapshots[0].state["before"]
    of_age = [row["validation_loss"] for row in last.state["history"] if row["task"] == "age"]

    assert last.state["best_epoch"] == np.argmin(of_age) == 1
    assert_same(epochs(snapshots)[2].arrays["now"], last.arrays["best"])
    assert last.state["best_total"] == before["coat"]["loss"] + before["breed"]["loss"] + min(of_age)


# When all steps of an epoch are made, but it is not evaluated; within an epoch, when tasks have stopped.
@pytest.mark.parametrize("place", [5, 14])
def test_a_phase_that_goes_on_from_any_step_ends_as_one_that_was_never_stopped(world, snapshots, place):
    phase, _ = world.phase(SETTINGS)
    taken, following = snapshots[place], []

    phase.restore(Snapshot(taken.state, copied(taken.arrays)))
    phase.run(lambda epoch_has_ended: following.append(snapshot(phase, epoch_has_ended)))

    assert [later.state for later in following] == [later.state for later in snapshots[place + 1 :]]
    assert_same(following[-1].arrays, snapshots[-1].arrays)


@pytest.fixture(scope="module")
def chosen_otherwise():
    """A phase of `coat`'s and `age`'s, whose validation labels mislead and whose held-out labels do not."""
    world = World(misleading=("coat", "age"), held_out=("coat", "age"))
    validation = {name: rows.activations for name, rows in world.data.validation.items()}
    phase, model = world.phase(SETTINGS)
    starts = {"coat": Start([2 * weight for weight in model.heads["coat"].get_weights()], confidence=0.5)}
    phase.start(starts)
    taken, reads = [snapshot(phase)], {name: len(rows.reads) for name, rows in validation.items()}
    result = phase.run(lambda epoch_has_ended: taken.append(snapshot(phase, epoch_has_ended)))
    return world, starts, taken, result, reads, {name: len(rows.reads) for name, rows in validation.items()}


def test_what_is_held_out_chooses_the_epoch_and_validation_only_says_what_it_has_brought(chosen_otherwise):
    _, _, taken, result, reads, reads_at_end = chosen_otherwise
    state = taken[-1].state
    rows = {name: [row for row in state["history"] if row["task"] == name] for name in TASKS}

    assert {"held_out_loss", "held_out_accuracy"} < rows["coat"][0].keys()
    assert not any(key.startswith("validation") for row in rows["coat"] + rows["age"] for key in row)
    assert "validation_loss" in rows["breed"][0]
    assert min(row["held_out_loss"] for row in rows["age"]) < state["start"]["age"]["loss"]
    assert result.best_epoch >= 0
    assert result.after["age"].metrics["loss"] > result.before["age"].metrics["loss"]
    assert "age" not in result.better
    assert reads_at_end["age"] == 2 * reads["age"]


def test_a_phase_begins_with_the_heads_given_and_is_compared_with_those_that_the_tasks_have(chosen_otherwise):
    world, starts, taken, result, *_ = chosen_otherwise

    assert_same(
        taken[0].arrays["best"]["head coat"], [np.float32(weight) for weight in starts["coat"].weights]
    )
    *below, kernel, bias = starts["coat"].weights
    assert_same(taken[0].arrays["now"]["head coat"], [*below, kernel / 2, bias / 2])
    assert_same(taken[0].arrays["now"]["head age"], world.heads["age"].get_weights())
    phase, _ = world.phase(SETTINGS)
    phase.start({})
    assert {name: each.metrics for name, each in result.before.items()} == phase.state.before
    assert phase.state.start["coat"] != taken[0].state["start"]["coat"]


@pytest.mark.parametrize("place", [3, -1])
def test_a_phase_with_held_out_pictures_goes_on_from_any_step_too(chosen_otherwise, place):
    world, _, taken, result, *_ = chosen_otherwise
    phase, _ = world.phase(SETTINGS)

    phase.restore(Snapshot(taken[place].state, copied(taken[place].arrays)))
    again = phase.run(lambda _: None)

    assert (again.better, again.best_epoch) == (result.better, result.best_epoch)
    for one, two in ((again.before, result.before), (again.after, result.after)):
        for name in TASKS:
            assert one[name].metrics == two[name].metrics
            assert_same([one[name].values, one[name].losses], [two[name].values, two[name].losses])


@pytest.fixture(scope="module")
def seven_steps():
    """A phase of seven steps on three blocks, each of which learns four times more slowly than the one above."""
    settings = dataclasses.replace(
        SETTINGS,
        steps=7,
        epochs=1,
        patience=9,
        learning_rate=1e-3,
        learning_rate_divisor=4,
        warmup=0.0,
        schedule="constant",
        weight_decay=0.0,
    )
    world = World("3 blocks")
    phase, model = world.phase(settings)
    return run(phase), model, world.data.training.reads


def test_a_phase_of_so_many_steps_ends_within_an_epoch_and_is_evaluated_there(seven_steps):
    taken, _, _ = seven_steps

    assert [each.state["step"] for each in epochs(taken)] == [0, 5, 7]
    assert [each.state["is_finished"] for each in epochs(taken)] == [False, False, True]
    assert len(taken[-1].state["history"]) == 2 * len(TASKS)


def test_an_epoch_has_every_picture_once_and_the_next_one_shows_their_other_view(seven_steps):
    _, _, reads = seven_steps
    shown = [dict(zip(rows, views, strict=True)) for rows, views in reads]
    first = {row: view for each in shown[:5] for row, view in each.items()}

    assert len(reads) == 7
    assert sorted(first) == list(range(24 + 16))
    for each in shown[5:]:
        assert all(view != first[row] for row, view in each.items())


def test_each_block_learns_as_many_times_more_slowly_as_the_divisor_says(seven_steps):
    """Adam's first step is the learning rate, whatever the size of the gradient."""
    taken, model, _ = seven_steps
    steps = {
        variable.path: np.abs(after - before).max()
        for variable, before, after in zip(
            model.tails["shared"].network.weights,
            taken[0].arrays["now"]["tail shared"],
            taken[1].arrays["now"]["tail shared"],
            strict=True,
        )
    }
    blocks = model._blocks["shared"]
    assert [len([v for layer in block for v in layer.trainable_variables]) for block in blocks] == [3, 3, 3]
    for block, expected in zip(blocks, (1e-3 / 16, 1e-3 / 4, 1e-3), strict=True):
        for variable in (variable for layer in block for variable in layer.trainable_variables):
            assert steps[variable.path] == pytest.approx(expected, rel=1e-2), variable.path
    head = [taken[step].arrays["now"]["head breed"][0] for step in (0, 1)]
    assert np.abs(head[1] - head[0]).max() == pytest.approx(1e-3, rel=1e-2)


def test_no_two_layers_of_a_head_drop_the_same_units(seven_steps):
    _, model, _ = seven_steps
    seeds = [variable.numpy().tolist() for variable in model.dropout_seeds()["coat"]]

    assert len(seeds) == 2
    assert seeds[0] != seeds[1]


def test_a_loss_that_is_not_finite_stops_at_once_and_names_the_task(world, monkeypatch):
    phase, _ = world.phase(SETTINGS)
    validation, largest, saved = world.data.validation, np.float32(1e30), []
    with monkeypatch.context() as patch:
        wrong = dataclasses.replace(validation["age"], labels=np.full(24, largest))
        patch.setitem(validation, "age", wrong)
        with pytest.raises(ModelError, match=r"The validation loss of 'age' is inf at step 0 of .* phase 1"):
            phase.start({})

    phase.start({})
    labels = world.data.rows.labels
    monkeypatch.setitem(labels, "age", dataclasses.replace(labels["age"], plain=np.full(24 + 16, largest)))
    with pytest.raises(ModelError, match=r"The loss of 'age' is inf at step 1 of fine-tuning phase 1"):
        phase.run(saved.append)

    assert saved == []
