"""Print the memory of a process that predicts.

python -m hydranet_bench.inference.predictor_memory RUN ENGINE BATCH_SIZE
"""

import json
import sys

import numpy as np
import psutil

from hydranet import Predictor


def measure(run: str, engine: str, batch_size: int) -> dict[str, float]:
    """Return the size of the whole process, in MiB, when it has answered all tasks a few times."""
    predictor = Predictor(run, engine=engine, batch_size=batch_size)
    images = np.zeros((batch_size, *predictor.image_size, 3), np.float32)
    for _ in range(3):
        predictor.answer(images)
    return {
        "num_heads": len(predictor.tasks),
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20, 1),
    }


if __name__ == "__main__":
    run, engine, batch_size = sys.argv[1:]
    print(json.dumps(measure(run, engine, int(batch_size))))
