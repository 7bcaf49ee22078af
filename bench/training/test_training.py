"""Training on stored features: against computing them, of one more task, and against scikit-learn."""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hydranet import Run, load_config, train
from hydranet.data import HELD_OUT_SHARE, held_out
from hydranet.evaluation._measure import evaluate_head
from hydranet.experiment import FeaturesConfig
from hydranet.features._prepare import feature_space, load_splits
from hydranet.training._fit_head import try_head
from hydranet.training._head_examples import HeadExamples
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import TASKS, find_pictures, write_config
from hydranet_bench.launcher import run_python
from hydranet_bench.sizes import SIZE
from hydranet_bench.training.scikit_learn import fit_scikit_learn


@pytest.fixture(scope="module")
def pictures(assets, tmp_path_factory) -> dict[str, Path]:
    return find_pictures(assets, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs") / "animals"


def test_stored_against_computed(benchmark, results, pictures, weights, run_dir, tmp_path):
    overrides = {"backbone.weights": weights, "backbone.image_size": SIZE.training_image_size}
    experiment = load_config(write_config(tmp_path), overrides=overrides, data=pictures)
    stores: list[Path] = []
    metrics: dict[str, dict[str, Any]] = {}

    def run(case: str) -> None:
        with_store = dataclasses.replace(experiment, features=FeaturesConfig(dir=str(stores[-1])))
        metrics[case] = train(with_store, run_dir).metrics  # read now: the next round writes there again

    def compute() -> None:
        stores.append(tmp_path / f"store_{len(stores)}")
        run("features computed")

    # The first round begins with the last case, so that the other one finds a store.
    cases = {"features stored": lambda: run("features stored"), "features computed": compute}
    times = time_alternately(benchmark, cases, SIZE.training_rounds, warmup_rounds=0)
    first, again = metrics["features computed"], metrics["features stored"]
    assert again["pictures"]["num_passed_through_backbone"] == 0
    assert again["tasks"] == first["tasks"]
    num_pictures = first["pictures"]["num_pictures"]
    rows = [{"case": case, "num_pictures": num_pictures, **each.columns("s")} for case, each in times.items()]
    results.add("stored_features", rows)


def test_one_more_task_on_the_same_pictures(benchmark, results, pictures, run_dir):
    if not run_dir.is_dir():
        pytest.skip("it needs the run of another test: run the whole file")
    command = ["-m", "hydranet", "add", run_dir, "one_more", "--data", pictures["cats_dogs"]]

    finished = benchmark.pedantic(lambda: run_python(command), rounds=1)

    counts = Run(run_dir).metrics["pictures"]
    assert counts["num_passed_through_backbone"] == 0
    results.add("one_more_task", [{"seconds": finished.seconds, **_numbers(counts)}])


def test_heads_against_scikit_learn(benchmark, results, show_target, run_dir):
    """The same heads on the same stored features, standardised, with the penalty chosen on the same held-out part."""
    if not run_dir.is_dir():
        pytest.skip("it needs the run of another test: run the whole file")
    run = Run(run_dir)
    experiment = run.experiment
    space = feature_space(run.model.trunk.giving(["pooled"]), experiment, "pooled")
    tasks = {name: (experiment.tasks[name], load_splits(experiment.tasks[name])) for name in TASKS}
    accuracies: dict[tuple[str, str], float] = {}

    def by_hydranet(name: str) -> None:
        task, splits = tasks[name]
        training, validation = splits["train"], splits["validation"]
        features = space.features(training.hashes)
        examples = HeadExamples.of(task, [features], training.labels, training.hashes)
        head, _ = try_head(task, examples, experiment.training).finish()
        measured = evaluate_head(head, task, space.features(validation.hashes), validation.labels)
        accuracies[name, "hydranet"] = measured["accuracy"]

    def by_scikit_learn(name: str) -> None:
        training, validation = tasks[name][1]["train"], tasks[name][1]["validation"]
        judging = held_out(training.hashes, HELD_OUT_SHARE, word=1)
        head = fit_scikit_learn(space.features(training.hashes).read(), np.array(training.labels), judging)
        inputs = space.features(validation.hashes).read()
        accuracies[name, "scikit-learn"] = head.score(inputs, validation.labels)

    jobs = {"hydranet": by_hydranet, "scikit-learn": by_scikit_learn}
    cases = {(name, case): partial(job, name) for name in tasks for case, job in jobs.items()}
    times = time_alternately(benchmark, cases, 1, warmup_rounds=0)
    results.add(
        "scikit_learn",
        [
            {
                "task": name,
                "case": case,
                "num_examples": len(tasks[name][1]["train"]),
                "num_classes": len(tasks[name][0].classes),
                "seconds": round(timing.median, 3),
                "accuracy": round(accuracies[name, case], 4),
            }
            for (name, case), timing in times.items()
        ],
    )
    ours, theirs = (sum(times[name, case].median for name in tasks) for case in jobs)
    show_target("all heads, times faster than scikit-learn", theirs / ours, at_least=1)


def _numbers(counts):
    return {name: value for name, value in counts.items() if name.startswith("num_")}
