"""The three tasks against what one would use instead: Keras, a model per task or one for all, and PyTorch."""

import json
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from hydranet_bench.alternating import Timing
from hydranet_bench.animals import TASKS, find_pictures, write_config
from hydranet_bench.launcher import Finished, run_python
from hydranet_bench.sizes import IS_FULL, SIZE

IMAGE_SIZE = SIZE.training_image_size
EPOCHS = f"{SIZE.epochs} epoch{'s' * (SIZE.epochs > 1)}"

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="pip install 'hydranet[peers]'")

RECIPE, OUTPUTS, TORCH = "usual Keras recipe", "Keras model with three outputs", "PyTorch"
ONCE = "features once, L-BFGS"
KERAS = f"augmentation, Adam 1e-3, {EPOCHS}"
# The settings to show, and the command.
JOBS = {
    RECIPE: (f"a model per task, {KERAS}", ["hydranet_bench.others.keras_recipe"]),
    OUTPUTS: (f"one base, pictures kept in memory, {KERAS}", ["hydranet_bench.others.keras_multi_output"]),
    TORCH: (f"{ONCE}, float32", ["hydranet_bench.others.torch_features"]),
}
# The settings to show, what predicts, and the job whose models it has.
SYSTEMS = {
    "three Keras models": ("decoded once, float32", "keras_recipe", RECIPE),
    OUTPUTS: ("float32", "keras_multi_output", OUTPUTS),
    TORCH: ("one backbone, float32", "torch_features", TORCH),
}
if IS_FULL:  # at smoke size, the suites for training and for engines run what hydranet does here
    JOBS["PyTorch, bfloat16"] = f"{ONCE}, bfloat16", ["hydranet_bench.others.torch_features", "--bfloat16"]
    SYSTEMS["hydranet on TensorFlow"] = "float32", "tensorflow", "hydranet"
    engine = ["--set", "features.engine=tensorflow"]
    JOBS["hydranet, features by TensorFlow"] = f"{ONCE}, float32", ["hydranet", "train", *engine]
    JOBS["hydranet"] = f"{ONCE}, float32", ["hydranet", "train"]
    JOBS["hydranet, features stored"] = "the same command again", ["hydranet", "train"]
    SYSTEMS["hydranet on its fastest engine"] = "float32", "fastest", "hydranet"


def parameters(cases: Iterable[str]) -> list[Any]:
    """Return the names of the cases, as parameters of a test."""
    return [pytest.param(name, marks=needs_torch if name.startswith(TORCH) else ()) for name in cases]


@pytest.fixture(scope="module")
def pictures(assets, tmp_path_factory) -> dict[str, Path]:
    found = find_pictures(assets, tmp_path_factory.mktemp("pictures"))
    return found if IS_FULL else {task: found[task] for task in TASKS[1:]}


@pytest.fixture(scope="module")
def weights_path(weights, tmp_path_factory) -> str:
    """The one file of weights that all systems load."""
    if weights != "random":
        return weights
    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    keras.applications.MobileNetV2(include_top=False, weights=None).save_weights(path)
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where each job leaves its models, for the predictions."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def finished() -> dict[str, Finished]:
    """The jobs that have run."""
    return {}


