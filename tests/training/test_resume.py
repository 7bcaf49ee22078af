"""A training that is killed at any moment and resumed ends as one that was never interrupted."""

import dataclasses
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from hydranet import load_config, train
from hydranet.errors import ConfigError, ModelError
from hydranet.training import fit, train_model
from hydranet.training.checkpoint import Checkpoints

PROGRAM = str(Path(__file__).with_name("every_step.py"))
# How often a training is killed; 20 takes some minutes.
NUM_KILLS = int(os.environ.get("HYDRANET_KILLS", "5"))

CONFIG = """
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
augmentation: {{views: 2, rotation: 20}}
training: {{max_epochs: 3}}
tasks:
  light:
    data: {pictures}/light
    head: {{kind: mlp, hidden: [8, 8], batch_norm: true, dropout: 0.3}}
  colour:
    data: {pictures}/colour
    head: {{kind: linear, dropout: 0.1}}
fine_tuning:
  - {{unfreeze: 1 block, epochs: 4, batch_size: 8, learning_rate: 1.0e-3, store: always, balancing: {{kind: famo}}}}
  - {{unfreeze: 2 blocks, steps: 17, batch_size: 8, learning_rate: 1.0e-3, store: never, balancing: {{kind: gradnorm}}}}
"""


CLASSES = {
    "light": {"dark": (30, 30, 30), "bright": (200, 200, 200)},
    "colour": {"blue": (0, 0, 200), "green": (0, 200, 0), "red": (200, 0, 0)},
}


@pytest.fixture(scope="module")
def config(mobilenet_weights, tmp_path_factory):
    """A config, and the noisy pictures that it speaks of."""
    folder, rng = tmp_path_factory.mktemp("config"), np.random.default_rng(0)
    for task, classes in CLASSES.items():
        for name, colour in classes.items():
            (folder / task / name).mkdir(parents=True)
            for index in range(16):
                noisy = colour + rng.integers(0, 55, (40, 40, 3))
                Image.fromarray(noisy.astype(np.uint8)).save(folder / task / name / f"{index}.png")
    (folder / "tiny.yaml").write_text(
        CONFIG.format(weights=mobilenet_weights, pictures=folder), encoding="utf-8"
    )
    return folder / "tiny.yaml"


class Training:
    """A training in a process of its own, with a checkpoint after every step; it stores its features in `folder`."""

    def __init__(self, config, folder):
        self.run = folder / "run"
        self.steps_before = steps_made(self.run)
        self._started = time.monotonic()
        folder.mkdir(exist_ok=True)
        self._errors = folder / "errors.txt"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, PROGRAM, "train", str(config), "--run", str(self.run), "--resume"],
                env={**os.environ, "HYDRANET_FEATURES_DIR": str(folder / "features")},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    @property
    def seconds(self):
        """How long it has been running."""
        return time.monotonic() - self._started

    def ends(self, kill_when=lambda: False):
        """Let it come to its end, unless it is time to kill it before; return whether it came to its end."""
        while self._process.poll() is None:
            if kill_when():
                self._process.kill()
                self._process.wait()
                return False
            time.sleep(0.01)
        assert self._process.returncode == 0, self._errors.read_text()
        return True


def steps_made(run):
    """Return how many steps of fine-tuning the checkpoint has seen."""
    try:
        with np.load(run / "checkpoint.npz") as file:
            sections = json.loads(str(file["text"]))["sections"]
    except FileNotFoundError:
        return 0
    if "fine_tuning" not in sections:
        return 0
    state, _ = sections["fine_tuning"]
    here = state["phase"]["step"] if state["phase"] else 0
    return here + sum(phase["steps"] for phase in state["tuning"]["phases"])


@pytest.fixture(scope="module")
def uninterrupted(config, tmp_path_factory):
    """The run of a training that nothing has interrupted, and how long it took."""
    training = Training(config, tmp_path_factory.mktemp("uninterrupted"))
    assert training.ends()
    return training.run, training.seconds


def weights(run):
    """Return all weights of a run's model, and its config, read without Keras."""
    with zipfile.ZipFile(run / "model.keras") as archive:
        arrays = {}
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            file.visititems(
                lambda name, item: arrays.update({name: item[()]} if isinstance(item, h5py.Dataset) else {})
            )
        return arrays, json.loads(archive.read("config.json"))


def assert_same_run(first, second):
    (old, old_config), (new, new_config) = weights(first), weights(second)
    assert len(old) > 100
    assert old.keys() == new.keys()
    for name in old:
        np.testing.assert_array_equal(old[name], new[name], err_msg=name)
    for part in ("records", "tail_groups", "tasks"):
        assert old_config["config"][part] == new_config["config"][part]
    assert (first / "history.csv").read_text() == (second / "history.csv").read_text()
    assert results(first) == results(second)


