"""The run's folder: whole, readable again, and untouched when writing a new one fails."""

import dataclasses
import json

import pytest

from hydranet import (
    Drawings,
    Experiment,
    HydraNet,
    Predictor,
    Run,
    SingleLabel,
    add_task,
    assess,
    export,
    load_config,
    remove_task,
    verify,
    write_report,
)
from hydranet.backbones import Application
from hydranet.cli import main
from hydranet.errors import HydraNetError, ModelError
from hydranet.runs import accept
from hydranet.runs._run import save_run, versions

TASK = SingleLabel(name="cats_dogs", classes=("cat", "dog"), data=Drawings("cats_dogs", 4, 2))
EXPERIMENT = Experiment(
    tasks={"cats_dogs": TASK}, backbone=Application(image_size=32, weights="random"), seed=7
)
METRICS = {"tasks": {"cats_dogs": {"accuracy": 0.5}}, "versions": versions()}
HISTORY = [
    {"task": "cats_dogs", "l2": 0.1, "training_loss": 0.5, "held_out_loss": 0.25},
    {"task": "coat", "epoch": 0, "training_loss": 1.0, "held_out_loss": 2.0},
]


@pytest.fixture(scope="module")
def model(trunk):
    return HydraNet(trunk, [TASK])


@pytest.mark.slow
def test_what_is_written_can_be_read(model, tmp_path):
    run = save_run(tmp_path / "run", EXPERIMENT, model, METRICS, HISTORY)

    assert sorted(file.name for file in run.folder.iterdir()) == [
        "config.yaml", "history.csv", "manifest.json", "metrics.json", "model.keras",
    ]  # fmt: skip
    again = Run(str(run.folder))
    assert again.experiment == EXPERIMENT == load_config(run.folder / "config.yaml")
    assert again.metrics == METRICS
    assert again.model.tasks == {"cats_dogs": TASK}
    rows = run.history
    assert [(row["task"], row["l2"], row["epoch"]) for row in rows] == [
        ("cats_dogs", "0.1", ""),
        ("coat", "", "0"),
    ]
    assert {"tensorflow", "keras", "python", "hydranet"} <= set(again.metrics["versions"])


def test_history_that_was_read_can_be_written_again(model, tmp_path):
    save_run(tmp_path, EXPERIMENT, model, METRICS, HISTORY)
    first = (tmp_path / "history.csv").read_text()
    save_run(tmp_path, EXPERIMENT, model, METRICS, Run(tmp_path).history)

    assert (tmp_path / "history.csv").read_text() == first


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_previous_run_as_it_was(model, tmp_path, monkeypatch, failure):
    save_run(tmp_path, EXPERIMENT, model, METRICS, HISTORY)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(HydraNet, "save", fail)
    with pytest.raises((HydraNetError, KeyboardInterrupt)):
        save_run(tmp_path, EXPERIMENT, model, {"tasks": {}}, [])

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(ModelError, match=f"{tmp_path.name} holds no trained model"):
        Run(tmp_path)


@pytest.mark.parametrize("content", [None, "not json", json.dumps("x")[:-1]])
def test_metrics_that_can_not_be_read_are_named(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(b"")
    if content is not None:
        (tmp_path / "metrics.json").write_text(content)

    with pytest.raises(ModelError, match=r"metrics\.json can't be read"):
        _ = Run(tmp_path).metrics


@pytest.fixture
def planted(model, tmp_path):
    """A run whose config somebody has given a plug-in, which leaves a file when it is executed."""
    plugin = tmp_path / "planted.py"
    plugin.write_text(f"open({str(tmp_path / 'executed')!r}, 'w').close()\n")
    run = save_run(tmp_path / "run", EXPERIMENT, model, METRICS, HISTORY)
    text = run.config_path.read_text().replace("plugins: []", f"plugins: [{plugin}]")
    assert "planted" in text
    run.config_path.write_text(text)
    accept(run.folder)  # as whoever means harm would
    return run.folder


@pytest.mark.parametrize(
    "open_run",
    [
        lambda folder: Run(folder).experiment,
        lambda folder: Run(folder).model,
        lambda folder: verify(Run(folder).model),
        lambda folder: Predictor(folder),
        lambda folder: export(folder, folder.parent / "exported", file_format="saved_model"),
        lambda folder: add_task(Run(folder), dataclasses.replace(TASK, name="pets")),
        lambda folder: remove_task(Run(folder), "cats_dogs"),
        lambda folder: assess(Run(folder)),
        lambda folder: write_report(Run(folder)),
    ],
)
def test_opening_a_run_executes_nothing_that_it_names(planted, open_run):
    with pytest.raises(ModelError, match=r"names plug-ins, .*planted\.py\. .*`--trust`.*`trust=True`"):
        open_run(planted)
    assert not (planted.parent / "executed").exists()


@pytest.mark.parametrize(
    "command", ["info", "verify", "predict", "evaluate", "report", "remove", "export-head"]
)
def test_no_command_executes_what_a_run_names(planted, command, capsys):
    more = {"predict": ["new.png"], "remove": ["cats_dogs"], "export-head": ["cats_dogs", "my.head"]}
    assert main([command, str(planted), *more.get(command, [])]) == 1
    assert "planted.py. Where you trust whoever wrote it, say so" in capsys.readouterr().err
    assert not (planted.parent / "executed").exists()


def test_a_run_that_is_trusted_imports_its_plug_ins(planted):
    assert Run(planted, trust=True).experiment.seed == 7
    assert (planted.parent / "executed").exists()
    assert Run(planted).experiment.seed == 7  # what is imported already needs no trust
