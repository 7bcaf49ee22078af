"""From files on disk to decoded predictions of many heads: against the bare engine, and against Keras."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice

import numpy as np
import pytest
import tensorflow as tf

from hydranet import Predictor
from hydranet.data._images import decode_image
from hydranet.inference._open_model import open_model
from hydranet.runs import find_source
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import TASKS, find_pictures
from hydranet_bench.launcher import run_python
from hydranet_bench.many_heads_run import make_run
from hydranet_bench.models import engines
from hydranet_bench.sizes import IS_FULL, SIZE

NUM_HEADS = 48
BATCH_SIZE = 32
PRECISIONS = {
    "onnxruntime": ("float32", "int8"),
    "openvino": ("float32", "bfloat16", "int8"),
    "litert": ("float32", "int8"),
}
# TensorFlow and one other: how many heads there are is the same to all others.
ENGINES = ["tensorflow", *engines()[:1]] if IS_FULL else engines() or ["tensorflow"]
START_UP_ENGINES = ["tensorflow", *engines()] if IS_FULL else ENGINES
IMAGE_SIZE = SIZE.image_sizes[-1]


@pytest.fixture(scope="module")
def folders(assets, tmp_path_factory):
    return find_pictures(assets, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def paths(folders):
    """The picture files that are predicted; at smoke size there are few, which stand several times."""
    found = [path for task in TASKS for path in sorted((folders[task] / "validation").glob("*/*.*"))]
    places = np.linspace(0, len(found) - 1, min(SIZE.num_pictures, len(found))).astype(int)
    return list(islice(cycle(found[place] for place in places), SIZE.num_pictures))


@pytest.mark.skipif(not engines(), reason="pip install 'hydranet[engines]'")
def test_files_to_predictions(benchmark, results, show_target, weights, folders, paths, tmp_path):
    run = make_run(tmp_path / "run", NUM_HEADS, IMAGE_SIZE, weights, folders["cats_dogs"])
    images = np.stack(decode(paths))
    cases = {
        ("keras", "float32", "predict"): lambda: run.model.predict(keras_pictures(paths), verbose=0),
        ("pillow", "-", "decode"): lambda: decode(paths),
        ("tensorflow", "float32", "predict"): partial(
            Predictor(run, engine="tensorflow", batch_size=BATCH_SIZE).predict, paths
        ),
    }
    for engine in engines():
        for precision in PRECISIONS[engine] if IS_FULL else ("float32",):
            predictor = Predictor(run, engine=engine, precision=precision, batch_size=BATCH_SIZE)
            networks = open_model(
                find_source(run), engine=engine, precision=precision, batch_size=BATCH_SIZE
            ).networks
            cases[engine, precision, "predict"] = partial(predictor.predict, paths)
            cases[engine, precision, "bare engine"] = partial(in_batches, networks.trunk, images)
    times = time_alternately(benchmark, cases, SIZE.inference_rounds, warmup_rounds=1)

    results.add(
        "files_to_predictions",
        [
            {
                "image_size": IMAGE_SIZE,
                "num_heads": NUM_HEADS,
                "batch_size": BATCH_SIZE,
                "engine": engine,
                "precision": precision,
                "case": case,
                **timing.columns(),
                "images_per_second": round(len(paths) / timing.median, 1),
            }
            for (engine, precision, case), timing in times.items()
        ],
    )
    seconds = {key: timing.median for key, timing in times.items()}
    bare = {key[:2]: value for key, value in seconds.items() if key[2] == "bare engine"}
    for what, among in (
        ("in float32", [key for key in bare if key[1] == "float32"]),
        ("in any precision", list(bare)),
    ):
        engine, precision = min(among, key=bare.__getitem__)
        floor = bare[engine, precision] + seconds["pillow", "-", "decode"]
        reached = floor / seconds[engine, precision, "predict"]
        best = f"{IMAGE_SIZE} px, {NUM_HEADS} heads {what}"
        show_target(
            f"{best}: share of the throughput of {engine} {precision} and decoding", reached, at_least=0.85
        )
        fastest = min(seconds[each, kind, "predict"] for each, kind in among)
        faster = seconds["keras", "float32", "predict"] / fastest
        show_target(f"{best}: times keras.Model.predict", faster, at_least=3)


@pytest.fixture(scope="module")
def runs(weights, folders, tmp_path_factory):
    """Runs with one head and with many, by the number of heads."""
    folder, pictures = tmp_path_factory.mktemp("runs"), folders["cats_dogs"]
    return {
        count: make_run(folder / str(count), count, IMAGE_SIZE, weights, pictures)
        for count in (1, SIZE.num_heads[-1])
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_a_thousand_heads(benchmark, results, show_target, runs, engine):
    num_heads = max(runs)
    predictors = {count: Predictor(run, engine=engine, batch_size=BATCH_SIZE) for count, run in runs.items()}
    images = (
        np.random.default_rng(0).uniform(0, 255, (BATCH_SIZE, IMAGE_SIZE, IMAGE_SIZE, 3)).astype(np.float32)
    )
    cases = {
        "bare": partial(predictors[1].answer, images, [[]] * BATCH_SIZE),
        "one": partial(predictors[1].answer, images),
        "many": partial(predictors[num_heads].answer, images),
    }
    times = time_alternately(benchmark, cases, SIZE.rounds)
    memory = {
        count: run_python(
            ["-m", "hydranet_bench.inference.predictor_memory", run.folder, engine, BATCH_SIZE]
        ).result()
        for count, run in runs.items()
    }

    ratio = times["many"].median / times["bare"].median
    larger = memory[num_heads]["rss_mib"] / memory[1]["rss_mib"]
    results.add(
        "many_heads",
        [
            {
                "engine": engine,
                "image_size": IMAGE_SIZE,
                "batch_size": BATCH_SIZE,
                "num_heads": num_heads,
                "bare_ms": round(1e3 * times["bare"].median, 2),
                "one_head_ms": round(1e3 * times["one"].median, 2),
                "many_heads_ms": round(1e3 * times["many"].median, 2),
                "ratio_to_bare": round(ratio, 3),
                "one_head_rss_mib": memory[1]["rss_mib"],
                "many_heads_rss_mib": memory[num_heads]["rss_mib"],
                "memory_ratio": round(larger, 3),
            }
        ],
    )
    show_target(f"{engine}: {num_heads} heads, time over the bare backbone's", ratio, at_most=1.15)
    show_target(f"{engine}: {num_heads} heads, memory over that of one", larger, at_most=1.15)


def test_start_up(benchmark, results, show_target, runs, paths):
    """From the shell to the answer for one picture, with the engine's files there."""
    peaks: dict[str, float] = {}

    def predict(engine: str) -> None:
        command = ["-m", "hydranet", "predict", runs[1].folder, paths[0], "--format", "json"]
        peaks[engine] = run_python([*command, "--engine", engine]).peak_rss_mib

    cases = {engine: partial(predict, engine) for engine in START_UP_ENGINES}
    times = time_alternately(benchmark, cases, SIZE.inference_rounds, warmup_rounds=1)

    rows = [
        {"engine": engine, **timing.columns("s"), "peak_rss_mib": peaks[engine]}
        for engine, timing in times.items()
    ]
    results.add("start_up", rows)
    fastest = min(timing.median for timing in times.values())
    show_target("from the shell to one picture's answer on the fastest engine, seconds", fastest, at_most=1.5)


def decode(paths):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda path: decode_image(path.read_bytes(), (IMAGE_SIZE, IMAGE_SIZE)), paths))


def in_batches(function, images):
    for start in range(0, len(images), BATCH_SIZE):
        function(images[start : start + BATCH_SIZE])


def keras_pictures(paths):
    """What a user of Keras would write: a dataset that decodes and resizes beside the computing."""

    def read(path):
        image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        return tf.image.resize(image, (IMAGE_SIZE, IMAGE_SIZE))

    dataset = tf.data.Dataset.from_tensor_slices(list(map(str, paths)))
    return dataset.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
