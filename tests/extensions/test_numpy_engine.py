"""An engine that hydranet does not know goes the whole way: features, prediction, the command line and the server."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

from hydranet import ConfigError, Predictor, evaluate, load_config, train, write_report
from hydranet.engines import ENGINES
from hydranet.exports import EngineFormat
from hydranet.inference import assess_on_engine
from hydranet.tasks import load_plugin
from hydranet.testing import check_engine, check_format

from .installed import hydranet, install

pytestmark = pytest.mark.slow

PLUGIN = Path(__file__).with_name("numpy_engine.py")
CONFIG = """
plugins: [{plugin}]
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
features: {{dir: {folder}/features, engine: numpy}}
tasks:
  pets: {{data: {{kind: drawings, collection: cats_dogs, num_train: 12, num_validation: 6}}}}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, mobilenet_weights):
    """A run whose features NumPy has computed, by a plug-in that its config names."""
    folder = tmp_path_factory.mktemp("pets")
    (folder / "pets.yaml").write_text(CONFIG.format(plugin=PLUGIN, weights=mobilenet_weights, folder=folder))
    return train(load_config(folder / "pets.yaml"), folder / "run")


@pytest.fixture(scope="module")
def picture(run):
    """A picture of the run's."""
    example = run.experiment.tasks["pets"].data.load()["validation"][0]
    path = run.folder.parent / "picture.png"
    example.pictures.save(path)
    return path


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """That of a process for which the engine is installed as a package."""
    folder = tmp_path_factory.mktemp("site")
    return install(PLUGIN, folder, "[hydranet.engines]\nnumpy = numpy_engine:ENGINE\n")


def test_it_keeps_the_contract():
    load_plugin(str(PLUGIN))
    check_engine(ENGINES["numpy"])


def test_a_config_can_name_it_for_features(run):
    assert run.experiment.features.engine == "numpy"
    assert run.metrics["tasks"]["pets"]["accuracy"] > 0.5


def test_it_answers_as_tensorflow_does(run, images):
    expected, predictor = Predictor(run), Predictor(run, engine="numpy")
    np.testing.assert_allclose(
        predictor.answer(images).scores("pets"), expected.answer(images).scores("pets"), atol=1e-4
    )
    assert (run.folder / "engines/numpy-float32/networks/trunk.npz").is_file()
    with pytest.raises(ConfigError, match="numpy computes in float32, not in int8"):
        Predictor(run, engine="numpy", precision="int8")


def test_a_run_is_measured_on_it(run):
    measured = assess_on_engine(run, engine="numpy")["pets"].metrics
    assert measured == pytest.approx(evaluate(run)["pets"], abs=1e-3)
    page = write_report(run, assessments=assess_on_engine(run, engine="numpy"))
    assert f"{measured['accuracy']:.4f}" in page.read_text()


def test_what_it_reads_is_a_format_too():
    load_plugin(str(PLUGIN))
    check_format(EngineFormat.of(ENGINES["numpy"]))


def test_the_command_line_knows_it_once_it_is_installed(run, picture, environment):
    assert "litert, numpy; auto," in " ".join(hydranet(environment, "predict", "--help").split())
    printed = hydranet(environment, "predict", run.folder, picture, "--engine", "numpy", "--format", "json")
    [answer] = Predictor(run).predict([picture])
    assert json.loads(printed)[0]["predictions"]["pets"]["label"] == answer["pets"].label


def test_the_command_line_knows_it_from_a_run_that_is_trusted(run, picture):
    def predict(*trust):
        command = [
            sys.executable,
            "-m",
            "hydranet",
            "predict",
            run.folder,
            picture,
            "--engine",
            "numpy",
            *trust,
        ]
        return subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)

    refused, printed = predict(), predict("--trust")
    assert refused.returncode == 2
    assert "Unknown engine 'numpy'" in refused.stderr
    assert f"names plug-ins, Python code that would be executed: {PLUGIN}" in refused.stderr
    assert "Traceback" not in refused.stderr
    [answer] = Predictor(run).predict([picture])
    assert json.loads(printed.stdout)[0]["predictions"]["pets"]["label"] == answer["pets"].label


def test_the_server_answers_on_it(run, picture, environment):
    command = [sys.executable, "-m", "hydranet", "serve", str(run.folder), "--engine", "numpy", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            assert "(engine numpy, float32)" in line
            address = line.split(" at ")[1].split(" ")[0]
            response = httpx.post(f"{address}/predict", content=picture.read_bytes(), timeout=60)
        finally:
            server.terminate()
    [answer] = Predictor(run).predict([picture])
    served = response.raise_for_status().json()["predictions"]["pets"]
    assert served["probability"] == pytest.approx(answer["pets"].probability, abs=1e-4)
