"""Honest clients of a server, while others send it what is heavy and its heads are exchanged.

    python -m hydranet_bench.server.hostile RUN PICTURE [PICTURE…]

Starts `hydranet serve RUN`, asks it about the pictures for half a minute, alone and then beside clients who send
pictures of 16 megapixels and JSON bodies of 16 megabytes without end, with ten exchanges of a head; sends SIGTERM in
the midst of it; and prints how long honest clients waited, what was lost, and how long the server took to end.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hydranet import Run, export_head

SECONDS = 30
NUM_HONEST = 8
NUM_HEAVY = 64
NUM_LARGE = 16
NUM_SWAPS = 10
TIMEOUT = 10
ENGINE = "onnxruntime"


def heavy_picture() -> bytes:
    """Return a PNG file of 16 megapixels and a few hundred kilobytes."""
    slope = np.add.outer(np.arange(4000), np.arange(4000)) // 8 % 256
    file = io.BytesIO()
    Image.fromarray(np.repeat(slope.astype(np.uint8)[..., None], 3, axis=-1)).save(file, "PNG")
    return file.getvalue()


def large_body(image_size: int) -> bytes:
    """Return pictures as JSON numbers, nearly 16 megabytes of them."""
    size = image_size * image_size * 3
    count = 15 * 2**20 // (4 * size)
    numbers = ",".join(["127"] * (count * size))
    head = '{"inputs":[{"name":"images","datatype":"UINT8","shape":[%d,%d,%d,3],"data":['
    return (head % (count, image_size, image_size) + numbers + "]}]}").encode()


def send(url: str, body: bytes, number: int) -> int:
    """Send a body that no other is answered together with, and return the status."""
    request = urllib.request.Request(url, body + number.to_bytes(8) if b"inputs" not in body[:20] else body)
    request.add_header("content-type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


class Hostile:
    """Clients that send the same again and again, until they are told to stop or the server is gone."""

    def __init__(self, send: Callable[[int], int], count: int) -> None:
        self.statuses: list[int] = []
        self._stopped = False
        self._send = send
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped = True
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        while not self._stopped:
            number += 1000
            try:
                self.statuses.append(self._send(number))
            except OSError:
                time.sleep(0.1)


def ask(address: str, pictures: list[str]) -> Any:
    command = [sys.executable, "-m", "hydranet_bench.server.clients", address, str(NUM_HONEST), str(SECONDS)]
    requests = json.dumps([("/predict", picture) for picture in pictures])
    return json.loads(
        subprocess.run(command, input=requests, stdout=subprocess.PIPE, text=True, check=True).stdout
    )


def measure(run: Run, pictures: list[str], watched: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "hydranet", "serve", run.folder, "--port", "0", "--heads", watched]
    command += ["--timeout", TIMEOUT, "--engine", ENGINE]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split("http://")[1].split()[0]
        url = f"http://{address}"
        alone = ask(address, pictures)
        picture, body = heavy_picture(), large_body(run.model.trunk.image_shape[0])
        infer = f"{url}/v2/models/{run.folder.resolve().name}/infer"
        attackers = [
            Hostile(lambda number: send(f"{url}/predict", picture, number), NUM_HEAVY),
            Hostile(lambda number: send(infer, body, number), NUM_LARGE),
        ]
        task = next(iter(run.model.tasks))
        head = export_head(run, task, watched.parent)
        swapping = threading.Thread(target=swap, args=(head, watched))
        swapping.start()
        beside = ask(address, pictures)
        swapping.join()
        start = time.monotonic()
        server.send_signal(signal.SIGTERM)
        code = server.wait()
        ended = time.monotonic() - start
        for attacker in attackers:
            attacker.stop()
    statuses = [{status: each.statuses.count(status) for status in set(each.statuses)} for each in attackers]
    return {
        "honest_alone": alone,
        "honest_beside_others": beside,
        "heavy_pictures": statuses[0],
        "large_bodies": statuses[1],
        "seconds_to_end": round(ended, 2),
        "timeout": TIMEOUT,
        "exit_code": code,
        "load": os.getloadavg()[0],
    }


def swap(head: Path, watched: Path) -> None:
    """Exchange a head ten times."""
    for _ in range(NUM_SWAPS):
        shutil.copy(head, watched / head.name)
        time.sleep(SECONDS / NUM_SWAPS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "watched").mkdir()
        print(json.dumps(measure(Run(sys.argv[1]), sys.argv[2:], Path(folder) / "watched"), indent=2))
