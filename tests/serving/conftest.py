"""A small real model behind a real server on a free port."""

import io
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
from PIL import Image

from hydranet import HydraNet, MultiLabel, Predictor, Regression, SingleLabel
from hydranet.runs._keras_head import head_to_file
from hydranet.serving._app import create_app
from hydranet.serving._limits import Limits
from hydranet.serving._server import GracefulServer, bind
from hydranet.serving._service import Service

TASKS = [
    SingleLabel(name="cats_dogs", classes=("cat", "dog")),
    SingleLabel(name="coat", classes=("curly", "long", "short"), when={"cats_dogs": "dog"}),
    MultiLabel(name="parts", classes=("ear", "nose", "tail")),
    Regression(name="age", mean=30.0, standard_deviation=9.0),
]


@pytest.fixture(scope="session")
def served_model(trunk):
    return HydraNet(trunk, TASKS)


@pytest.fixture(scope="session")
def head_files(served_model, tmp_path_factory):
    """The bytes of each head's file."""
    folder = tmp_path_factory.mktemp("heads")
    for task in TASKS:
        head_to_file(served_model, task.name).write(folder / f"{task.name}.head")
    return {task.name: (folder / f"{task.name}.head").read_bytes() for task in TASKS}


@pytest.fixture(scope="session")
def shared_predictor(served_model):
    return Predictor(served_model, batch_size=8)


@pytest.fixture
def predictor(shared_predictor):
    """A predictor whose heads a test may change: they are as before afterwards."""
    heads = shared_predictor._heads
    yield shared_predictor
    shared_predictor._heads = heads


class Watched:
    """A predictor that notes its passes, and can be held up."""

    def __init__(self, predictor):
        self.predictor = predictor
        self.passes = []
        self.free = threading.Event()
        self.free.set()

    def __getattr__(self, name):
        return getattr(self.predictor, name)

    def answer(self, images, wanted=None, **places):
        self.passes.append((len(images), wanted))
        assert self.free.wait(20)
        return self.predictor.answer(images, wanted, **places)


@dataclass
class Served:
    url: str
    service: Service
    server: GracefulServer
    client: httpx.Client
    thread: threading.Thread

    @property
    def address(self):
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def wait_until(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "nothing came of it"
            time.sleep(0.005)


@contextmanager
def serve(predictor, *, limits=None, admin_token=None, heads_dir=None):
    service = Service(
        predictor=predictor, model_name="tiny", limits=limits or Limits(), admin_token=admin_token
    )
    app = create_app(service, heads_dir=heads_dir)
    started = threading.Event()
    server = GracefulServer(app, service, on_started=started.set)
    with bind("127.0.0.1", 0) as socket:
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        assert started.wait(60)
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=20) as client:
            try:
                yield Served(url, service, server, client, thread)
            finally:
                server.should_exit = True
                client.close()
                thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def start(predictor):
    """Start servers around the predictor, or another one."""
    with ExitStack() as stack:
        yield lambda other=None, **options: stack.enter_context(serve(other or predictor, **options))


@pytest.fixture(scope="module")
def served(shared_predictor):
    """One server for tests that change nothing."""
    with serve(shared_predictor, limits=Limits(max_body_mb=1), admin_token="the token") as running:
        yield running


def encode(array, file_format="PNG"):
    file = io.BytesIO()
    Image.fromarray(array).save(file, file_format)
    return file.getvalue()


@pytest.fixture(scope="session")
def pictures():
    """Eight different picture files."""
    random = np.random.default_rng(0)
    return [encode(random.integers(0, 256, (40, 50, 3), np.uint8)) for _ in range(8)]


@pytest.fixture(scope="session")
def jpeg():
    return encode(np.random.default_rng(1).integers(0, 256, (64, 48, 3), np.uint8), "JPEG")


@pytest.fixture(scope="session")
def cat_and_dog(shared_predictor):
    """Two picture files that the model, which is not trained, takes for a cat and a dog."""
    random = np.random.default_rng(2)
    found = {}
    for _ in range(200):
        content = encode(random.integers(0, random.integers(1, 256, 3) + 1, (32, 32, 3), np.uint8))
        [answers] = shared_predictor.predict([content], tasks=["cats_dogs"])
        found.setdefault(answers["cats_dogs"].label, content)
        if len(found) == 2:
            return found["cat"], found["dog"]
    raise AssertionError("the model answers the same to everything")
