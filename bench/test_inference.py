"""From files on disk to decoded predictions of many heads: against the bare engine, and against Keras."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice

import numpy as np
import pytest
import tensorflow as tf

from bench.alternating import time_alternately
from bench.launcher import run_python
from bench.models import engines
from bench.pictures import TASKS, find_pictures
from bench.runs import make_run
from bench.sizes import SIZE
from hydranet import Predictor
from hydranet.data.images import decode_image
from hydranet.inference.engine_files import EngineFiles

NUM_HEADS = 48
BATCH_SIZE = 32
PRECISIONS = {
    "onnxruntime": ("float32", "int8"),
    "openvino": ("float32", "bfloat16", "int8"),
    "litert": ("float32", "int8"),
}


@pytest.fixture(scope="module")
def folders(assets, tmp_path_factory):
    return find_pictures(assets, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def paths(folders):
    """The picture files that are predicted; at smoke size there are few, which stand several times."""
    found = [path for task in TASKS for path in sorted((folders[task] / "validation").glob("*/*.*"))]
    places = np.linspace(0, len(found) - 1, min(SIZE.num_pictures, len(found))).astype(int)
    return list(islice(cycle(found[place] for place in places), SIZE.num_pictures))


@pytest.mark.parametrize("image_size", SIZE.image_sizes)
def test_files_to_predictions(benchmark, results, show_target, weights, folders, paths, tmp_path, image_size):
    run = make_run(tmp_path / "run", NUM_HEADS, image_size, weights, folders["cats_dogs"])
    images = np.stack(decode(paths, image_size))
    cases = {
        ("keras", "float32", "predict"): lambda: run.model.predict(
            keras_pictures(paths, image_size), verbose=0
        ),
        ("pillow", "-", "decode"): lambda: decode(paths, image_size),
        ("tensorflow", "float32", "predict"): partial(Predictor(run, batch_size=BATCH_SIZE).predict, paths),
    }
    for engine in engines():
        for precision in PRECISIONS[engine]:
            predictor = Predictor(run, engine=engine, precision=precision, batch_size=BATCH_SIZE)
            networks, _ = EngineFiles.of_run(run.folder / "engines", engine, precision).load(precision)
            cases[engine, precision, "predict"] = partial(predictor.predict, paths)
            cases[engine, precision, "bare engine"] = partial(in_batches, networks.trunk, images)
    times = time_alternately(benchmark, cases, SIZE.inference_rounds, warmup_rounds=1)

    results.add(
        "files_to_predictions",
        [
            {
                "image_size": image_size,
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
        best = f"{image_size} px, {NUM_HEADS} heads {what}"
        show_target(
            f"{best}: share of the throughput of {engine} {precision} and decoding", reached, at_least=0.85
        )
        fastest = min(seconds[each, kind, "predict"] for each, kind in among)
        faster = seconds["keras", "float32", "predict"] / fastest
        show_target(f"{best}: times keras.Model.predict", faster, at_least=3)


@pytest.mark.parametrize("engine", ["tensorflow", *engines()])
def test_a_thousand_heads(benchmark, results, show_target, weights, folders, tmp_path, engine):
    image_size, num_heads = SIZE.image_sizes[0], SIZE.num_heads[-1]
    runs = {
        count: make_run(tmp_path / str(count), count, image_size, weights, folders["cats_dogs"])
        for count in (1, num_heads)
    }
    predictors = {count: Predictor(run, engine=engine, batch_size=BATCH_SIZE) for count, run in runs.items()}
    images = (
        np.random.default_rng(0).uniform(0, 255, (BATCH_SIZE, image_size, image_size, 3)).astype(np.float32)
    )
    cases = {
        "bare": partial(predictors[1].answer, images, [[]] * BATCH_SIZE),
        "one": partial(predictors[1].answer, images),
        "many": partial(predictors[num_heads].answer, images),
    }
    times = time_alternately(benchmark, cases, SIZE.rounds)
    memory = {
        count: run_python(["-m", "bench.predictor_memory", run.folder, engine, BATCH_SIZE]).result()
        for count, run in runs.items()
    }

    ratio = times["many"].median / times["bare"].median
    larger = memory[num_heads]["rss_mib"] / memory[1]["rss_mib"]
    results.add(
        "many_heads",
        [
            {
                "engine": engine,
                "image_size": image_size,
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


def decode(paths, image_size):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda path: decode_image(path.read_bytes(), (image_size, image_size)), paths))


def in_batches(function, images):
    for start in range(0, len(images), BATCH_SIZE):
        function(images[start : start + BATCH_SIZE])


def keras_pictures(paths, image_size):
    """What a user of Keras would write: a dataset that decodes and resizes beside the computing."""

    def read(path):
        image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        return tf.image.resize(image, (image_size, image_size))

    dataset = tf.data.Dataset.from_tensor_slices(list(map(str, paths)))
    return dataset.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
