"""Fine-tuning: an epoch against the cut, on stored and computed activations, and against the whole network."""

from itertools import cycle

import pytest

from bench.alternating import time_alternately
from bench.launcher import ROOT
from bench.pictures import find_pictures
from bench.sizes import SIZE
from hydranet import FineTuning, load_config
from hydranet.model.backbone import build_backbone
from hydranet.model.blocks import unfreezing_cut
from hydranet.model.cuts import split
from hydranet.training.distribution import choose_distribution
from hydranet.training.joint_batches import JointBatches
from hydranet.training.joint_model import JointModel
from hydranet.training.joint_step import JointStep
from hydranet.training.phase_data import load_phase_data
from hydranet.training.prepare import load_splits, resolve_tasks

CONFIG = ROOT / "configs" / "animals.yaml"


@pytest.fixture(scope="module")
def experiment(assets, weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fine_tuning")
    overrides = {
        "backbone.weights": weights,
        "backbone.image_size": SIZE.training_image_size,
        "features.dir": str(folder / "store"),
    }
    experiment = load_config(CONFIG, overrides=overrides, data=find_pictures(assets, folder))
    datasets = {name: load_splits(task) for name, task in experiment.tasks.items()}
    return resolve_tasks(experiment, datasets), datasets


@pytest.fixture(scope="module")
def backbone(experiment):
    return build_backbone(experiment[0].backbone)


def test_an_epoch_against_the_cut(benchmark, results, show_target, experiment, backbone):
    cases, shares = {}, {}
    for unfreeze in (*SIZE.unfrozen, "all"):
        for store in ("always", "never") if unfreeze != "all" else ("never",):
            name = f"{unfreeze}, {'stored' if store == 'always' else 'computed'}"
            cases[name], shares[name] = steps(experiment, backbone, unfreeze, store)
    times = time_alternately(benchmark, cases, SIZE.fine_tuning_rounds, warmup_rounds=1)
    whole = times["all, computed"].median
    rows = SIZE.fine_tuning_steps * FineTuning().batch_size
    results.add(
        "fine_tuning",
        [
            {
                "unfreeze": name.partition(",")[0],
                "activations": name.partition(", ")[2],
                "share_of_multiply_adds": round(shares[name], 4),
                "images_per_second": round(rows / each.median, 1),
                **each.columns("s"),
                "share_of_whole_training": round(each.median / whole, 4),
            }
            for name, each in times.items()
        ],
    )
    name = "2 blocks, stored"
    show_target(
        "fine-tuning of 2 blocks on stored activations, against its share of the whole network's training",
        times[name].median / (shares[name] * whole),
        at_most=1.3,
    )


def steps(experiment, backbone, unfreeze, store):
    """Return a function that makes some steps of joint training, and the share of multiply-adds above the cut."""
    experiment, datasets = experiment
    phase, distribution = FineTuning(unfreeze=unfreeze, store=store), choose_distribution()
    cut = unfreezing_cut(backbone.network, unfreeze)
    tasks = experiment.tasks
    data = load_phase_data(backbone, cut, phase, experiment, tasks, datasets, distribution)
    model = JointModel(
        backbone,
        cut,
        tasks,
        dict.fromkeys(tasks, "shared"),
        {"shared": split(backbone.network, cut)[1]},
        {name: task.build_head(backbone.feature_shape) for name, task in tasks.items()},
        phase,
        1_000_000,
        distribution,
    )
    batches = JointBatches(data.rows, data.training, 0, distribution)
    step = JointStep(model, phase.balancing, distribution)
    # Full batches only: at smoke size there is one a time, over and over.
    numbers = cycle(range(max(data.mixture.rows_per_epoch // phase.batch_size, 1)))

    def run():
        for _ in range(SIZE.fine_tuning_steps):
            batch = batches.make(data.mixture, next(numbers), tuple(tasks))
            step(distribution.per_replica(batch.of_replica.__getitem__), tuple(tasks))

    return run, 1 - cut.share_below
