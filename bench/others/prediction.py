"""Print how long a system takes from files to every task's class, and what it says.

    python -m hydranet_bench.others.prediction SYSTEM FOLDER FILES.json ROUNDS

SYSTEM is one of the modules that train with another library, with the FOLDER of its models; or a hydranet engine, with
the FOLDER of a run. The first round warms up and is not timed.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

Answers = dict[str, list[str]]

OTHERS = ("keras_recipe", "keras_multi_output", "torch_features")


def main(system: str, folder: Path, files: Path, rounds: int) -> None:
    predict = open_predictor(system, folder)
    paths, seconds = json.loads(files.read_text()), []
    for _ in range(1 + rounds):
        start = time.perf_counter()
        answers = predict(paths)
        seconds.append(time.perf_counter() - start)
    timed = seconds[1:]
    print(json.dumps({"seconds": [median(timed), min(timed), max(timed)], "answers": answers}))


def open_predictor(system: str, folder: Path) -> Callable[[Sequence[str]], Answers]:
    """Return what gives every task's class for each of some files."""
    if system in OTHERS:
        return importlib.import_module(f"hydranet_bench.others.{system}").open_predictor(folder)
    from hydranet import Predictor

    predictor = Predictor(folder, engine=system)

    def predict(paths: Sequence[str]) -> Answers:
        predicted = predictor.predict(paths)
        return {task: [answers[task].label for answers in predicted] for task in predictor.tasks}

    return predict


if __name__ == "__main__":
    system, folder, files, rounds = sys.argv[1:]
    main(system, Path(folder), Path(files), int(rounds))
