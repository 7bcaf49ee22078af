"""A run's folder: what is damaged is named, a run that changes is old or new to whoever reads it."""

import logging
import runpy
from contextlib import suppress
from pathlib import Path

import pytest

from hydranet import Drawings, Experiment, HydraNet, Run, SingleLabel
from hydranet.backbones import Application
from hydranet.errors import BusyError, HydraNetError, ModelError
from hydranet.files import one_writer
from hydranet.runs import _folder as run_folder
from hydranet.runs import accept, add_head, add_report, changing, find_source, remove_task
from hydranet.runs._run import save_run

FullDisk = runpy.run_path(str(Path(__file__).parents[1] / "full_disk.py"))["FullDisk"]
TASKS = {
    name: SingleLabel(name=name, classes=("cat", "dog"), data=Drawings("cats_dogs", 4, 2))
    for name in ("coat", "breed")
}
EXPERIMENT = Experiment(tasks=TASKS, backbone=Application(image_size=32, weights="random"))
METRICS = {"tasks": {name: {"accuracy": 0.5} for name in TASKS}}
READ = {
    "config.yaml": lambda run: run.experiment,
    "metrics.json": lambda run: run.metrics,
    "history.csv": lambda run: run.history,
    "model.keras": lambda run: run.model,
}


@pytest.fixture(scope="module")
def model(trunk):
    return HydraNet(trunk, TASKS.values())


@pytest.fixture
def run(model, tmp_path):
    """A run with two heads that nobody has trained, and a report."""
    run = save_run(tmp_path / "run", EXPERIMENT, model, METRICS, [])
    add_report(run.contents, "<p>report</p>")
    return Run(run.folder)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("place", [0, 0.5, -1])
def test_a_flipped_bit_is_named_before_the_file_is_used(run, name, place):
    path = run.folder / name
    flip(path, place if isinstance(place, int) else len(path.read_bytes()) // 2)
    with pytest.raises(ModelError, match=rf"{name} is damaged: it is not what was written.*--accept"):
        READ[name](Run(run.folder))
    assert [name in problem for problem in Run(run.folder).contents.damaged()] == [True]


@pytest.mark.parametrize("name", READ)
def test_a_file_that_was_cut_or_removed_is_named(run, name):
    content = (run.folder / name).read_bytes()
    (run.folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=f"{name} is damaged"):
        READ[name](Run(run.folder))
    (run.folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} is missing|holds no trained model \({name}\)"):
        READ[name](Run(run.folder))


def test_every_byte_of_the_manifest_counts(run):
    path = run.folder / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        flip(path, place)
        problems = Run(run.folder).contents.damaged()
        assert not problems or "manifest.json is damaged" in problems[0]
        if whole[place : place + 1].isalnum():
            assert problems
        path.write_bytes(whole)


def test_an_engine_that_reads_the_model_only_for_its_digest_is_told(run):
    assert find_source(run.folder).digest() == find_source(run.folder).digest()
    flip(run.folder / "model.keras", 1000)
    with pytest.raises(ModelError, match=r"model\.keras is damaged"):
        find_source(run.folder).digest()


def test_a_run_without_a_manifest_is_read_as_before_and_gets_one_with_the_next_change(run):
    (run.folder / "manifest.json").unlink()
    old = Run(run.folder)
    assert old.contents.digests is None
    assert old.metrics == METRICS
    remove_task(old, "breed")
    assert Run(run.folder).contents.digests is not None


def test_what_was_changed_by_hand_can_be_accepted(run):
    config = run.folder / "config.yaml"
    config.write_text(config.read_text().replace("seed: 0", "seed: 5"))
    accept(run.folder)
    assert Run(run.folder).experiment.seed == 5
    assert Run(run.folder).contents.damaged() == []


def test_a_new_run_takes_the_report_of_the_old_one_away(run):
    remove_task(run, "breed")
    assert names(run.folder) == ["config.yaml", "history.csv", "manifest.json", "metrics.json", "model.keras"]


def test_what_has_been_changed_since_it_was_opened_is_not_read_as_if_it_were_the_same(run):
    old, edited = Run(run.folder), Run(run.folder)
    remove_task(edited, "breed")
    with pytest.raises(BusyError, match="changed since it was opened"):
        _ = old.metrics
    with pytest.raises(BusyError, match="changed since it was opened"):
        add_report(old.contents, "of the old run")
    assert old.current().metrics == Run(run.folder).metrics


def test_an_edit_starts_from_what_the_run_is_now(run):
    """Or else the second of two editors would bring back what the first has removed."""
    late = SingleLabel(name="late", classes=("cat", "dog"))
    first, second = Run(run.folder), Run(run.folder)
    _ = first.model, second.model, second.metrics
    with changing(run.folder):
        add_head(first, first.model.with_task(late), late)
    remove_task(second, "breed")
    left = Run(run.folder)
    assert list(left.model.tasks) == list(left.experiment.tasks) == ["coat", "late"]


def test_a_second_editor_is_told_who_the_first_is_and_changes_nothing(run, monkeypatch):
    monkeypatch.setattr("hydranet.runs._folder.one_writer", lambda path: one_writer(path, patience=0))
    before = (run.folder / "model.keras").read_bytes()
    with one_writer(run.folder / ".lock"), pytest.raises(BusyError, match="run is being changed by process"):
        remove_task(run, "breed")
    assert (run.folder / "model.keras").read_bytes() == before


def test_a_run_that_could_not_be_begun_leaves_no_folder(tmp_path):
    def fail():
        with changing(tmp_path / "run"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path) == []


def test_a_reader_sees_the_new_run_as_soon_as_it_is_committed(run, model, monkeypatch):
    """Also while its files are still on their way, and where nobody may end that."""
    monkeypatch.setattr(run_folder, "_finish", lambda folder: None)
    monkeypatch.setattr(run_folder, "recover", lambda folder: None)
    smaller = {name: TASKS[name] for name in ["coat"]}
    experiment = Experiment(tasks=smaller, backbone=EXPERIMENT.backbone)
    save_run(run.folder, experiment, model.without_task("breed"), {"tasks": {"coat": {}}}, [])
    monkeypatch.undo()
    monkeypatch.setattr("hydranet.runs._run.recover", lambda folder: None)
    seen = Run(run.folder)
    assert list(seen.experiment.tasks) == list(seen.metrics["tasks"]) == list(seen.model.tasks) == ["coat"]
    assert (run.folder / ".committed").is_dir()


def test_a_run_from_elsewhere_has_nothing_removed_or_moved_that_is_not_its_own(run, tmp_path):
    from hydranet.files import write_note

    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "id").write_text("mine")
    (run.folder / ".committed").symlink_to(precious)
    assert list(Run(run.folder).metrics["tasks"]) == list(TASKS)
    assert names(precious) == ["id"]
    (run.folder / ".committed").unlink()
    (run.folder / ".committed").mkdir()
    write_note(
        run.folder / ".committed" / "manifest.json",
        {"format": 1, "files": run.contents.digests, "removed": ["../precious/id", "report.html"]},
    )
    Run(run.folder)
    assert names(precious) == ["id"]