def results(run):
    metrics = json.loads((run / "metrics.json").read_text())
    for phase in metrics["fine_tuning"]:
        del phase["stored"], phase["stored_because"]  # these depend on how fast the machine was just then
    return metrics["identity"], metrics["tasks"], metrics["fine_tuning"]


def test_both_phases_have_changed_what_is_saved(uninterrupted):
    """Or else an interruption in them could do no harm."""
    for phase in json.loads((uninterrupted[0] / "metrics.json").read_text())["fine_tuning"]:
        assert phase["epochs"] > 2
        assert any(task["kept"] for task in phase["tasks"].values())


def at_second(training, second):
    return lambda: training.seconds >= second


def at_step(training, step):
    return lambda: steps_made(training.run) >= step


def test_a_killed_and_resumed_training_ends_bit_for_bit_like_one_that_was_not(
    config, uninterrupted, tmp_path
):
    """Each process goes on where the one before was killed; one that comes to its end is compared, and one begins.

    Every other one is killed by the clock, anywhere between its start and its end; the rest at a step of fine-tuning.
    """
    expected, duration = uninterrupted
    num_steps = sum(phase["steps"] for phase in results(expected)[2])
    rng = np.random.default_rng(0)
    kills, folder = [], tmp_path / "0"
    for attempt in range(1, 4 * NUM_KILLS):
        is_fresh = not folder.exists()
        training = Training(config, folder)
        if len(kills) % 2 and training.steps_before < num_steps:
            is_time = at_step(training, rng.integers(training.steps_before, num_steps) + 1)
        else:
            is_time = at_second(training, duration * (len(kills) + rng.random()) / NUM_KILLS)
        if training.ends(is_time):
            assert_same_run(expected, training.run)
            folder = tmp_path / str(attempt)
            if is_fresh:  # what else ran on this machine had slowed down the first one
                duration = min(duration, training.seconds)
        else:
            kills.append(f"after {training.seconds:.1f} s and {steps_made(training.run)} steps")
        if len(kills) == NUM_KILLS:
            break
    last = Training(config, folder)
    assert last.ends()

    assert_same_run(expected, last.run)
    assert not list(last.run.glob("*checkpoint*"))
    assert len(kills) == NUM_KILLS, kills


def test_a_complete_run_is_returned_and_not_trained_again(config, uninterrupted, monkeypatch):
    monkeypatch.setattr(fit, "train_model", lambda *_, **__: pytest.fail("it was about to be trained"))
    run = uninterrupted[0]
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}

    assert train(load_config(config), run, resume=True).metrics["tasks"].keys() == {"light", "colour"}
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before


@pytest.fixture(scope="module")
def interrupted(config, tmp_path_factory):
    """An experiment, and the folder of a run of it that was interrupted when its heads had been trained."""
    folder = tmp_path_factory.mktemp("interrupted")
    experiment = load_config(config)
    features = dataclasses.replace(experiment.features, dir=str(folder / "features"))
    experiment = dataclasses.replace(experiment, features=features)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_model, "FineTuner", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(experiment, folder / "run", resume=True)
    return experiment, folder / "run"


def interrupt(*_):
    raise KeyboardInterrupt


def test_a_checkpoint_is_not_taken_for_one_of_another_config_or_of_other_pictures(interrupted):
    experiment, run = interrupted
    checkpoint = (run / "checkpoint.npz").read_bytes()
    fewer = dataclasses.replace(experiment.tasks["light"], data=experiment.tasks["colour"].data)
    phases = (dataclasses.replace(experiment.fine_tuning[0], learning_rate=2e-3),)
    for other in (
        dataclasses.replace(experiment, tasks={**experiment.tasks, "light": fewer}),
        dataclasses.replace(experiment, fine_tuning=phases),
        dataclasses.replace(experiment, seed=1),
    ):
        with pytest.raises(ConfigError, match="belongs to a training with another config"):
            train(other, run, resume=True)

    assert (run / "checkpoint.npz").read_bytes() == checkpoint


def test_a_damaged_checkpoint_is_refused_and_replaced_by_a_training_that_does_not_resume(
    interrupted, monkeypatch
):
    experiment, run = interrupted
    checkpoint = (run / "checkpoint.npz").read_bytes()
    (run / "checkpoint.npz").write_bytes(checkpoint[: len(checkpoint) // 2])

    with pytest.raises(ModelError, match="is damaged"):
        train(experiment, run, resume=True)

    monkeypatch.setattr(train_model, "FineTuner", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(experiment, run)
    again = Checkpoints(run, json.loads(str(np.load(run / "checkpoint.npz")["text"]))["identity"])
    again.load()
    assert set(again["heads"].arrays) == {"light", "colour"}
