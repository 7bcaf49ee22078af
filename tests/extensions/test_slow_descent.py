"""A balancing method that hydranet does not know trains like its own: through the kit, and from a config."""

from pathlib import Path

import numpy as np
import pytest

from hydranet import Predictor, load_config, train, write_report
from hydranet.testing import check_balancing

PLUGIN = Path(__file__).with_name("slow_descent.py")
CONFIG = """
plugins: [{plugin}]
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
features: {{dir: {folder}/features}}
tasks:
  cats_dogs: {{data: {{kind: drawings, collection: cats_dogs, num_train: 8, num_validation: 4}}}}
  horse_human: {{data: {{kind: drawings, collection: horse_human, num_train: 8, num_validation: 4}}}}
fine_tuning: {{unfreeze: 1 block, epochs: 1, batch_size: 8, balancing: {balancing}}}
"""


@pytest.fixture
def experiment(mobilenet_weights, tmp_path):
    """Return an experiment with a balancing method, as a config names it."""

    def load(balancing):
        path = tmp_path / "config.yaml"
        text = CONFIG.format(plugin=PLUGIN, weights=mobilenet_weights, folder=tmp_path, balancing=balancing)
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return load


def test_it_keeps_the_contract(experiment):
    check_balancing(experiment("{kind: slow_descent, temperature: 1.5}").fine_tuning[0].balancing)


@pytest.mark.slow
def test_it_balances_a_fine_tuning_that_a_config_asks_for(experiment, tmp_path):
    run = train(experiment("slow_descent"), tmp_path / "run")

    [phase] = run.metrics["fine_tuning"]
    assert phase["steps"] == 4
    assert all(np.isfinite(task["after"]) for task in phase["tasks"].values())
    assert load_config(run.config_path) == run.experiment
    page = write_report(run).read_text()
    assert "slow_descent" in page
    assert phase["cut"] in page
    [answer] = Predictor(run.folder).predict([run.folder / "pictures/cat.png"])
    assert set(answer) == set(run.model.tasks)
