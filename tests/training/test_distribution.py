"""Several replicas, and several workers: the same training as on one device, and a worker that is lost.

TensorFlow divides a CPU once per process, so each number of replicas has a process of its own.
"""

import atexit
import csv
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hydranet.cli import main
from hydranet.distribution import Distribution, choose_distribution
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError, HydraNetError
from hydranet.features._store import FeatureStore

pytestmark = pytest.mark.slow

STEPS = Path(__file__).with_name("steps_on_replicas.py")
WORKER = Path(__file__).with_name("watched_worker.py")
SCRIPT = runpy.run_path(str(STEPS))
METHODS = [method.kind for method in SCRIPT["METHODS"]]
# Far more than anything here takes, so that what hangs fails.
TIMEOUT_S = 300

# `who` and `size` are labels of the same files, each of a part of them.
CONFIG = """
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
training: {{max_epochs: 3}}
features: {{engine: tensorflow}}
tasks:
  who:
    kind: single_label
    data: {{kind: csv, path: pictures.csv, label: who}}
    head: {{kind: mlp, hidden: [16], batch_norm: true}}
  size:
    kind: regression
    data: {{kind: csv, path: pictures.csv, label: size}}
fine_tuning:
  - {{unfreeze: 1 block, epochs: 3, batch_size: 13, learning_rate: 1.0e-3, learning_rate_divisor: 3, store: always,
     balancing: {{kind: gradnorm}}}}
"""
NUM_FILES = 60
STEPS_PER_EPOCH = 4

every_method = pytest.mark.parametrize("method", METHODS)
every_number = pytest.mark.parametrize("num_replicas", [2, 4])


