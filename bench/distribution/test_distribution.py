"""Several replicas on one machine, and two workers: what distribution costs, and whether it changes results.

The logical devices of one CPU share its cores, so nothing is gained there: what is measured is the overhead.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hydranet import FineTuning
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import find_pictures, write_config
from hydranet_bench.launcher import ROOT
from hydranet_bench.sizes import IS_FULL, SIZE

WHAT = {"steps": "joint fine-tuning", "extract": "feature extraction"}
NUM_WORKERS = 2
LARGEST_DIFFERENCE = 1e-3


class Processes:
    """Processes that do together what they are asked for: one, or one for each worker.

    Args:
        folder: for their results and logs.
        arguments: of `distribution_steps`, after the folder.
        environments: what each finds in its environment.
    """

    def __init__(
        self, folder: Path, arguments: Sequence[object], environments: Sequence[Mapping[str, str]]
    ) -> None:
        self._folder = folder
        folder.mkdir()
        command = [sys.executable, "-m", "hydranet_bench.distribution.replica_steps", folder, *arguments]
        self._processes = []
        for number, environment in enumerate(environments):
            with (folder / f"{number}.log").open("w") as log:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    cwd=ROOT,
                    env={"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ, **environment},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            self._processes.append(process)

    def answer(self) -> str:
        """Wait until all have answered, and return the answer of the first."""
        answers = [process.stdout.readline() for process in self._processes]
        if not all(answers):
            logs = [path.read_text()[-2000:] for path in sorted(self._folder.glob("*.log"))]
            raise RuntimeError("A process has ended:\n" + "\n".join(logs))
        return answers[0].strip()

    def ask(self, request: str) -> None:
        """Let all do one thing."""
        for process in self._processes:
            process.stdin.write(f"{request}\n")
            process.stdin.flush()
        self.answer()

    def results(self) -> dict[str, np.ndarray]:
        """Return what `steps` adds to the weights, and the features of `extract`."""
        with np.load(self._folder / "results.npz") as file:
            return dict(file)

    def close(self) -> None:
        for process in self._processes:
            process.stdin.close()  # which ends it
        for process in self._processes:
            process.wait()
            process.stdout.close()


@pytest.fixture
def start(assets, weights, tmp_path):
    """Return a function that starts processes; they end with the test."""
    data = [f"{task}={path}" for task, path in find_pictures(assets, tmp_path / "pictures").items()]
    config, started = write_config(tmp_path), []

    def start(name: str, num_replicas: object, *environments: Mapping[str, str]) -> Processes:
        processes = Processes(tmp_path / name, [config, weights, num_replicas, *data], environments)
        started.append(processes)
        return processes

    yield start
    for processes in started:
        processes.close()


def test_replicas_and_workers(benchmark, results, show_target, start):
    without_gpu = {"CUDA_VISIBLE_DEVICES": "-1"}
    groups = {("cpu", 1, 1): start("cpu_1", 1, without_gpu)}
    # When it answers, it has filled the store of activations, which all share.
    num_pictures = int(groups["cpu", 1, 1].answer())
    for count in SIZE.replicas[1:]:
        groups["cpu", count, 1] = start(f"cpu_{count}", count, without_gpu)
    if IS_FULL:
        workers = [{**without_gpu, "TF_CONFIG": config} for config in cluster()]
        groups["cpu", NUM_WORKERS, NUM_WORKERS] = start("workers", "all", *workers)
    for count in range(1, len(tf.config.list_physical_devices("GPU")) + 1):
        devices = ",".join(map(str, range(count)))
        on_gpus = {"CUDA_VISIBLE_DEVICES": devices, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
        groups["gpu", count, 1] = start(f"gpu_{count}", "all", on_gpus)
    for group in list(groups)[1:]:
        groups[group].answer()

    cases = {
        (group, request): lambda group=group, request=request: groups[group].ask(request)
        for request in WHAT
        for group in groups
    }
    times = time_alternately(benchmark, cases, SIZE.distributed_rounds, warmup_rounds=0)

    for group, request in cases:
        device, num_replicas, num_workers = group
        timing, one = times[group, request], times[(device, 1, 1), request]
        num_images = (
            num_pictures if request == "extract" else SIZE.fine_tuning_steps * FineTuning().batch_size
        )
        difference = distance(groups[group].results()[request], groups[device, 1, 1].results()[request])
        results.add(
            "distribution",
            [
                {
                    "device": device,
                    "replicas": num_replicas,
                    "workers": num_workers,
                    "what": WHAT[request],
                    "images_per_second": round(num_images / timing.median, 1),
                    **timing.columns("s"),
                    "overhead": round(timing.median / one.median - 1, 3),
                    "relative_difference": difference,
                }
            ],
        )
        if device == "cpu":
            assert difference < LARGEST_DIFFERENCE
            if num_replicas == max(SIZE.replicas):
                what = f"{WHAT[request]} on {num_replicas} replicas of one CPU, overhead"
                show_target(what, timing.median / one.median - 1, at_most=0.25)


def distance(array: np.ndarray, expected: np.ndarray) -> float:
    """Return how far an array is from what is expected, relative to the length of that."""
    return float(f"{np.linalg.norm(array - expected) / np.linalg.norm(expected):.2g}")


def cluster() -> list[str]:
    """Return the `TF_CONFIG` of each of the workers, on free ports of this machine."""
    sockets = [socket.socket() for _ in range(NUM_WORKERS)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    hosts = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    tasks = [{"type": "worker", "index": index} for index in range(NUM_WORKERS)]
    return [json.dumps({"cluster": {"worker": hosts}, "task": task}) for task in tasks]
