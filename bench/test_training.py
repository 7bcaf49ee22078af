"""Training on stored features: against computing them, against the usual Keras recipe, and how it grows."""

import dataclasses
from itertools import count
from pathlib import Path

import pytest

from bench.alternating import time_alternately
from bench.launcher import ROOT, run_python
from bench.pictures import find_pictures
from bench.sizes import SIZE
from bench.training_memory import write_store
from hydranet import Run, load_config, train
from hydranet.experiment import FeaturesConfig

CONFIG = ROOT / "configs" / "animals.yaml"


@pytest.fixture(scope="module")
def pictures(assets, tmp_path_factory) -> dict[str, Path]:
    return find_pictures(assets, tmp_path_factory.mktemp("pictures"))


def test_stored_against_computed(benchmark, results, pictures, weights, tmp_path):
    numbers = count()
    overrides = {"backbone.weights": weights, "backbone.image_size": SIZE.training_image_size}
    experiment = load_config(CONFIG, overrides=overrides, data=pictures)

    def run(store: Path) -> Run:
        with_store = dataclasses.replace(experiment, features=FeaturesConfig(dir=str(store)))
        return train(with_store, tmp_path / "run")

    first = run(tmp_path / "filled")
    again = run(tmp_path / "filled")
    assert again.metrics["pictures"]["num_passed_through_backbone"] == 0
    assert again.metrics["tasks"] == first.metrics["tasks"]
    cases = {
        "features computed": lambda: run(tmp_path / f"empty_{next(numbers)}"),
        "features stored": lambda: run(tmp_path / "filled"),
    }
    times = time_alternately(benchmark, cases, SIZE.training_rounds, warmup_rounds=0)
    num_pictures = first.metrics["pictures"]["num_pictures"]
    rows = [{"case": case, "num_pictures": num_pictures, **each.columns("s")} for case, each in times.items()]
    results.add("stored_features", rows)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> dict[str, Path]:
    return {"HYDRANET_FEATURES_DIR": tmp_path_factory.mktemp("store")}


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs") / "first"


def test_main_job_against_the_keras_recipe(
    benchmark, results, show_target, pictures, weights, store, run_dir
):
    data = [option for task, folder in pictures.items() for option in ("--data", f"{task}={folder}")]
    size = SIZE.training_image_size
    command = ["-m", "hydranet", "train", CONFIG, *data, "--weights", weights, "--format", "json"]
    command += ["--set", f"backbone.image_size={size}"]
    recipe = [ROOT / "bench" / "keras_recipe.py", *data, "--image-size", size, "--epochs", SIZE.epochs]
    recipe += ["--weights", weights] if weights != "random" else []
    jobs: dict[str, tuple] = {}

    def run_all() -> None:
        for job, arguments in {
            "hydranet": [*command, "--run", run_dir],
            "hydranet, features stored": [*command, "--run", run_dir.with_name("second")],
            "usual Keras recipe": recipe,
        }.items():
            finished = run_python(arguments, store)
            jobs[job] = finished, finished.result()

    benchmark.pedantic(run_all, rounds=1)

    (first, trained), (second, again), (usual, _) = jobs.values()
    assert again["pictures"]["num_passed_through_backbone"] == 0
    assert again["tasks"] == trained["tasks"]
    results.add(
        "main_job",
        [
            {
                "job": job,
                "seconds": finished.seconds,
                "times_faster_than_recipe": round(usual.seconds / finished.seconds, 2),
                "peak_rss_mib": finished.peak_rss_mib,
                **{f"{task}_accuracy": round(_accuracies(printed)[task], 4) for task in pictures},
            }
            for job, (finished, printed) in jobs.items()
        ],
    )
    show_target("main job, times faster than the recipe", usual.seconds / first.seconds, at_least=8)
    show_target("main job again, features stored, seconds", second.seconds, at_most=20)
    show_target("main job, peak memory in GiB", first.peak_rss_mib / 1024, at_most=1.5)


def test_one_more_task_on_the_same_pictures(benchmark, results, pictures, store, run_dir):
    if not run_dir.is_dir():
        pytest.skip("it needs the run of the main job: run the whole file")
    data = ["--data", pictures["cats_dogs"]]

    finished = benchmark.pedantic(
        lambda: run_python(["-m", "hydranet", "add", run_dir, "one_more", *data], store), rounds=1
    )

    counts = Run(run_dir).metrics["pictures"]
    assert counts["num_passed_through_backbone"] == 0
    results.add("one_more_task", [{"seconds": finished.seconds, **_numbers(counts)}])


@pytest.mark.parametrize("num_rows", SIZE.num_rows)
def test_memory_of_training(benchmark, results, tmp_path, num_rows):
    write_store(tmp_path, num_rows)
    finished = benchmark.pedantic(
        lambda: run_python(["-m", "bench.training_memory", tmp_path, num_rows]), rounds=1
    )
    row = {"num_rows": num_rows, "seconds": finished.seconds, "peak_rss_mib": finished.peak_rss_mib}
    results.add("training_memory", [row])


def _accuracies(printed):
    return {task: metrics["accuracy"] for task, metrics in printed.get("tasks", printed).items()}


def _numbers(counts):
    return {name: value for name, value in counts.items() if name.startswith("num_")}
