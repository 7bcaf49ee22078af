"""Engines: the same backbone in TensorFlow, ONNX Runtime, OpenVINO and LiteRT, in every precision that each has."""

from functools import lru_cache, partial

import numpy as np
import pytest

from hydranet.data._images import decode_image
from hydranet.engines._as_network import as_network
from hydranet.engines._engines import ENGINES
from hydranet_bench import models
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import TASKS, find_pictures
from hydranet_bench.models import compiled_trunk, engines
from hydranet_bench.sizes import SIZE


@pytest.fixture(scope="module")
def contents(assets, tmp_path_factory):
    """The bytes of real pictures of all tasks."""
    folders = find_pictures(assets, tmp_path_factory.mktemp("pictures"))
    paths = [path for task in TASKS for path in sorted((folders[task] / "train").glob("*/*.*"))]
    return [paths[place].read_bytes() for place in np.linspace(0, len(paths) - 1, 96).astype(int)]


@pytest.fixture(scope="module")
def functions_of(weights, contents, tmp_path_factory):
    """Make the backbone for pictures of one size, by engine and precision, with pictures of that size."""

    @lru_cache
    def make(image_size):
        folder, trunk, functions = (
            tmp_path_factory.mktemp("engines"),
            models.trunk(0, image_size, weights),
            {},
        )
        images = np.stack([decode_image(content, (image_size, image_size)) for content in contents])
        network = as_network(trunk, trunk.image_shape, input_name="images")
        for engine, precision in ways():
            path = folder / f"{engine.name}-{precision}{engine.suffixes[0]}"
            engine.convert(network, path, precision=precision, calibration=images)
            functions[engine.name, precision] = engine.load(path, precision=precision)
        return trunk, images, functions

    return make


def ways():
    return [(ENGINES[name], precision) for name in engines() for precision in ENGINES[name].precisions]


@pytest.mark.parametrize("batch_size", SIZE.batch_sizes)
@pytest.mark.parametrize("image_size", SIZE.image_sizes)
def test_engines(benchmark, results, functions_of, image_size, batch_size):
    trunk, images, functions = functions_of(image_size)
    batch = images[:batch_size]
    computed = {("tensorflow", "float32"): compiled_trunk(trunk, batch_size), **functions}
    cases = {key: partial(pooled, function, batch) for key, function in computed.items()}
    expected = cases["tensorflow", "float32"]()
    differences = {key: float(np.abs(run() - expected).max()) for key, run in cases.items()}
    times = time_alternately(benchmark, cases, SIZE.rounds)
    results.add(
        "engines",
        [
            {
                "image_size": image_size,
                "batch_size": batch_size,
                "engine": engine,
                "precision": precision,
                **timing.columns(),
                "images_per_second": round(batch_size / timing.median, 1),
                "largest_difference": round(differences[engine, precision], 6),
                "largest_feature": round(float(np.abs(expected).max()), 3),
            }
            for (engine, precision), timing in times.items()
        ],
    )


def pooled(function, batch):
    return function(batch)["pooled"]