@needs_torch
def test_features_of_torch_are_those_of_keras(weights_path):
    import torch

    from hydranet_bench.others.torch_mobilenet import load_backbone

    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).repeat(20, 1).repeat(20, 2)
    images = pixels.astype(np.uint8)
    base = keras.applications.MobileNetV2(
        include_top=False, weights=weights_path, input_shape=images.shape[1:], pooling="avg"
    )
    expected = base(keras.applications.mobilenet_v2.preprocess_input(images.astype(np.float32))).numpy()
    with torch.inference_mode():
        features = load_backbone(weights_path)(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()

    np.testing.assert_allclose(features, expected, atol=1e-3)


@pytest.mark.parametrize("job", parameters(JOBS))
def test_training(benchmark, results, show_target, pictures, weights_path, folder, finished, tmp_path, job):
    settings, module = JOBS[job]
    models = folder / job
    data = [option for task, path in pictures.items() for option in ("--data", f"{task}={path}")]
    command = ["-m", *module, *data, "--weights", weights_path]
    if job.startswith("hydranet"):
        command += [write_config(tmp_path), "--set", f"backbone.image_size={IMAGE_SIZE}"]
        command += ["--run", models, "--format", "json"]
    else:
        models.mkdir()
        command += ["--models", models, "--image-size", IMAGE_SIZE, "--epochs", SIZE.epochs]
    store = {"HYDRANET_FEATURES_DIR": folder / "store"}

    done = benchmark.pedantic(lambda: run_python(command, store), rounds=1)

    finished[job] = done
    recipe, first = finished.get(RECIPE), finished.get("hydranet")
    printed = done.result()
    accuracies = {task: printed["tasks"][task]["accuracy"] for task in pictures}
    results.add(
        "main_job",
        [
            {
                "job": job,
                "settings": _with_version(job, settings),
                "num_pictures": sum(len(list(path.glob("*/*/*"))) for path in pictures.values()),
                "seconds": done.seconds,
                "times_faster_than_recipe": round(recipe.seconds / done.seconds, 2) if recipe else "",
                "peak_rss_mib": done.peak_rss_mib,
                **{f"{task}_accuracy": round(accuracy, 4) for task, accuracy in accuracies.items()},
            }
        ],
    )
    if job == "hydranet":
        if recipe:
            times = recipe.seconds / done.seconds
            show_target("main job, times faster than the recipe", times, at_least=8)
        show_target("main job, peak memory in GiB", done.peak_rss_mib / 1024, at_most=1.5)
    if job == "hydranet, features stored" and first:
        assert printed["pictures"]["num_passed_through_backbone"] == 0
        assert printed["tasks"] == first.result()["tasks"]
        show_target("main job again, features stored, seconds", done.seconds, at_most=20)


@pytest.fixture(scope="module")
def files(pictures, folder) -> dict[str, tuple[str, str]]:
    """Task and class of each file that is predicted; at smoke size there are few."""
    found = {
        str(path): (task, path.parent.name)
        for task in pictures
        for path in sorted((pictures[task] / "validation").glob("*/*.*"))
    }
    places = np.linspace(0, len(found) - 1, min(SIZE.num_pictures, len(found))).astype(int)
    chosen = [list(found)[place] for place in places]
    (folder / "files.json").write_text(json.dumps(list(islice(cycle(chosen), SIZE.num_pictures))))
    return {path: found[path] for path in chosen}


@pytest.mark.parametrize("name", parameters(SYSTEMS))
def test_prediction(benchmark, results, pictures, folder, files, name):
    settings, system, job = SYSTEMS[name]
    models = folder / job
    if not models.is_dir():
        pytest.skip("it needs the models of the training: run the whole file")
    command = ["-m", "hydranet_bench.others.prediction", system, models, folder / "files.json"]

    done = benchmark.pedantic(lambda: run_python([*command, SIZE.inference_rounds]), rounds=1)

    printed = done.result()
    timing = Timing(*printed["seconds"])
    paths = json.loads((folder / "files.json").read_text())
    right = {
        task: [
            files[path][1] == answer
            for path, answer in zip(paths, answers, strict=True)
            if files[path][0] == task
        ]
        for task, answers in printed["answers"].items()
    }
    results.add(
        "others_prediction",
        [
            {
                "system": name,
                "settings": _with_version(name, settings),
                "image_size": IMAGE_SIZE,
                "num_pictures": len(paths),
                **timing.columns("s"),
                "images_per_second": round(len(paths) / timing.median, 1),
                "peak_rss_mib": done.peak_rss_mib,
                **{f"{task}_accuracy": round(float(np.mean(right[task])), 4) for task in pictures},
            }
        ],
    )


def _with_version(name: str, settings: str) -> str:
    return f"{version('torch')}: {settings}" if name.startswith(TORCH) else settings
