"""A training that is killed at any moment and resumed ends as one that was never interrupted."""

import dataclasses
import io
import json
import os
import runpy
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from hydranet import Drawings, SingleLabel, load_config, train
from hydranet.errors import ConfigError, ModelError
from hydranet.runs._checkpoint import Checkpoints
from hydranet.training import _train as fit
from hydranet.training import _train_model as train_model

pytestmark = pytest.mark.slow

PROGRAM = str(Path(__file__).with_name("every_step.py"))
quickly_compiled = runpy.run_path(str(Path(__file__).with_name("steps_on_replicas.py")))["quickly_compiled"]

CONFIG = """
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
augmentation: {{views: 2, rotation: 20}}
training: {{max_epochs: 3}}
features: {{engine: litert}}
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


@pytest.fixture(scope="module")
def uninterrupted(config, tmp_path_factory):
    """The run of a training that nothing has interrupted."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    with quickly_compiled():
        return train(with_features_in(folder, load_config(config)), folder / "run").folder


def with_features_in(folder, experiment):
    features = dataclasses.replace(experiment.features, dir=str(folder / "features"))
    return dataclasses.replace(experiment, features=features)


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
    for phase in results(uninterrupted)[2]:
        assert phase["epochs"] > 2
        assert any(task["kept"] for task in phase["tasks"].values())


def test_a_killed_and_resumed_training_ends_bit_for_bit_like_one_that_was_not(
    config, uninterrupted, tmp_path
):
    """Each process goes on where the one before was killed.

    That is before anything is kept but features; within an epoch; after its last step; within the second phase; and
    when the run was complete, but for the checkpoint that is still there.
    """
    for moment in ("heads", "0 1 4", "0 2 0", "1 1 4", "end"):
        killed = subprocess.run(
            [sys.executable, PROGRAM, moment, "train", str(config), "--run", "run", "--resume"],
            cwd=tmp_path,
            env={**os.environ, "HYDRANET_FEATURES_DIR": str(tmp_path / "features")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, (moment, killed.stderr)
    assert (tmp_path / "run" / "checkpoint.npz").exists()

    resumed = train(with_features_in(tmp_path, load_config(config)), tmp_path / "run", resume=True)

    assert_same_run(uninterrupted, resumed.folder)
    assert not list(resumed.folder.glob("*checkpoint*"))


def test_a_complete_run_is_returned_and_not_trained_again(config, uninterrupted, monkeypatch):
    monkeypatch.setattr(fit, "train_model", lambda *_, **__: pytest.fail("it was about to be trained"))
    before = {path: path.stat().st_mtime_ns for path in uninterrupted.iterdir()}

    assert train(load_config(config), uninterrupted, resume=True).metrics["tasks"].keys() == {
        "light",
        "colour",
    }
    assert {path: path.stat().st_mtime_ns for path in uninterrupted.iterdir()} == before


@pytest.fixture(scope="module")
def interrupted(config, tmp_path_factory):
    """An experiment, and the folder of a run of it that was interrupted when its heads had been trained."""
    folder = tmp_path_factory.mktemp("interrupted")
    experiment = with_features_in(folder, load_config(config))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_model, "fine_tune", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(experiment, folder / "run", resume=True)
    return experiment, folder / "run"


def interrupt(*_, **__):
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


def test_fine_tuning_starts_from_the_same_heads_when_it_is_resumed(config, tmp_path, monkeypatch):
    """They are not those of the run, where a part of the training pictures chooses the epoch."""
    cats = SingleLabel(name="cats", data=Drawings("cats_dogs", 150, 2))
    few = SingleLabel(name="few", data=Drawings("cats_dogs", 4, 2))
    experiment = with_features_in(tmp_path, load_config(config))
    experiment = dataclasses.replace(experiment, tasks={"cats": cats, "few": few})
    received = []

    def note(trunk, heads, job, *, tasks, starts):
        received.append((heads["cats"].get_weights(), starts, tasks))
        raise KeyboardInterrupt

    monkeypatch.setattr(train_model, "fine_tune", note)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(experiment, tmp_path / "run", resume=True)

    (head, first, tasks), (again, second, same_tasks) = received
    assert tasks == same_tasks
    assert list(first) == list(second) == ["cats", "few"]
    for one, two in ((head, again), *((first[name].weights, second[name].weights) for name in first)):
        for weight, other in zip(one, two, strict=True):
            np.testing.assert_array_equal(weight, other)
    assert all((weight != other).any() for weight, other in zip(head, first["cats"].weights, strict=True))
    assert [first[name].confidence for name in first] == [second[name].confidence for name in first]


def test_a_damaged_checkpoint_is_refused_and_replaced_by_a_training_that_does_not_resume(
    interrupted, monkeypatch
):
    experiment, run = interrupted
    checkpoint = (run / "checkpoint.npz").read_bytes()
    (run / "checkpoint.npz").write_bytes(checkpoint[: len(checkpoint) // 2])

    with pytest.raises(ModelError, match="is damaged"):
        train(experiment, run, resume=True)

    monkeypatch.setattr(train_model, "fine_tune", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(experiment, run)
    again = Checkpoints(run, json.loads(str(np.load(run / "checkpoint.npz")["text"]))["identity"])
    again.load()
    assert set(again["heads"].arrays["heads"]) == {"light", "colour"}
