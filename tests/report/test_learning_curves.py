"""Learning curves show every row of a task's history where it belongs."""

from hydranet.report._learning_curves import learning_curves
from hydranet.tasks import ACCURACY

PENALTIES = [
    {
        "phase": "0",
        "task": "coat",
        "l2": str(l2),
        "epoch": "",
        "training_loss": "0.5",
        "held_out_loss": "0.75",
    }
    for l2 in (1.0, 0.1, 0.01)
]
EPOCHS = [
    {
        "phase": "1",
        "task": "coat",
        "l2": "",
        "epoch": str(epoch),
        "training_loss": "",
        "held_out_loss": "",
        "validation_loss": "0.5",
        "validation_accuracy": "0.875",
    }
    for epoch in (0, 1, 2)
]
METRICS = {"accuracy": 0.875, "loss": 0.5, "l2": 0.1}


def test_a_linear_head_has_its_penalties_and_each_phase_its_loss_and_metric():
    charts = learning_curves([*PENALTIES, *EPOCHS], ACCURACY, METRICS, [{"best_epoch": 1}])
    assert [chart.title for chart in charts] == [
        "Head on the frozen backbone",
        "Fine-tuning phase 1: loss",
        "Fine-tuning phase 1: accuracy",
    ]
    assert "training loss" in charts[0].svg
    assert "training loss" not in charts[1].svg  # a column without values is no line
    assert [chart.note for chart in charts[1:]] == ["Epoch 2 was the best for all tasks together."] * 2


def test_a_phase_whose_epoch_the_held_out_part_has_chosen_shows_that_part():
    held_out = {
        "validation_loss": "",
        "validation_accuracy": "",
        "held_out_loss": "0.5",
        "held_out_accuracy": "1",
    }
    rows = [{**row, **held_out} for row in EPOCHS]

    charts = learning_curves(rows, ACCURACY, METRICS, [{"best_epoch": 1}])

    assert [chart.title for chart in charts] == ["Fine-tuning phase 1: loss", "Fine-tuning phase 1: accuracy"]
    for chart, line in zip(charts, ("held out loss", "held out accuracy"), strict=True):
        assert line in chart.svg
        assert "validation" not in chart.svg


def test_a_head_trained_by_gradient_has_its_epochs():
    rows = [{**row, "phase": "0", "training_loss": "0.25"} for row in EPOCHS]
    [chart] = learning_curves(rows, ACCURACY, {"accuracy": 0.5}, [])
    assert chart.title == "Head on the frozen backbone: loss"
    assert chart.note == ""


def test_without_a_history_there_are_no_curves():
    assert learning_curves([], ACCURACY, METRICS, []) == []
