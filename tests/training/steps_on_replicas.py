"""Steps of joint training that are the same for any number of replicas, in a process of their own.

TensorFlow divides a CPU once per process. `python steps_on_replicas.py NUM_REPLICAS FILE CONFIG RUN` records what every
balancing method does in a small world into FILE, and then trains CONFIG on the same replicas.
"""

import sys
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from hydranet import MLP, FineTuning, Regression, SingleLabel
from hydranet.backbones import Application
from hydranet.balancing._famo import FAMO
from hydranet.balancing._gradnorm import GradNorm
from hydranet.balancing._pcgrad import PCGrad
from hydranet.balancing._static import Static
from hydranet.balancing._uncertainty import Uncertainty
from hydranet.cli import main
from hydranet.data._dataset import Dataset
from hydranet.data._mixture import Mixture
from hydranet.distribution import choose_distribution
from hydranet.joint._batches import JointBatches
from hydranet.joint._model import JointModel
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._rows import JointRows
from hydranet.joint._step import JointStep
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk

METHODS = [Static(), FAMO(), Uncertainty(), GradNorm(), PCGrad()]
# Steps take long to compile: on more than two replicas only these, of which one looks at the losses after a step too.
FEW_METHODS = METHODS[:2]

# `size` has a tail of its own. `pair` is labelled for two pictures alone, both of the first step.
TASKS = {
    task.name: task
    for task in (
        SingleLabel(name="kind", classes=("a", "b", "c"), class_weights={"a": 2.0}),
        SingleLabel(name="pair", classes=("x", "y"), head=MLP((8,), batch_norm=True), loss_weight=2.0),
        Regression(name="size", mean=3.0, standard_deviation=2.0, tail="own"),
    )
}
NUM_PICTURES = 18
LABELLED = {"kind": [*range(3), *range(4, 18)], "pair": [3, 11], "size": [*range(1, 18, 2)]}
LABELS = {"kind": [*"abc"] * 6, "pair": [*"xy"], "size": [*"123456789"]}


class World:
    """The pictures, as made-up activations, in batches of 13 and 5, and a model for the tasks.

    Args:
        distribution: where the model lives.
    """

    def __init__(self, distribution):
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        trunk = Trunk(Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}))
        cut = trunk.find_cut("conv_pw_13")
        groups = {task.tail_group for task in TASKS.values()}
        self.distribution = distribution
        settings = FineTuning(learning_rate=1e-3, weight_decay=0.1, precision="float32")
        self.model = JointModel(
            trunk,
            PhasePlan(1, settings, cut, cut, TASKS, trunk.features),
            {group: Tail.of(trunk, cut).network for group in sorted(groups)},
            {name: task.build_head(trunk.feature_shapes["pooled"]) for name, task in TASKS.items()},
            1000,
            distribution,
        )
        hashes = rng.integers(0, 2**64, (NUM_PICTURES, 2), np.uint64)
        self.rows = JointRows(
            TASKS,
            {
                name: Dataset([None] * len(rows), LABELS[name][: len(rows)], hashes[rows])
                for name, rows in LABELLED.items()
            },
        )
        self._activations = rng.normal(size=(NUM_PICTURES, *cut.shape)).astype(np.float32)
        mixture = Mixture(self.rows.sizes, batch_size=13)
        batches = JointBatches(self.rows, self, 1, distribution)
        self.batches = [batches.make(mixture, step, tuple(TASKS)) for step in range(2)]

    def read(self, rows, views):
        """Give activations, as a store would."""
        return self._activations[rows]

    def on_devices(self, batch):
        """Give a batch as a step takes it."""
        return self.distribution.per_replica(batch.of_replica.__getitem__)

    def step(self, method):
        """Make steps, by a method that has learnt something already."""
        rng = np.random.default_rng(1)
        step = JointStep(self.model, method, self.distribution)
        step.state = {
            group: {
                name: rng.uniform(0.5, 1.5, len(value)).astype(np.float32) for name, value in state.items()
            }
            for group, state in step.state.items()
        }
        return step


def record(distribution):
    """Return what there is to compare, as arrays by name."""
    with quickly_compiled():
        return {name: np.asarray(value) for name, value in _record(distribution).items()}


def _record(distribution):
    world = World(distribution)
    start = world.model.arrays()
    records = {
        f"labels/{number}": [
            [part["weights"][name].numpy().sum() for name in TASKS] for part in batch.of_replica.values()
        ]
        for number, batch in enumerate(world.batches)
    }
    for method in METHODS:
        world.model.set_arrays(start)
        step = world.step(method)
        records |= record_gradients(world, step, method.kind)
        if distribution.num_replicas <= 2 or method in FEW_METHODS:
            records |= record_steps(world, step, method.kind)
    return records


def record_gradients(world, step, kind):
    return {
        f"{kind}/gradients/{number}/{place}": gradient
        for number, batch in enumerate(world.batches)
        for place, gradient in enumerate(step.gradients(world.on_devices(batch), tuple(TASKS)))
    }


def record_steps(world, step, kind):
    losses = [step(world.on_devices(batch), tuple(TASKS)) for batch in world.batches]
    arrays = {
        **{
            f"state/{group}/{name}": value
            for group, state in step.state.items()
            for name, value in state.items()
        },
        **{
            f"weights/{part}/{place}": value
            for part, weights in world.model.arrays().items()
            for place, value in enumerate(weights)
        },
    }
    return {f"{kind}/losses": losses, **{f"{kind}/{name}": value for name, value in arrays.items()}}


@contextmanager
def quickly_compiled():
    """Let TensorFlow run what it has traced as it is; to optimise it takes longer than these steps."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


if __name__ == "__main__":
    num_replicas, file, config, run = sys.argv[1:]
    np.savez(file, **record(choose_distribution(int(num_replicas))))
    sys.exit(main(["train", config, "--run", run, "--replicas", num_replicas]))
