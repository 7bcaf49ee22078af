"""A model's file takes no more memory than it is worth, and nothing that it names is opened."""

import io
import json
import sys
import zipfile

import h5py
import numpy as np
import pytest

from hydranet import MLP, ConfigError, HydraNet, ModelError, SingleLabel

opened: list[str] = []


@pytest.fixture(scope="module")
def file(trunk, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.keras"
    HydraNet(trunk, [SingleLabel(name="pets", classes=("cat", "dog"), head=MLP(hidden=(8,)))]).save(path)
    return path


@pytest.fixture
def changed(file, tmp_path):
    """Write the file anew, its config or its weights changed by a function, as small as it can be."""

    def write(config=lambda config: None, weights=lambda weights: weights):
        path = tmp_path / "changed.keras"
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            described = json.loads(old.read("config.json"))
            config(described["config"])
            new.writestr("metadata.json", old.read("metadata.json"))
            new.writestr("config.json", json.dumps(described))
            new.writestr("model.weights.h5", weights(old.read("model.weights.h5")))
        return path

    return write


def test_it_loads_as_it_is(changed, file, images):
    expected = HydraNet.load(file).predict(images, verbose=0)
    np.testing.assert_array_equal(
        HydraNet.load(changed()).predict(images, verbose=0)["pets"], expected["pets"]
    )


def shape_bomb(weights):
    """The weights with an array that declares two gigabytes and stores nothing."""
    content = io.BytesIO(weights)
    with h5py.File(content, "a") as file:
        file.create_dataset("more", (2**29,), "f4", chunks=(2**20,), compression="gzip")
    return content.getvalue()


def with_head(head):
    return lambda config: config["tasks"][0].update(head=head)


def with_argument(name, value):
    return lambda config: config["trunk"]["config"]["backbone"]["arguments"].update({name: value})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": lambda weights: weights + bytes(2**28)}, "declares files of 2"),
        ({"weights": shape_bomb}, "declares weights of 2,1"),
        ({"config": with_head({"kind": "mlp", "hidden": [2**40]})}, "declares layers of"),
        ({"config": with_head({"kind": "mlp", "hidden": [8, 30_000, 30_000]})}, "declares layers of"),
        ({"config": with_argument("alpha", 1000)}, "declares layers of"),
    ],
    ids=["zip", "hdf5", "one layer", "several layers", "backbone"],
)
def test_what_it_declares_is_bounded_before_memory_is_taken(changed, changes, said):
    with pytest.raises(ModelError, match=f"changed.keras {said}.*expected at most"):
        HydraNet.load(changed(**changes))


def test_pictures_are_of_bounded_size(changed):
    with pytest.raises(ConfigError, match="image_size must be at most 4096"):
        HydraNet.load(changed(lambda config: config["trunk"]["config"]["backbone"].update(image_size=10**9)))


sys.addaudithook(
    lambda event, arguments: (
        opened.append(str(arguments[0])) if event in {"open", "socket.getaddrinfo"} else None
    )
)


@pytest.mark.parametrize("weights", ["imagenet", "bundled", "/elsewhere.weights.h5", "http://elsewhere/x.h5"])
def test_weights_that_it_names_are_not_looked_for(changed, weights):
    path = changed(lambda config: config["trunk"]["config"]["backbone"].update(weights=weights))
    opened.clear()
    assert HydraNet.load(path).backbone.weights == weights
    assert {name for name in opened if not name.endswith(".py")} - {"/proc/meminfo"} == {str(path)}
