"""The server under many clients that ask different heads: throughput, latency, head swaps, and memory over time."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import numpy as np
import psutil
import pytest

from hydranet import Predictor, Run, export_head
from hydranet.inference._open_model import open_model
from hydranet.runs import find_source
from hydranet_bench.animals import TASKS, find_pictures
from hydranet_bench.many_heads_run import make_run
from hydranet_bench.sizes import SIZE

NUM_HEADS = 48
NUM_SWAPS = 10
BATCH_SIZE = 32
IMAGE_SIZE = SIZE.image_sizes[-1]
ENGINE = "onnxruntime"

for needed in ("starlette", "uvicorn", "onnxruntime", "tf2onnx"):
    pytest.importorskip(needed, reason="pip install 'hydranet[serve,onnx]'")


@pytest.fixture(scope="module")
def folders(assets, tmp_path_factory):
    return find_pictures(assets, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def run(weights, folders, tmp_path_factory):
    """The run that is served."""
    folder = tmp_path_factory.mktemp("run") / "served"
    return make_run(folder, NUM_HEADS, IMAGE_SIZE, weights, folders["cats_dogs"])


@pytest.fixture(scope="module")
def requests(folders):
    """Real JPEGs, each with other heads; half of the heads are asked for alone, half with another."""
    paths = [path for task in TASKS for path in sorted((folders[task] / "validation").glob("*/*.*"))]

    def wanted(place):
        first, second = place % NUM_HEADS, place // 2 % NUM_HEADS
        return f"task_{first},task_{second}" if place % 2 else f"task_{first}"

    return [(f"/predict?tasks={wanted(place)}", str(path)) for place, path in enumerate(paths[:500])]


@contextmanager
def served(run, *options):
    """Give the address and the process of `hydranet serve`."""
    command = [
        sys.executable,
        "-m",
        "hydranet",
        "serve",
        run.folder,
        "--engine",
        ENGINE,
        "--port",
        "0",
        *options,
    ]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split("http://")[1].split()[0], psutil.Process(server.pid)
        finally:
            server.terminate()


def start_clients(address, requests, seconds):
    command = [sys.executable, "-m", "hydranet_bench.server.clients", address, SIZE.num_clients, seconds]
    clients = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    clients.stdin.write(json.dumps(requests))
    clients.stdin.close()
    clients.stdin = None
    return clients


def ask(address, requests, seconds):
    return json.loads(start_clients(address, requests, seconds).communicate()[0])


def bare_images_per_second(trunk, images, seconds):
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        trunk(images)
        count += len(images)
    return count / (time.perf_counter() - start)


def test_throughput(benchmark, results, show_target, run, requests):
    predictor = Predictor(run, engine=ENGINE, batch_size=BATCH_SIZE)
    images = np.stack([predictor.read(path) for _, path in requests[:BATCH_SIZE]])
    networks = open_model(
        find_source(run), engine=ENGINE, precision="float32", batch_size=BATCH_SIZE
    ).networks
    bare, asked = [], []

    def round_of_both(address, process):
        process.suspend()  # it would take a little of the processor even while nobody asks
        bare.append(bare_images_per_second(networks.trunk, images, SIZE.server_seconds))
        process.resume()
        asked.append(ask(address, requests, SIZE.server_seconds))

    with served(run) as (address, process):
        bare_images_per_second(networks.trunk, images, 1)
        ask(address, requests, 1)
        benchmark.pedantic(round_of_both, args=(address, process), rounds=SIZE.inference_rounds)
    engine, server = np.median(bare), np.median([each["requests_per_second"] for each in asked])
    statuses = {status for each in asked for status in each["statuses"]}
    results.add(
        "server",
        [
            {
                "image_size": IMAGE_SIZE,
                "num_heads": NUM_HEADS,
                "num_clients": SIZE.num_clients,
                "engine": ENGINE,
                "engine_images_per_second": round(engine, 1),
                "server_images_per_second": server,
                "share_of_engine": round(server / engine, 3),
                "p50_ms": np.median([each["p50_ms"] for each in asked]),
                "p99_ms": np.median([each["p99_ms"] for each in asked]),
                "statuses": " ".join(sorted(statuses)),
            }
        ],
    )
    assert statuses == {"200"}
    what = f"{IMAGE_SIZE} px, {SIZE.num_clients} clients: server's throughput over the bare engine's"
    show_target(what, server / engine, at_least=0.8)


def test_soak(benchmark, results, show_target, run, requests, tmp_path):
    """All heads are asked for while one is replaced again and again: nothing is lost, memory does not grow."""
    head, watched = export_head(Run(run.folder), "task_0", tmp_path), tmp_path / "watched"
    watched.mkdir()
    memory = []

    def soak(address, process):
        clients = start_clients(address, requests, SIZE.soak_seconds)
        start, swaps = time.perf_counter(), 0
        while clients.poll() is None:
            if swaps < NUM_SWAPS and time.perf_counter() - start > swaps * SIZE.soak_seconds / NUM_SWAPS:
                swaps += 1
                shutil.copy(head, watched / head.name)
            memory.append(process.memory_info().rss / 2**20)
            time.sleep(SIZE.soak_seconds / 100)
        asked = json.loads(clients.communicate()[0])
        metrics = urllib.request.urlopen(f"http://{address}/metrics").read().decode()
        results.add(
            "server_soak",
            [
                {
                    "seconds": SIZE.soak_seconds,
                    "num_clients": SIZE.num_clients,
                    "head_swaps": swaps,
                    "requests": asked["requests"],
                    "not_answered": asked["requests"] - asked["statuses"].get("200", 0),
                    "p99_ms": asked["p99_ms"],
                    "rss_mib_after_a_fifth": round(memory[len(memory) // 5], 1),
                    "rss_mib_at_the_end": round(memory[-1], 1),
                }
            ],
        )
        assert asked["statuses"].keys() == {"200"}, metrics
        growth = memory[-1] / memory[len(memory) // 5]
        what = f"{SIZE.soak_seconds} s of load and {swaps} head swaps: memory over that after a fifth of it"
        show_target(what, growth, at_most=1.05)

    with served(run, "--heads", watched) as (address, process):
        benchmark.pedantic(soak, args=(address, process), rounds=1)
