"""Keras loads a model of hydranet in a program that has imported hydranet, whatever was imported first."""

import subprocess
import sys

import pytest

from hydranet import HydraNet, SingleLabel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(trunk, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    HydraNet(trunk, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))]).save(path)
    return path


@pytest.mark.parametrize(
    "imports",
    [
        "import hydranet, keras",
        "import keras, hydranet",
        "import hydranet, tensorflow; keras = tensorflow.keras",
        "import keras; from hydranet import HydraNet",
    ],
)
def test_a_model_is_loaded_by_keras(path, imports):
    code = (
        f"{imports}\nmodel = keras.models.load_model({str(path)!r})\nfrom hydranet import HydraNet\n"
        "assert type(model) is HydraNet, type(model)\n"
        "assert type(keras.models.model_from_json(model.to_json())) is HydraNet"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert outcome.returncode == 0, outcome.stderr
