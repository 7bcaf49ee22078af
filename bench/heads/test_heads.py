"""One shared backbone against one model per task, for 1 to 1,000 linear heads of ten classes."""

import numpy as np
import pytest

from hydranet import Predictor
from hydranet.model._cost import model_multiply_adds
from hydranet_bench.alternating import time_alternately
from hydranet_bench.launcher import run_python
from hydranet_bench.models import compiled, compiled_trunk, separate_models, shared_model
from hydranet_bench.sizes import SIZE

MOST_SEPARATE = 3
LARGEST_RATIO_TO_BARE = {48: 1.03, 1_000: 1.15}


@pytest.mark.parametrize("num_heads", SIZE.num_heads)
@pytest.mark.parametrize("batch_size", SIZE.batch_sizes)
@pytest.mark.parametrize("image_size", SIZE.image_sizes)
def test_shared_against_separate(benchmark, results, show_target, weights, image_size, batch_size, num_heads):
    pixels = np.random.default_rng(0).integers(0, 256, (batch_size, image_size, image_size, 3), np.uint8)
    images = pixels.astype(np.float32)
    model = shared_model(num_heads, image_size, weights)
    num_separate = min(num_heads, MOST_SEPARATE)
    separate_heads = separate_models(model, num_separate, image_size, weights)
    bare, shared = compiled_trunk(model.trunk, batch_size), compiled(model, batch_size)
    separate = [compiled(each, batch_size) for each in separate_heads]
    predictor = Predictor(model, batch_size=batch_size)
    _check_same_outputs(shared(images), model.heads(bare(images)))
    for run in separate:
        _check_same_outputs(run(images), shared(images))

    times = time_alternately(
        benchmark,
        {
            "bare backbone": lambda: bare(images),
            "shared": lambda: shared(images),
            "separate": lambda: [run(images) for run in separate],
            "predict": lambda: predictor.predict(pixels),
        },
        SIZE.rounds,
    )

    setting = {"image_size": image_size, "batch_size": batch_size, "num_heads": num_heads}
    bare_s = times["bare backbone"].median
    results.add(
        "heads",
        [
            {
                **setting,
                "case": f"{num_separate} separate" if case == "separate" else case,
                **timing.columns(),
                "images_per_second": round(batch_size / timing.median, 1),
                "ratio_to_bare": round(timing.median / bare_s, 3),
            }
            for case, timing in times.items()
        ],
    )
    shared_s, separate_s = times["shared"].median, times["separate"].median * num_heads / num_separate
    bound = num_heads * model_multiply_adds(separate_heads[0]) / model_multiply_adds(model)
    results.add(
        "shared_against_separate",
        [
            {
                **setting,
                "shared_ms": round(1e3 * shared_s, 3),
                "separate_ms": round(1e3 * separate_s, 3),
                "measured": num_heads == num_separate,
                "times_faster": round(separate_s / shared_s, 3),
                "bound": round(bound, 3),
                "share_of_bound": round(separate_s / shared_s / bound, 3),
            }
        ],
    )
    where = f"{image_size} px, batch {batch_size}"
    if num_heads in LARGEST_RATIO_TO_BARE:
        what, largest = f"{num_heads} heads, time over the bare backbone's", LARGEST_RATIO_TO_BARE[num_heads]
        show_target(f"{what}, {where}", shared_s / bare_s, at_most=largest)
    if num_heads == MOST_SEPARATE:
        what = "three separate models, time over one shared"
        show_target(f"{what}, {where}", separate_s / shared_s, at_least=2.9)


@pytest.mark.parametrize("num_heads", SIZE.num_heads_in_memory)
def test_memory_and_model_size(benchmark, results, weights, num_heads):
    kinds = ["shared", "separate"] if num_heads <= MOST_SEPARATE else ["shared"]
    size = (SIZE.image_sizes[0], SIZE.batch_sizes[-1])
    measured = {}

    def measure() -> None:
        for kind in kinds if num_heads > 1 else ["shared"]:
            finished = run_python(
                ["-m", "hydranet_bench.heads.model_memory", kind, num_heads, *size, weights]
            )
            measured[kind] = finished.result()

    benchmark.pedantic(measure, rounds=1)
    # With one head, there is nothing to share: both are the same.
    rows = [
        {"kind": kind, "num_heads": num_heads, **measured.get(kind, measured["shared"])} for kind in kinds
    ]
    results.add("heads_memory", rows)


def _check_same_outputs(outputs, expected):
    for name, output in outputs.items():
        largest = max(float(np.abs(expected[name]).max()), 1e-30)
        np.testing.assert_allclose(output, expected[name], rtol=0, atol=1e-5 * largest)
