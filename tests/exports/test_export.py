import dataclasses
import json

import numpy as np
import onnx
import pytest
from PIL import Image

from hydranet.engines._engines import ENGINES as ALL_ENGINES
from hydranet.errors import ConfigError, ModelError
from hydranet.exports import _export as export_module
from hydranet.exports._export import export
from hydranet.exports._formats import FORMATS

pytestmark = pytest.mark.slow

ENGINES = {"onnx": ("onnxruntime", "model.onnx"), "openvino": ("openvino", "model.xml")}
ENGINES["litert"] = ("litert", "model.tflite")


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_file_answers_as_the_model_and_says_what_it_is(run, file_format, tmp_path):
    report = export(run, tmp_path / "out", file_format=file_format)
    inner = tmp_path / "out" / ("assets.extra" if file_format == "saved_model" else ".")
    description = json.loads((inner / "hydranet.json").read_text())
    assert report.num_pictures == 48
    assert max(report.largest_differences.values()) <= 1e-4
    assert (description["format"], description["precision"]) == (file_format, "float32")
    assert description["input"]["shape"] == [None, 32, 32, 3]
    assert description["tasks"]["cats_dogs"]["classes"] == ["cat", "dog"]
    assert description["tasks"]["cats_dogs"]["output"]["shape"] == [None, 2]
    assert description["tasks"]["horse_human"]["when"] == {"cats_dogs": ["dog"]}
    assert description["fingerprints"]["trunk"] == {"activation": run.model.trunk.fingerprint("activation")}
    assert description["check"]["largest_differences"] == report.largest_differences
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("file_format", ENGINES)
def test_int8_is_smaller_and_its_cost_is_measured(run, file_format, tmp_path, images):
    report = export(run, tmp_path / "out", file_format=file_format, precision="int8")
    for name, metrics in report.metrics.items():
        assert (metrics["metric"], metrics["num_examples"]) == ("accuracy", 24)
        assert metrics["before"] == pytest.approx(run.metrics["tasks"][name]["accuracy"])
        assert metrics["after"] >= metrics["before"] - 0.2
    engine, name = ENGINES[file_format]
    scores = ALL_ENGINES[engine].load(tmp_path / "out" / name)(images)["cats_dogs"]
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_an_onnx_file_carries_its_description(run, tmp_path):
    export(run, tmp_path / "out", file_format="onnx", precision="float16")
    [entry] = onnx.load(tmp_path / "out" / "model.onnx").metadata_props
    assert entry.key == "hydranet"
    assert json.loads(entry.value)["tasks"]["horse_human"]["classes"] == ["horse", "human"]


def test_what_differs_is_not_left_on_the_disk(run, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "TOLERANCE", -1.0)
    with pytest.raises(ModelError, match="does not answer as the model does"):
        export(run, tmp_path / "out", file_format="onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_previous_export_is_replaced_and_nothing_else(run, tmp_path):
    for _ in range(2):
        export(run, tmp_path / "out", file_format="onnx")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(ConfigError, match="holds something that is no export"):
        export(run, tmp_path / "mine", file_format="onnx")


def test_other_pictures_may_be_given(run, images, tmp_path):
    (tmp_path / "pictures").mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image.astype(np.uint8)).save(tmp_path / "pictures" / f"{number}.png")
    (tmp_path / "pictures" / "damaged.png").write_bytes(b"\x89PNG")
    report = export(run.model_path, tmp_path / "out", file_format="onnx", images=[tmp_path / "pictures"])
    assert report.num_pictures == len(images)


def test_without_pictures_it_says_how_to_give_some(run, tmp_path):
    tasks = [dataclasses.replace(task, data=None) for task in run.model.tasks.values()]
    model = type(run.model)(
        run.model.trunk, tasks, heads=None, tails=run.model.tails, tail_groups=run.model.tail_groups
    )
    with pytest.raises(ConfigError, match="--images PATH"):
        export(model, tmp_path / "out", file_format="onnx")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"file_format": "onxx"}, r"Did you mean 'onnx'\?"),
        (
            {"file_format": "saved_model", "precision": "int8"},
            "saved_model is not written in int8.*onnx: float32",
        ),
        ({"file_format": "onnx", "precision": "bfloat16"}, "onnx is not written in bfloat16"),
    ],
)
def test_what_is_not_offered_is_refused(run, wanted, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        export(run, tmp_path / "out", **wanted)
