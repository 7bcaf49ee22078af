"""Fine-tuning: an epoch against the cut, on stored and computed activations, and against the whole network; and what it
brings on pictures that have chosen nothing, beside the usual recipe.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hydranet import Application, Experiment, FineTuning, Folder, SingleLabel, evaluate, load_config, train
from hydranet.data import Reader, Wanted
from hydranet.distribution import choose_distribution
from hydranet.features._prepare import load_splits, resolve_tasks
from hydranet.model._trunk import Trunk
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import find_pictures, write_config
from hydranet_bench.fine_tuning.keras_recipe import accuracies
from hydranet_bench.joint_steps import JointSteps
from hydranet_bench.sizes import IS_FULL, SIZE


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


def test_gains(results, show_target, assets, weights, tmp_path):
    differences, lost, above = [], [], []
    for name, path in sets_with_test(assets, tmp_path).items():
        frozen = trained(name, path, weights, tmp_path / f"{name} frozen", ())
        before = accuracy_on_test(frozen, name)
        for seed in range(SIZE.tuning_seeds):
            run = trained(name, path, weights, tmp_path / f"{name} {seed}", (FineTuning(),), seed)
            [phase], after = run.metrics["fine_tuning"], accuracy_on_test(run, name)
            of_task = phase["tasks"][name]
            printed = of_task["after"] - of_task["before"] if of_task["kept"] else 0.0
            of_recipe = accuracies(
                read_splits(run.experiment.tasks[name]),
                len(run.experiment.tasks[name].classes),
                None if weights == "random" else weights,
                epochs=SIZE.recipe_epochs,
                seed=seed,
            )
            differences.append(printed - (after - before))
            lost.append(before - after)
            above.append(after - of_recipe[1])
            results.add(
                "fine_tuning_gains",
                [
                    {
                        "set": name,
                        "seed": seed,
                        "feature": run.metrics["tasks"][name]["feature"],
                        "kept": of_task["kept"],
                        "validation_before": round(of_task["before"], 4),
                        "validation_after": round(of_task["after"], 4),
                        "test_before": round(before, 4),
                        "test_after": round(after, 4),
                        "usual_recipe_before": round(of_recipe[0], 4),
                        "usual_recipe_after": round(of_recipe[1], 4),
                    }
                ],
            )
    show_target(
        "fine-tuning: printed gain above that on the test split, mean", np.mean(differences), at_most=0.01
    )
    show_target("fine-tuning: accuracy lost on the test split, at worst", max(lost), at_most=0.01)
    show_target("fine-tuning: test accuracy above the usual recipe's, mean", np.mean(above), at_least=0.0)


def sets_with_test(assets, folder):
    """Return folders with a test split by name; where there is none, what was to validate is the test split."""
    if not (IS_FULL and assets):
        return {"cats_dogs": with_test(find_pictures(assets, folder / "drawings")["cats_dogs"], folder)}
    data = assets / "data"
    return {
        "signs": data / "signs",
        "trash": data / "trash",
        "cats_dogs": with_test(data / "cats_dogs", folder),
    }


def with_test(pictures, folder):
    root = folder / pictures.name
    root.mkdir(parents=True)
    for split, given in (("train", "train"), ("test", "validation")):
        (root / split).symlink_to(Path(pictures, given).resolve(), target_is_directory=True)
    return root


def trained(name, path, weights, folder, phases, seed=0):
    backbone = Application("MobileNetV2", image_size=SIZE.training_image_size, weights=weights)
    task = SingleLabel(name=name, data=Folder(str(path)))
    return train(Experiment(tasks={name: task}, backbone=backbone, fine_tuning=phases, seed=seed), folder)


def accuracy_on_test(run, name):
    return evaluate(run, split="test")[name]["accuracy"]


def read_splits(task):
    """Return the pictures and class indices of each split."""
    size, splits = SIZE.training_image_size, {}
    for split, dataset in load_splits(task).items():
        with Reader((size, size)) as reader:
            wanted = [
                Wanted(picture, hashes, (0,))
                for picture, hashes in zip(
                    dataset.pictures, dataset.picture_hashes.reshape(-1, 2), strict=True
                )
            ]
            images = np.stack([image for [image] in reader.read(wanted)]).round().astype(np.uint8)
        splits[split] = images, task.encode(dataset.labels)
    return splits
