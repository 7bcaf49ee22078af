"""Files of version 0.1 are loaded: made here of new ones, by what has changed in between."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from hydranet import Flatten, HydraNet, SingleLabel, verify
from hydranet.model._tail import Tail
from hydranet.runs._verify import record_heads

TASKS = [
    SingleLabel(name="cats_dogs", classes=("cat", "dog")),
    SingleLabel(name="coat", classes=("curly", "long", "short"), tail="own"),
]


def as_version_0_1(path):
    """Rewrite a file: the trunk was a layer called Backbone, and each layer named the parts of its backbone."""
    with zipfile.ZipFile(path) as new:
        contents = {name: new.read(name) for name in new.namelist()}
    whole = json.loads(contents["config.json"])
    config = whole["config"]
    config["backbone"] = config.pop("trunk")
    config["backbone"] |= {"class_name": "Backbone", "registered_name": "hydranet>Backbone"}
    for layer in (config["backbone"], *config["tails"].values()):
        value = layer["config"].pop("backbone")
        del layer["config"]["features"]
        assert value["kind"] == "applications"
        layer["config"] |= {
            "architecture": value["name"],
            **{key: value[key] for key in ("image_size", "pooling", "arguments")},
        }
    for task in config["tasks"]:
        del task["head"]["feature"]
    contents["config.json"] = json.dumps(whole).encode()
    weights = io.BytesIO(contents["model.weights.h5"])
    with h5py.File(weights, "a") as file:
        file.move("layers/trunk", "layers/backbone")
    contents["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(path, "w") as old:
        for name, content in contents.items():
            old.writestr(name, content)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["avg", "none"])
@pytest.mark.parametrize("has_tails", [False, True])
def test_a_model_answers_as_it_did_and_is_verified(new_trunk, images, tmp_path, pooling, has_tails):
    trunk = new_trunk(pooling=pooling)
    tasks = [*TASKS, SingleLabel(name="flat", classes=("a", "b"), head=Flatten())][
        : 3 if pooling == "none" else 2
    ]
    if has_tails:
        cut = trunk.find_cut("1 block")
        tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "coat")}
        model = HydraNet(trunk.below(cut), tasks, tails=tails)
    else:
        model = HydraNet(trunk, tasks)
    record_heads(model, model.tasks)
    path = tmp_path / "model.keras"
    model.save(path)
    as_version_0_1(path)

    loaded = HydraNet.load(path)

    assert loaded.fingerprints() == model.fingerprints()
    assert {check.status for check in verify(loaded)} == {"ok"}
    for name, outputs in model(images).items():
        np.testing.assert_array_equal(loaded(images)[name], outputs, err_msg=name)
    loaded.save(path)  # and is written as a file of this version
    assert HydraNet.load(path).fingerprints() == model.fingerprints()


@pytest.mark.slow
def test_a_file_from_before_there_were_tails_is_loaded(new_trunk, images, tmp_path):
    model = HydraNet(new_trunk(), TASKS[:1])
    path = tmp_path / "model.keras"
    model.save(path)
    as_version_0_1(path)
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    whole = json.loads(contents["config.json"])
    for key in ("tails", "tail_groups"):
        del whole["config"][key]
    del whole["config"]["backbone"]["config"]["cut"]
    for task in whole["config"]["tasks"]:
        del task["tail"]
    contents["config.json"] = json.dumps(whole).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)

    loaded = HydraNet.load(path)

    assert (loaded.tails, loaded.tail_groups, loaded.trunk.cut) == ({}, {}, None)
    np.testing.assert_array_equal(loaded(images)["cats_dogs"], model(images)["cats_dogs"])
