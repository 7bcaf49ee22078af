"""The same file on disk gets the same probabilities from Python, the command line, the server and every export."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from hydranet import Experiment, Folder, Predictor, SingleLabel, export, train
from hydranet.backbones import Application
from hydranet.engines._engines import ENGINES
from hydranet.experiment import FeaturesConfig

pytestmark = pytest.mark.slow

NUM_PER_CLASS = {"train": 40, "validation": 100}
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def run(assets, tmp_path_factory):
    """Cats and dogs, and the same pictures by another name and with another head size: 200 to compare on."""
    folder, source = tmp_path_factory.mktemp("parity"), assets / "data" / "cats_dogs"
    weights = assets / "weights" / "mobilenet_v2_1.0_224.weights.h5"
    if not source.is_dir() or not weights.is_file():
        pytest.skip(f"no photographs of cats and dogs, or no weights, in {assets}")
    for split, count in NUM_PER_CLASS.items():
        for class_folder in sorted((source / split).iterdir()):
            target = folder / "cats_dogs" / split / class_folder.name
            target.mkdir(parents=True)
            for path in sorted(class_folder.iterdir())[:count]:
                (target / path.name).symlink_to(path.resolve())
    data = Folder(str(folder / "cats_dogs"))
    return train(
        Experiment(
            tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=data)},
            backbone=Application(image_size=96, weights=str(weights)),
            features=FeaturesConfig(dir=str(folder / "features")),
        ),
        folder / "run",
    )


@pytest.fixture(scope="module")
def paths(run):
    folder = run.folder.parent / "cats_dogs" / "validation"
    return sorted(folder.glob("*/*.jpg"))


@pytest.fixture(scope="module")
def images(run, paths):
    """The pixels that training saw."""
    predictor = Predictor(run)
    return np.stack([predictor.read(path) for path in paths])


@pytest.fixture(scope="module")
def expected(run, images):
    """What the Keras model says of them: the probability of a dog."""
    assert len(images) == 200
    logits = run.model.predict(images, batch_size=50, verbose=0)["cats_dogs"]
    return run.model.tasks["cats_dogs"].scores(logits)[:, 1]


def of_dogs(prediction):
    return dict(prediction["top"])["dogs"]


def assert_same(probabilities, expected):
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("engine", ENGINES)
def test_python(run, paths, expected, engine):
    if not ENGINES[engine].is_installed():
        pytest.skip(f"{engine} is not installed")
    answers = Predictor(run, engine=engine).predict(paths)
    assert_same([dict(answer["cats_dogs"].top)["dogs"] for answer in answers], expected)


def test_command_line(run, paths, expected):
    command = [
        sys.executable,
        "-m",
        "hydranet",
        "predict",
        str(run.folder),
        *map(str, paths),
        "--format",
        "json",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert_same([of_dogs(each["predictions"]["cats_dogs"]) for each in json.loads(printed)], expected)


def test_server(run, paths, expected):
    pytest.importorskip("uvicorn")
    command = [sys.executable, "-m", "hydranet", "serve", str(run.folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split(" at ")[1].split(" ")[0]
            with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(16) as pool:

                def ask(path):
                    response = client.post("/predict?tasks=cats_dogs", content=path.read_bytes())
                    return of_dogs(response.raise_for_status().json()["predictions"]["cats_dogs"])

                assert_same(list(pool.map(ask, paths)), expected)
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("engine", "file_format"), [("onnxruntime", "onnx"), ("openvino", "openvino"), ("litert", "litert")]
)
def test_export(run, images, expected, engine, file_format, tmp_path):
    if not ENGINES[engine].is_installed():
        pytest.skip(f"{engine} is not installed")
    export(run, tmp_path / "export", file_format=file_format)
    network = ENGINES[engine].load(tmp_path / "export" / f"model{ENGINES[engine].suffixes[0]}")
    assert_same(network(images)["cats_dogs"][:, 1], expected)


def test_saved_model_from_the_files_bytes(run, paths, expected, tmp_path):
    import tensorflow as tf

    export(run, tmp_path / "export", file_format="saved_model")
    signature = tf.saved_model.load(tmp_path / "export").signatures["cats_dogs_from_bytes"]
    contents = tf.constant([path.read_bytes() for path in paths])
    assert_same(signature(image_bytes=contents)["cats_dogs"].numpy()[:, 1], expected)