@pytest.fixture(scope="module")
def config(mobilenet_weights, tmp_path_factory):
    """A config, and the pictures that it speaks of."""
    folder = tmp_path_factory.mktemp("config")
    rows = []
    for index in range(NUM_FILES):
        label = ("horse", "human")[index % 2]
        pixels = draw("horse_human", label, index=index, image_size=40)
        Image.fromarray(pixels).save(folder / f"{index}.png")
        rows.append((f"{index}.png", label if index % 3 else "", str(index / 10) if index % 4 else ""))
    with (folder / "pictures.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "who", "size"), *rows])
    (folder / "small.yaml").write_text(CONFIG.format(weights=mobilenet_weights))
    return folder / "small.yaml"


class Finished(NamedTuple):
    """A process that has ended."""

    code: int
    out: str
    err: str


class Process:
    """A Python program that runs beside the tests; its features go to a folder of their own."""

    def __init__(self, folder, name, *arguments, **environment):
        self.paths = [folder / f"{name}.out", folder / f"{name}.err"]
        environment = {**os.environ, "HYDRANET_FEATURES_DIR": str(folder / "features"), **environment}
        with self.paths[0].open("w") as out, self.paths[1].open("w") as err:
            self.popen = subprocess.Popen(
                [sys.executable, *map(str, arguments)], stdout=out, stderr=err, env=environment
            )
        atexit.register(self.popen.kill)  # a test that fails does not wait for it

    def finish(self):
        """Wait for its end."""
        code = self.popen.wait(TIMEOUT_S)
        return Finished(code, *(path.read_text() for path in self.paths))


def weights_of(run):
    """Return every weight in `model.keras`, by its place in the file."""
    with zipfile.ZipFile(run / "model.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    arrays = {}
    with h5py.File(content) as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
    return arrays


def metrics_of(run):
    return json.loads((run / "metrics.json").read_text())


def assert_same_training(run, expected):
    """Check that what was measured and learnt agrees to what rounding leaves."""
    tasks, expected_tasks = metrics_of(run)["tasks"], metrics_of(expected)["tasks"]
    for name in expected_tasks:
        numbers = {
            key: value for key, value in expected_tasks[name].items() if isinstance(value, int | float)
        }
        assert {key: tasks[name][key] for key in numbers} == pytest.approx(numbers, rel=1e-4, abs=1e-4), name
    weights, expected_weights = weights_of(run), weights_of(expected)
    assert weights.keys() == expected_weights.keys()
    for name, weight in weights.items():
        np.testing.assert_allclose(weight, expected_weights[name], rtol=0, atol=1e-5, err_msg=name)


# Replicas.


class Trained(NamedTuple):
    """What one number of replicas has given."""

    records: dict
    run: Path


@pytest.fixture(scope="module")
def trained(config, tmp_path_factory):
    """What 1, 2 and 4 replicas have given, by their number."""
    folders = {number: tmp_path_factory.mktemp(f"replicas_{number}") for number in (1, 2, 4)}
    files = {number: folder / "records.npz" for number, folder in folders.items()}

    def start(number, **environment):
        arguments = STEPS, number, files[number], config, folders[number] / "run"
        return Process(folders[number], "train", *arguments, **environment)

    two = start(2)
    np.savez(files[1], **SCRIPT["record"](choose_distribution()))
    features = folders[1] / "features"
    assert (
        main(["train", str(config), "--run", str(folders[1] / "run"), "--set", f"features.dir={features}"])
        == 0
    )
    four = start(4, HYDRANET_FEATURES_DIR=str(features))  # of the one replica: two have extracted their own
    for process in (two, four):
        finished = process.finish()
        assert finished.code == 0, finished.err
    return {number: Trained(dict(np.load(files[number])), folders[number] / "run") for number in folders}


def of(trained, prefix):
    return {name: value for name, value in trained.records.items() if name.startswith(prefix)}


def distance(arrays, expected):
    """Return the largest distance of an array from what is expected, and that of all together, both relative."""
    assert arrays.keys() == expected.keys()
    norms = {name: np.linalg.norm(value) for name, value in expected.items()}
    distances = {name: np.linalg.norm(arrays[name] - expected[name]) for name in expected}
    largest = max(distances[name] / norm if norm else distances[name] for name, norm in norms.items())
    return largest, np.linalg.norm(list(distances.values())) / np.linalg.norm(list(norms.values()))


@every_number
def test_labels_are_spread_unevenly_here(trained, num_replicas):
    full, last = (trained[num_replicas].records[f"labels/{number}"] for number in range(2))

    assert len(full) == len(last) == num_replicas
    assert (full[:, 0] > 0).all()  # every replica has rows; but all of `pair` is on one of them
    assert (full[:, 1] > 0).sum() == 1
    assert (last.sum(axis=1) == 0).any()  # there are fewer rows than replicas have room for
    assert last[:, 1].sum() == 0  # and none is labelled for `pair`
    np.testing.assert_allclose(full.sum(axis=0), trained[1].records["labels/0"][0], rtol=1e-6)


@every_number
@every_method
def test_the_gradients_do_not_depend_on_the_number_of_replicas(trained, num_replicas, method):
    for number in range(2):
        prefix = f"{method}/gradients/{number}"
        gradients, expected = of(trained[num_replicas], prefix), of(trained[1], prefix)
        largest, together = distance(gradients, expected)
        assert largest < 1e-6
        assert together < 5e-7


@pytest.mark.parametrize(
    ("num_replicas", "method"),
    [*((2, method) for method in METHODS), *((4, method.kind) for method in SCRIPT["FEW_METHODS"])],
)
def test_neither_do_losses_weights_and_what_a_method_has_learnt(trained, num_replicas, method):
    several, one = (
        {name: of(trained[number], f"{method}/{name}") for name in ("losses", "weights", "state")}
        for number in (num_replicas, 1)
    )
    assert list(several["losses"]) == [f"{method}/losses"]
    for what, arrays in several.items():
        assert arrays.keys() == one[what].keys()
        for name, value in arrays.items():
            np.testing.assert_allclose(value, one[what][name], rtol=1e-5, atol=1e-6, err_msg=name)


@every_number
def test_a_training_does_not_depend_on_the_number_of_replicas(trained, num_replicas):
    run, expected = trained[num_replicas].run, trained[1].run

    assert_same_training(run, expected)
    tasks, expected_tasks = (metrics_of(each)["fine_tuning"][0]["tasks"] for each in (run, expected))
    for name, task in tasks.items():  # after many steps; so few pictures may be sure of no gain
        assert task["after"] != task["before"]
        assert task["after"] == pytest.approx(expected_tasks[name]["after"], rel=1e-3)
        assert task["kept"] == expected_tasks[name]["kept"]
    if num_replicas == 2:
        assert metrics_of(run)["pictures"] == metrics_of(expected)["pictures"]


# Workers.


def start_workers(folder, config, kill_after=0, *options):
    """Start two workers on free ports; the second may be killed after some steps."""
    with socket.socket() as first, socket.socket() as second:
        for place in (first, second):
            place.bind(("127.0.0.1", 0))
        hosts = [f"127.0.0.1:{place.getsockname()[1]}" for place in (first, second)]
    return [
        Process(
            folder,
            f"worker_{index}",
            WORKER,
            folder / f"written_{index}",
            kill_after if index else 0,
            *("train", config, "--run", folder / "run", *options),
            TF_CONFIG=json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}),
        )
        for index in range(2)
    ]


