"""A backbone and a head that hydranet does not know go the whole way: from a config to report, server and export."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hydranet import (
    Backbone,
    ConfigError,
    HydraNet,
    Predictor,
    export,
    load_config,
    train,
    verify,
    write_report,
)
from hydranet.heads import Head
from hydranet.model import ACTIVATION, Trunk
from hydranet.tasks import load_plugin
from hydranet.testing import check_backbone, check_head

from .served import ask_about

HERE = Path(__file__).parent
PLUGINS = [HERE / "tiny_backbone.py", HERE / "spotlight_head.py"]
CONFIG = """
plugins: {plugins}
backbone: {{kind: {kind}, width: 4, image_size: [40, 56]}}
features: {{dir: {folder}/features}}
training: {{max_epochs: 3}}
tasks:
  plain: {{data: {{kind: drawings, collection: cats_dogs, num_train: 6, num_validation: 3}}}}
  early:
    head: {{kind: linear, feature: early}}
    tail: frozen
    data: {{kind: drawings, collection: cats_dogs, num_train: 6, num_validation: 3}}
  looking: {{head: spotlight, data: {{kind: drawings, collection: horse_human, num_train: 6, num_validation: 3}}}}
"""
FINE_TUNING = "fine_tuning: {unfreeze: all, epochs: 1, batch_size: 8}\n"


@pytest.fixture(scope="module", autouse=True)
def _plugins():
    for plugin in PLUGINS:
        load_plugin(str(plugin))


@pytest.fixture
def config(tmp_path):
    def write(kind, more=""):
        path = tmp_path / "config.yaml"
        plugins = [str(plugin) for plugin in PLUGINS]
        path.write_text(CONFIG.format(plugins=plugins, kind=kind, folder=tmp_path) + more)
        return path

    return write


@pytest.mark.parametrize("kind", ["tiny", "frozen_tiny"])
@pytest.mark.parametrize("image_size", [32, (40, 56)])
def test_it_keeps_the_contract(kind, image_size):
    check_backbone(Backbone.variants()[kind](width=2, image_size=image_size))


def test_the_head_keeps_the_contract():
    check_head(Head.variants()["spotlight"]())


def test_what_is_frozen_only_can_not_be_fine_tuned(config):
    with pytest.raises(ConfigError, match=r"fine_tuning: the backbone Tiny 4 is frozen only: leave"):
        load_config(config("frozen_tiny", FINE_TUNING))


def test_a_cut_may_lie_above_features_that_no_head_reads():
    trunk = Trunk(Backbone.variants()["tiny"](image_size=32), features=["map"])
    below = trunk.below(trunk.find_cut("1 block"))
    assert below.feature_shapes == {ACTIVATION: (7, 7, 8)}


def test_a_head_that_reads_an_unknown_feature_is_named(config):
    with pytest.raises(ConfigError, match=r"tasks.plain.head.feature: .*'erly'\. Did you mean 'early'\?"):
        load_config(config("tiny"), overrides={"tasks.plain.head": {"kind": "linear", "feature": "erly"}})


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "more"), [("frozen_tiny", ""), ("tiny", FINE_TUNING)])
def test_from_a_config_to_report_prediction_server_and_export(config, tmp_path, kind, more):
    more = more.replace("all", "2 blocks")
    experiment = load_config(config(kind, more))
    run = train(experiment, tmp_path / "run")
    model = HydraNet.load(tmp_path / "run" / "model.keras")

    assert {check.status for check in verify(model)} == {"ok"}
    assert [model.place(name).feature for name in model.tasks] == ["pooled", "early", "map"]
    assert run.metrics["pictures"]["num_passed_through_backbone"] > 0
    images = np.random.default_rng(0).uniform(0, 255, (2, 40, 56, 3)).astype(np.float32)
    expected = model.predict(images, verbose=0)
    for engine in ("tensorflow", "litert"):
        answers = Predictor(run.folder, engine=engine).answer(images)
        for name, outputs in expected.items():
            np.testing.assert_allclose(answers.outputs(name), outputs, atol=1e-4, err_msg=f"{engine} {name}")
    page = write_report(run).read_text()
    assert "Tiny 4" in page
    assert all(f'id="task-{name}"' in page for name in model.tasks)
    picture, predictor = run.folder / "pictures/cat.png", Predictor(run.folder)
    [answer] = predictor.predict([picture])
    served = ask_about(predictor, picture.read_bytes())
    for name, prediction in answer.items():
        assert served[name]["label"] == prediction.label
        assert served[name]["probability"] == pytest.approx(prediction.probability, abs=1e-5)
    export(run, tmp_path / "exported", file_format="saved_model")
    signature = tf.saved_model.load(tmp_path / "exported").signatures["serving_default"]
    scores = {name: part.numpy() for name, part in signature(images=tf.constant(images)).items()}
    for name, task in model.tasks.items():
        np.testing.assert_allclose(scores[name], task.scores(expected[name]), atol=1e-4)
