"""Print how large models are.

python -m hydranet_bench.heads.model_memory KIND NUM_HEADS IMAGE_SIZE BATCH_SIZE WEIGHTS
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil

from hydranet import HydraNet
from hydranet_bench.models import compiled, separate_models, shared_model


def measure(kind: str, num_heads: int, image_size: int, batch_size: int, weights: str) -> dict[str, float]:
    """Return the number of parameters, the size of `model.keras`, and how much the process grew.

    It grew until the first outputs were there. Of separate models it is the sum over all.
    """
    images = np.zeros((batch_size, image_size, image_size, 3), np.float32)
    compiled(shared_model(1, 32, "random"), 1)(images[:1, :32, :32])  # what any model needs, once
    before = psutil.Process().memory_info().rss
    models = [shared_model(num_heads, image_size, weights)]
    if kind == "separate":
        models = separate_models(models[0], num_heads, image_size, weights)
    for run in [compiled(model, batch_size) for model in models]:
        run(images)
    grown = psutil.Process().memory_info().rss - before
    return {
        "num_parameters": sum(model.count_params() for model in models),
        "model_keras_mb": round(sum(map(_saved_bytes, models)) / 1e6, 2),
        "rss_growth_mb": round(grown / 1e6, 1),
    }


def _saved_bytes(model: HydraNet) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.stat().st_size


if __name__ == "__main__":
    kind, num_heads, image_size, batch_size, weights = sys.argv[1:]
    print(json.dumps(measure(kind, int(num_heads), int(image_size), int(batch_size), weights)))