class Lost(NamedTuple):
    """A training of two workers, of which the second was killed in the second epoch."""

    folder: Path
    chief: Finished
    worker: Finished
    checkpoint: dict


@pytest.fixture(scope="module")
def workers(config, tmp_path_factory):
    """Two workers that were not interrupted, and two of which one was lost."""
    folder, lost_folder = (tmp_path_factory.mktemp(name) for name in ("workers", "lost"))
    processes = start_workers(folder, config)
    chief, worker = start_workers(lost_folder, config, STEPS_PER_EPOCH + 2)
    killed = worker.finish()
    survivor = chief.finish()
    with np.load(lost_folder / "run" / "checkpoint.npz") as file:
        checkpoint = json.loads(str(file["text"]))
    lost = Lost(lost_folder, survivor, killed, checkpoint)
    return folder, [process.finish() for process in processes], lost


def test_two_workers_train_as_one_does(workers, trained):
    folder, finished, _ = workers

    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(folder / "run", trained[1].run)


def test_the_chief_alone_writes_and_speaks(workers):
    folder, (chief, other), _ = workers

    assert (folder / "written_1").read_text() == ""
    assert "model" in (folder / "written_0").read_text()
    assert not (folder / "run" / "checkpoint.npz").exists()
    assert "written to" in chief.out
    assert other.out == ""


def test_each_worker_extracts_its_share_of_the_features_once(workers, trained):
    folder, _, _ = workers
    pictures = metrics_of(folder / "run")["pictures"]
    everything = metrics_of(trained[1].run)["pictures"]

    assert pictures["num_pictures"] == everything["num_pictures"]
    assert pictures["num_passed_through_backbone"] == pytest.approx(
        everything["num_passed_through_backbone"] / 2, abs=1
    )
    stored, expected = (
        {space.name: space.num_rows for space in FeatureStore(place / "features").usage()}
        for place in (folder, trained[1].run.parent)
    )
    assert stored == expected


def test_a_worker_that_is_lost_ends_the_other_with_a_clear_message(workers):
    lost = workers[2]

    assert lost.worker.code == -signal.SIGKILL
    assert lost.chief.code == 1
    message = lost.chief.err.splitlines()[-1]
    assert message.startswith("hydranet: A worker was lost, and the others can't go on without it (")
    assert message.endswith("Start all 2 workers again with --resume: they go on from the last checkpoint.")
    assert "Traceback" not in lost.chief.err
    assert not (lost.folder / "run" / "model.keras").exists()


