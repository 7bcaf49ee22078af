"""Models of KerasHub go the whole way: from a config to a tuned tail, report, engines and exports."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from hydranet import Drawings, HydraNet, Predictor, export, load_config, train, verify, write_report
from hydranet.evaluation import GradCam

from .hub_models import SIZE, make

pytest.importorskip("keras_hub")
pytestmark = pytest.mark.slow

# So poor a start, on pictures that stand in both splits, that fine-tuning surely helps.
CONFIG = """
backbone: {{kind: keras_hub, preset: ./preset, image_size: {size}, pooling: {pooling}}}
features: {{dir: {folder}/features}}
training: {{l2: 100.0}}
fine_tuning: {{unfreeze: {unfreeze}, epochs: 12, patience: 12, batch_size: 8, learning_rate: 0.01}}
tasks:
  pooled: {{data: {folder}/pictures}}
  map: {{tail: frozen, head: {{kind: linear, feature: map}}, data: {folder}/pictures}}
"""


@pytest.fixture
def config(tmp_path):
    def write(name, pooling, unfreeze):
        for split in ("train", "validation"):
            for number, example in enumerate(Drawings("cats_dogs", 12, 1).load()["train"]):
                path = tmp_path / "pictures" / split / example.label / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                example.pictures.save(path)
        make(name).save_to_preset(str(tmp_path / "preset"))
        text = CONFIG.format(size=SIZE, pooling=pooling, unfreeze=unfreeze, folder=tmp_path)
        (tmp_path / "config.yaml").write_text(text)
        return tmp_path / "config.yaml"

    return write


@pytest.mark.parametrize(
    ("name", "pooling", "unfreeze"),
    [
        ("ViTBackbone", "avg", "1 block"),
        ("DINOV2Backbone", "cls", "all"),
    ],
)
def test_from_a_config_to_report_prediction_and_export(name, pooling, unfreeze, config, tmp_path):
    run = train(load_config(config(name, pooling, unfreeze)), tmp_path / "run")
    shutil.rmtree(tmp_path / "preset")
    model = HydraNet.load(tmp_path / "run" / "model.keras")

    assert model.place("pooled").group is not None
    assert {check.status for check in verify(model)} == {"ok"}
    images = np.random.default_rng(0).uniform(0, 255, (3, SIZE, SIZE, 3)).astype(np.float32)
    expected = model.predict(images, verbose=0)
    for engine in ("litert", "onnxruntime"):
        answers = Predictor(run.folder, engine=engine).answer(images)
        for task, outputs in expected.items():
            np.testing.assert_allclose(answers.outputs(task), outputs, atol=1e-4, err_msg=f"{engine} {task}")
    assert "preset at 48 px" in write_report(run).read_text()
    assert "map" in GradCam(model).available
    for file_format in ("saved_model", "onnx"):
        export(run, tmp_path / file_format, file_format=file_format)
    signature = tf.saved_model.load(tmp_path / "saved_model").signatures["serving_default"]
    scores = signature(images=tf.constant(images))
    for task, outputs in expected.items():
        np.testing.assert_allclose(scores[task], model.tasks[task].scores(outputs), atol=1e-4)
