"""A kind of task that hydranet does not know goes the whole way, trained on its own loss."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hydranet import Predictor, Task, assess, export, load_config, train, write_report
from hydranet.drawings._collections import draw
from hydranet.evaluation import metric_interval, most_confident_mistakes, per_class_metrics
from hydranet.tasks import load_plugin
from hydranet.testing import check_task

from .served import ask

pytestmark = pytest.mark.slow

PLUGIN = Path(__file__).with_name("ordinal.py")
LEVELS = ("dark", "dim", "bright")
CONFIG = """
plugins: [{plugin}]
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
features: {{dir: {folder}/features}}
training: {{learning_rate: 0.05, max_epochs: 100, patience: 30}}
tasks:
  light: {{kind: ordinal, classes: [dark, dim, bright], data: {folder}/pictures}}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory, mobilenet_weights):
    """A config, and drawings in three degrees of light."""
    folder = tmp_path_factory.mktemp("light")
    for split, indices in (("train", range(8)), ("validation", range(20, 24))):
        for level, light in zip(LEVELS, (0.2, 0.6, 1.0), strict=True):
            (folder / "pictures" / split / level).mkdir(parents=True)
            for index in indices:
                drawing = np.asarray(draw("cats_dogs", "cat", index=index, image_size=32))
                picture = Image.fromarray((light * drawing).astype(np.uint8))
                picture.save(folder / "pictures" / split / level / f"{index}.png")
    path = folder / "light.yaml"
    path.write_text(CONFIG.format(plugin=PLUGIN, weights=mobilenet_weights, folder=folder))
    return path


@pytest.fixture(scope="module")
def run_and_calls(config):
    """The run, and how often its training has asked for the loss with something to derive."""
    experiment = load_config(config)
    kind, calls = type(experiment.tasks["light"]), []
    own_loss = kind.loss

    def loss(self, labels, outputs):
        calls.append(tf.is_symbolic_tensor(outputs))
        return own_loss(self, labels, outputs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "loss", loss)
        run = train(experiment, config.parent / "run")
    return run, calls


@pytest.fixture(scope="module")
def run(run_and_calls):
    return run_and_calls[0]


def test_it_keeps_the_contract():
    load_plugin(str(PLUGIN))
    check_task(Task.variants()["ordinal"](name="light", classes=LEVELS))


def test_it_is_trained_on_its_own_loss(run_and_calls):
    run, calls = run_and_calls
    losses = [float(row["training_loss"]) for row in run.history]

    assert any(calls)  # within the compiled training step
    assert run.metrics["tasks"]["light"]["epochs"] == len(losses) > 1
    assert min(losses) < 0.8 * losses[0]


def test_evidence_is_as_complete_as_that_of_the_built_in_kinds(run):
    assessment = assess(run)["light"]

    interval = metric_interval(assessment)
    assert interval.low <= assessment.metrics["levels_off"] <= interval.high
    assert [each.name for each in per_class_metrics(assessment)] == list(LEVELS)
    wrong = int((assessment.outputs.argmax(axis=1) != assessment.labels).sum())
    assert len(most_confident_mistakes(assessment, 100)) == wrong


def test_the_report_has_its_charts_and_tables(run):
    page = write_report(run).read_text()

    for part in ("ordinal, 3 classes", "levels off", "Confusion matrix", "Calibration", "pictures per class"):
        assert part in page


def test_python_an_export_and_a_server_answer_alike(run, config, tmp_path):
    path = config.parent / "pictures/validation/bright/20.png"
    predictor = Predictor(run.folder)
    [answer] = predictor.predict([path])
    export(run, tmp_path / "exported", file_format="saved_model")

    scores = [dict(answer["light"].top)[level] for level in LEVELS]
    exported = tf.saved_model.load(tmp_path / "exported").signatures["from_bytes"]
    assert exported(tf.constant([path.read_bytes()]))["light"][0].numpy() == pytest.approx(scores, abs=1e-4)
    served, described = ask(
        predictor, ("POST", "/predict", {"content": path.read_bytes()}), ("GET", "/tasks", {})
    )
    served, [described] = served["predictions"]["light"], described["tasks"]
    assert served["label"] == answer["light"].label
    assert served["probability"] == pytest.approx(answer["light"].probability, abs=1e-5)
    assert described["kind"] == "ordinal"
    assert described["meaning"].startswith("probabilities, from the lowest")
