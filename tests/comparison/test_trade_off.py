"""The dial: which trainings it stands for, and that their cost is that of the models they give."""

import pytest

from hydranet import MLP, Drawings, Experiment, Run, SingleLabel
from hydranet.backbones import Application
from hydranet.backbones._blocks import unfreezing_cut
from hydranet.comparison._trade_off import trade_off
from hydranet.errors import ConfigError
from hydranet.experiment import FeaturesConfig, TrainingConfig
from hydranet.fine_tuning import FineTuning
from hydranet.model._cost import model_multiply_adds
from hydranet.model._trunk import Trunk

pytestmark = pytest.mark.slow


@pytest.fixture
def experiment(tmp_path):
    names, head = ("cats_dogs", "horse_human"), MLP(hidden=(4,))
    return Experiment(
        tasks={name: SingleLabel(name=name, data=Drawings(name, 8, 4), head=head) for name in names},
        backbone=Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}),
        features=FeaturesConfig(dir=str(tmp_path / "features")),
        training=TrainingConfig(max_epochs=1),
        fine_tuning=(FineTuning(fine_tune_at=80), FineTuning(steps=2, batch_size=8, learning_rate=1e-3)),
    )


def test_each_cut_is_trained_with_one_tail_for_all_and_with_one_for_each(experiment, tmp_path):
    points = trade_off(experiment, tmp_path, ["2 blocks"])

    assert [(point.cut, point.tails, point.seed) for point in points] == [
        ("none", "frozen", 0), ("2 blocks", "shared", 0), ("2 blocks", "own", 0),
    ]  # fmt: skip
    places = ("frozen/none", "shared/2_blocks", "own/2_blocks")
    runs = [Run(tmp_path / "cuts" / place / "seed_0") for place in places]
    assert [point.metrics for point in points] == [run.metrics["tasks"] for run in runs]
    assert runs[0].experiment.fine_tuning == ()
    for run, tail in zip(runs[1:], ("shared", "own"), strict=True):
        assert [(phase.unfreeze, phase.steps) for phase in run.experiment.fine_tuning] == [("2 blocks", 2)]
        assert {task.tail for task in run.experiment.tasks.values()} == {tail}

    own = runs[2].model
    assert points[2].multiply_adds == model_multiply_adds(own)
    heads = 2 * (256 * 4 + 4)
    whole = points[0].multiply_adds - heads
    above = 1 - unfreezing_cut(Trunk(experiment.backbone).network, "2 blocks").share_below
    more_tails = max(len(own.tails), 1) - 1  # a task that was not made better keeps the pretrained one
    assert points[0].relative_cost == pytest.approx(1 + heads / whole)
    assert points[2].relative_cost == pytest.approx(1 + more_tails * above + heads / whole)


def test_a_cut_that_is_not_there_is_said_before_any_training(experiment, tmp_path):
    for cuts, message in ((["1 block", "99 blocks"], "received 99"), ([], "at least 1 cut")):
        with pytest.raises(ConfigError, match=message):
            trade_off(experiment, tmp_path, cuts)
    assert list(tmp_path.iterdir()) == []