def test_what_killed_writers_have_left_is_removed_when_the_run_is_opened(run, caplog):
    caplog.set_level(logging.WARNING)
    (run.folder / ".lock").write_text("{")
    (run.folder / "..committed-writing-abc").mkdir()
    (run.folder / "..committed-writing-abc" / "model.keras").write_bytes(b"half")
    (run.folder / ".checkpoint-writing-abc.npz").write_bytes(b"half")
    (run.folder / "exports").mkdir()
    (run.folder / "exports" / ".onnx-float32-writing-abc").mkdir()
    (run.folder / "exports" / ".onnx-float32.lock").touch()
    (run.folder / ".mine").touch()
    Run(run.folder)
    left = {path.name for path in run.folder.rglob("*")} - set(READ) - {"manifest.json", "report.html"}
    assert left == {"exports", ".mine"}


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_boundary_leaves_the_old_run_or_the_new_one(run, model):
    experiment = Experiment(tasks={"coat": TASKS["coat"]}, backbone=EXPERIMENT.backbone)
    smaller, num_failed = model.without_task("breed"), 0
    while True:
        with FullDisk(run.folder, num_failed) as disk, suppress(HydraNetError), changing(run.folder):
            save_run(run.folder, experiment, smaller, {"tasks": {"coat": {}}}, [])
        found = Run(run.folder)
        tasks = list(found.metrics["tasks"])
        assert list(found.experiment.tasks) == tasks
        assert tasks in (["coat"], list(TASKS))
        assert found.contents.damaged() == []
        assert set(names(run.folder)) - {"report.html"} == {*READ, "manifest.json"}
        if not disk.was_full:
            break
        num_failed += 1
        if tasks == ["coat"]:
            with changing(run.folder):
                save_run(run.folder, EXPERIMENT, model, METRICS, [])
    assert num_failed > 10