def test_workers_that_are_started_again_end_as_if_none_had_been_lost(workers, config):
    folder, _, lost = workers
    phase = lost.checkpoint["sections"]["fine_tuning"][0]["phase"]
    assert (phase["epoch"], phase["step"]) == (1, STEPS_PER_EPOCH)
    finished = [process.finish() for process in start_workers(lost.folder, config, 0, "--resume")]

    assert [process.code for process in finished] == [0, 0], finished
    weights, expected = weights_of(lost.folder / "run"), weights_of(folder / "run")
    assert weights.keys() == expected.keys()
    for name, weight in weights.items():
        np.testing.assert_array_equal(weight, expected[name], err_msg=name)
    again, uninterrupted = (metrics_of(place / "run") for place in (lost.folder, folder))
    assert again["tasks"] == uninterrupted["tasks"]
    assert again["fine_tuning"][0]["tasks"] == uninterrupted["fine_tuning"][0]["tasks"]
    assert again["fine_tuning"][0]["steps"] == uninterrupted["fine_tuning"][0]["steps"] == 3 * STEPS_PER_EPOCH
    history = [(place / "run" / "history.csv").read_text() for place in (lost.folder, folder)]
    assert history[0] == history[1]
    assert metrics_of(lost.folder / "run")["pictures"]["num_passed_through_backbone"] == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            tf.errors.UnavailableError(None, None, "{{node x}} Collective ops is aborted:\nmore"),
            "(Collective ops is aborted)",
        ),
        (tf.errors.AbortedError(None, None, "different incarnation"), "(different incarnation)"),
    ],
)
def test_an_error_of_tensorflow_is_a_lost_worker_only_where_there_are_several(error, reason):
    strategy = tf.distribute.get_strategy()
    with pytest.raises(HydraNetError) as raised, Distribution(strategy, 0, 2).explaining_lost_workers():
        raise error
    assert reason in str(raised.value)
    assert raised.value.__cause__ is error
    with pytest.raises(type(error)), Distribution(strategy).explaining_lost_workers():
        raise error


# Wrong use.

CLUSTER = {"worker": ["127.0.0.1:2222", "127.0.0.1:2223"]}
TASK = {"type": "worker", "index": 1}


def test_a_process_that_asks_again_gets_the_same_devices():
    assert choose_distribution() is choose_distribution(None)


@pytest.mark.parametrize("number", ["0", "-2"])
def test_fewer_than_one_replica_is_wrong_usage(config, tmp_path, number, capsys):
    assert main(["train", str(config), "--run", str(tmp_path), f"--replicas={number}"]) == 2
    message = f"hydranet: The number of replicas must be at least 1: received {number}.\n"
    assert capsys.readouterr().err == message


def test_replicas_can_not_be_chosen_beside_other_workers(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": TASK}))
    with pytest.raises(ConfigError, match=r"TF_CONFIG says what the replicas are: leave --replicas out\."):
        choose_distribution(2)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"cluster": []}',
        json.dumps({"cluster": CLUSTER}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": "first"}}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "chief", "index": 0}}),
        json.dumps({"cluster": {"worker": "127.0.0.1:2222"}, "task": TASK}),
        json.dumps({"cluster": {**CLUSTER, "ps": ["127.0.0.1:2224"]}, "task": TASK}),
    ],
)
def test_a_damaged_cluster_is_shown_with_what_was_expected(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError) as raised:
        choose_distribution(3)
    assert str(raised.value).startswith("TF_CONFIG can't be used: expected JSON with ")
    assert str(raised.value).endswith(f"received {text}.")


@pytest.mark.parametrize("text", ["", "{}", '{"cluster": {}}', '{"environment": "cloud"}'])
def test_a_cluster_of_nobody_is_one_process(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    assert choose_distribution(1).num_workers == 1


def test_a_cpu_that_has_computed_something_can_not_be_split_any_more():
    tf.constant(1.0) + 1.0
    with pytest.raises(
        ConfigError, match=r"can't be split into replicas any more.*choose the replicas first"
    ):
        choose_distribution(3)
