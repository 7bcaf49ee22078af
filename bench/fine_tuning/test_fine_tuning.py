"""Fine-tuning: an epoch against the cut, on stored and computed activations, and against the whole network."""

from functools import partial

import pytest

from hydranet import FineTuning, load_config
from hydranet.distribution import choose_distribution
from hydranet.features._prepare import load_splits, resolve_tasks
from hydranet.model._trunk import Trunk
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import find_pictures, write_config
from hydranet_bench.joint_steps import JointSteps
from hydranet_bench.sizes import SIZE


@pytest.fixture(scope="module")
def experiment(assets, weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fine_tuning")
    overrides = {
        "backbone.weights": weights,
        "backbone.image_size": SIZE.training_image_size,
        "features.dir": str(folder / "store"),
    }
    experiment = load_config(write_config(folder), overrides=overrides, data=find_pictures(assets, folder))
    datasets = {name: load_splits(task) for name, task in experiment.tasks.items()}
    return resolve_tasks(experiment, datasets), datasets


@pytest.fixture(scope="module")
def trunk(experiment):
    return Trunk(experiment[0].backbone)


def test_an_epoch_against_the_cut(benchmark, results, show_target, experiment, trunk):
    cases, shares = {}, {}
    for unfreeze in (*SIZE.unfrozen, "all"):
        for store in ("always", "never") if unfreeze != "all" else ("never",):
            name = f"{unfreeze}, {'stored' if store == 'always' else 'computed'}"
            cases[name], shares[name] = steps(experiment, trunk, unfreeze, store)
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


def steps(experiment, trunk, unfreeze, store):
    """Return a function that makes some steps of joint training, and the share of multiply-adds above the cut."""
    experiment, datasets = experiment
    phase = FineTuning(unfreeze=unfreeze, store=store)
    steps = JointSteps(experiment, datasets, trunk, phase, choose_distribution())
    return partial(steps.make, SIZE.fine_tuning_steps), steps.share_above
