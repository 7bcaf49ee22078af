"""What every engine promises: the same outputs as Keras for any rows, clear errors, and no TensorFlow."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hydranet.engines._engines import ENGINES, installed_engines
from hydranet.engines._file_engine import FileEngine
from hydranet.errors import ConfigError, ModelError

pytestmark = pytest.mark.slow

FILE_ENGINES = [engine.name for engine in ENGINES.values() if isinstance(engine, FileEngine)]
FILE_ENGINES = [engine.name for engine in ENGINES.values() if isinstance(engine, FileEngine)]


@pytest.fixture(scope="module")
def model(trunk):
    """A Keras network with two outputs, whose names are not in alphabetical order."""
    import keras

    features = trunk.network.output["pooled"]
    scores = keras.layers.Dense(
        3, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(seed=0)
    )
    return keras.Model(trunk.network.input, {"zebras": scores(features), "features": features})


@pytest.fixture(scope="module")
def convert_for(model, tmp_path_factory):
    """Give the file of the network for an engine."""
    files = {}

    def convert_once(engine):
        if engine not in installed_engines():
            pytest.skip(f"{engine} is not installed")
        if engine not in files:
            files[engine] = tmp_path_factory.mktemp(engine) / f"network{ENGINES[engine].suffixes[0]}"
            ENGINES[engine].convert(model, files[engine])
        return files[engine]

    return convert_once


@pytest.fixture(scope="module", params=FILE_ENGINES)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def path(convert_for, engine):
    return convert_for(engine)


@pytest.fixture(scope="module")
def loaded(path, engine):
    return ENGINES[engine].load(path, num_threads=2)


@pytest.fixture(scope="module")
def rows(images):
    """Thirty-three rows as the network gets them."""
    return (
        np.resize(images / 127.5 - 1, (33, *images.shape[1:])) + np.linspace(0, 0.5, 33)[:, None, None, None]
    )


@pytest.mark.parametrize("num_rows", [1, 3, 33])
def test_outputs_are_those_of_keras_for_any_number_of_rows(loaded, model, rows, num_rows):
    outputs = loaded(rows[:num_rows])
    assert set(outputs) == set(loaded.output_names) == {"features", "zebras"}
    for name, expected in model(rows[:num_rows], training=False).items():
        assert outputs[name].dtype == np.float32
        largest = max(1, np.abs(expected).max())  # probabilities are within 1e-4, features of 10 within 1e-3
        np.testing.assert_allclose(outputs[name], expected, atol=1e-4 * largest, rtol=0)
    assert np.std(outputs["features"]) > 0.1  # so that 1e-4 means something


def test_a_row_does_not_depend_on_its_neighbours(loaded, rows):
    together = loaded(rows)["features"]
    alone = np.concatenate([loaded(row[None])["features"] for row in rows])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_earlier_outputs_stay_as_they_were(loaded, rows):
    first = loaded(rows[:3])["features"]
    before = first.copy()
    loaded(rows[3:6])
    np.testing.assert_array_equal(first, before)


def test_threads_that_call_at_once_get_their_own_answers(loaded, rows):
    parts = [rows[start : start + 1 + start % 9] for start in range(24)]
    expected = [loaded(part)["features"] for part in parts]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda part: loaded(part)["features"], parts * 2))
    for answer, right in zip(answers, expected * 2, strict=True):
        np.testing.assert_allclose(answer, right, atol=1e-5)


def test_a_network_outlives_its_file(engine, path, rows, tmp_path):
    for file in path.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    copy = ENGINES[engine].load(tmp_path / path.name)
    for file in tmp_path.iterdir():
        file.unlink()
    np.testing.assert_allclose(
        copy(rows)["zebras"], ENGINES[engine].load(path)(rows)["zebras"], atol=1e-5, rtol=0
    )


def test_openvino_computes_roughly_the_same_in_bfloat16(convert_for, rows):
    path = convert_for("openvino")
    exact = ENGINES["openvino"].load(path)(rows)["features"]
    rough = ENGINES["openvino"].load(path, precision="bfloat16")(rows)["features"]
    assert np.corrcoef(exact.ravel(), rough.ravel())[0, 1] > 0.8


def test_a_broken_installation_is_not_blamed_on_the_file(engine, path, monkeypatch):
    def open_broken(self, path, precision, num_threads):
        raise ImportError("libwhatever.so is missing")

    monkeypatch.setattr(type(ENGINES[engine]), "open", open_broken)
    with pytest.raises(ConfigError, match=f"{engine} is installed but can't be imported"):
        ENGINES[engine].load(path)


def test_a_missing_file_is_named(engine, path, tmp_path):
    with pytest.raises(ModelError, match=rf"There is no file .*{path.name}"):
        ENGINES[engine].load(tmp_path / path.name)


def test_openvino_needs_the_weights_beside_the_file(convert_for, tmp_path):
    path = convert_for("openvino")
    (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=r"There is no file .*network\.bin"):
        ENGINES["openvino"].load(tmp_path / path.name)


def test_a_damaged_file_is_named(engine, path, tmp_path):
    for file in path.parent.iterdir():
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=rf"{path.name} can't be loaded by {engine}.*may be damaged"):
        ENGINES[engine].load(tmp_path / path.name)


def test_an_engine_runs_without_tensorflow(engine, path):
    code = (
        "import sys, numpy as np; from pathlib import Path; from hydranet.engines import ENGINES\n"
        f"ENGINES[{engine!r}].load(Path({str(path)!r}))(np.zeros((2, 32, 32, 3), np.float32))\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
