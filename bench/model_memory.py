"""Print how much memory models take: `python -m bench.model_memory KIND NUM_HEADS IMAGE_SIZE BATCH_SIZE WEIGHTS`."""

import json
import sys

import numpy as np
import psutil

from bench.models import compiled, separate_models, shared_model


def measure(kind: str, num_heads: int, image_size: int, batch_size: int, weights: str) -> dict[str, float]:
    """Return the size of all parameters, and how much the process grew until the first outputs were there."""
    images = np.zeros((batch_size, image_size, image_size, 3), np.float32)
    compiled(shared_model(1, 32, "random"), 1)(images[:1, :32, :32])  # what any model needs, once
    before = psutil.Process().memory_info().rss
    models = [shared_model(num_heads, image_size, weights)]
    if kind == "separate":
        models = separate_models(models[0], num_heads, image_size, weights)
    for run in [compiled(model, batch_size) for model in models]:
        run(images)
    grown = psutil.Process().memory_info().rss - before
    num_parameters = sum(model.count_params() for model in models)
    return {"parameters_mb": round(4 * num_parameters / 1e6, 2), "rss_growth_mb": round(grown / 1e6, 1)}


if __name__ == "__main__":
    kind, num_heads, image_size, batch_size, weights = sys.argv[1:]
    print(json.dumps(measure(kind, int(num_heads), int(image_size), int(batch_size), weights)))
