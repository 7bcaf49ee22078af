"""Event files hold every row of a history once, as TensorBoard reads it."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from hydranet.errors import ConfigError
from hydranet.runs import _event_log as event_log
from hydranet.runs._event_log import EventLog

HEADS = [
    {"phase": 0, "task": "coat", "l2": 1.0, "training_loss": 0.5, "held_out_loss": 0.75},
    {"phase": 0, "task": "coat", "l2": 0.5, "training_loss": 0.25, "held_out_loss": 0.625},
]
EPOCHS = [
    {"phase": 1, "task": "coat", "epoch": epoch, "training_loss": None, "validation_loss": 0.5 / (epoch + 1)}
    for epoch in range(3)
]


def tags(folder):
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {tag: [event.step for event in events.Tensors(tag)] for tag in events.Tags()["tensors"]}


def test_each_phase_is_a_run_and_each_row_is_there_once(tmp_path):
    log = EventLog(tmp_path / "events")
    log(HEADS)
    for rows in (EPOCHS[:1], EPOCHS[:2], EPOCHS):  # as a training gives them: all so far
        log(rows)
    assert tags(tmp_path / "events" / "heads") == {
        "coat/l2": [0, 1],
        "coat/training_loss": [0, 1],
        "coat/held_out_loss": [0, 1],
    }
    assert tags(tmp_path / "events" / "phase_1") == {"coat/validation_loss": [0, 1, 2]}


def test_a_log_starts_anew(tmp_path):
    EventLog(tmp_path / "events")(EPOCHS)
    EventLog(tmp_path / "events")(HEADS)
    assert [folder.name for folder in (tmp_path / "events").iterdir()] == ["heads"]


def test_without_tensorboard_it_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(event_log, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'hydranet\[tensorboard\]'"):
        EventLog(tmp_path)
