"""Killed at any moment: the run is the old or the new one, the next command works, and nothing is left behind."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import Run
from hydranet.cli import main
from hydranet.files import MARK

pytestmark = pytest.mark.slow

crash_states = runpy.run_path(str(Path(__file__).with_name("crash_states.py")))
read_tree, recording, write_tree = (crash_states[name] for name in ("read_tree", "recording", "write_tree"))

PARTS = ("config.yaml", "history.csv", "metrics.json", "model.keras")
CONFIG = """
backbone: {name: MobileNet, image_size: 32, weights: random, arguments: {alpha: 0.25}}
features: {dir: features}
folds: 0
tasks:
  light: {data: light}
  shade: {data: light}
"""


def paint(folder):
    random = np.random.default_rng(0)
    for name, level in {"dark": 0, "bright": 150}.items():
        (folder / name).mkdir(parents=True)
        for index in range(8):
            pixels = level + random.integers(0, 80, (40, 40, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{index}.png")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with a config, pictures, stored features and a trained run; and a head of it as a file."""
    folder = tmp_path_factory.mktemp("template")
    paint(folder / "light")
    (folder / "my.yaml").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", "my.yaml"]) == 0
        assert main(["export-head", "runs/my", "shade", "shade.head"]) == 0
    return folder


@pytest.fixture
def place(template, tmp_path, monkeypatch):
    shutil.copytree(template, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


def parts(folder):
    """The parts of the run as its readers get them; nothing if there is none."""
    return {
        name: next(
            (path.read_bytes() for path in (folder / ".committed" / name, folder / name) if path.is_file()),
            None,
        )
        for name in PARTS
    }


def leftovers(folder):
    return [
        path
        for path in folder.rglob("*")
        if MARK in path.name or path.name.startswith(".") or path.name.endswith("-replaced")
    ]


COMMANDS = {
    "train": ["train", "my.yaml"],
    "train anew": ["train", "my.yaml", "--set", "seed=1"],
    "add": ["add", "runs/my", "late", "--data", "light"],
    "remove": ["remove", "runs/my", "shade"],
    "import-head": ["import-head", "runs/my", "shade.head"],
    "report": ["report", "runs/my"],
    "export": ["export", "runs/my", "--format", "saved_model"],
}


def before(name):
    """Bring the folder to where the command starts from."""
    if name == "train":
        shutil.rmtree("runs")
    if name == "import-head":
        assert main(["remove", "runs/my", "shade"]) == 0
    if name == "export":
        assert main(COMMANDS["export"]) == 0  # so that one is replaced


def names(state):
    """What there is in a state, but for what is being written."""
    return frozenset(name for name in state if MARK not in name)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_boundary_leaves_the_old_run_or_the_new_one(name, place, tmp_path, monkeypatch):
    before(name)
    Path("runs").mkdir(exist_ok=True)
    old = parts(Path("runs/my"))
    with recording("runs") as recorded:
        assert main(COMMANDS[name]) == 0
    new = parts(Path("runs/my"))
    assert len(recorded.states) > 3
    assert leftovers(Path("runs")) == []
    seen, tried = set(), set()
    for number, state in enumerate(recorded.states):
        folder = tmp_path / str(number)
        write_tree(state, folder / "runs")
        for each in ("light", "my.yaml", "features", "shade.head"):
            (folder / each).symlink_to(place / each)
        monkeypatch.chdir(folder)
        found = parts(Path("runs/my"))
        assert found in (old, new), f"state {number} is a mixture"
        seen.add("old" if found == old else "new")
        if name == "export":
            files = {path.name for path in Path("runs/my/exports/saved_model-float32").iterdir()}
            assert {"saved_model.pb", "variables"} <= files, f"state {number}"
        if found["model.keras"] is not None:
            run = Run("runs/my")
            assert set(run.metrics["tasks"]) <= set(
                run.experiment.tasks
            )  # an imported head brings no figures
            assert run.contents.damaged() == []
            assert leftovers(Path("runs/my")) == [], f"state {number}"
            assert parts(Path("runs/my")) == found
        if names(state) not in tried:  # what is half-written is gone by now
            tried.add(names(state))
            go_on(name, is_new=found == new)
        monkeypatch.chdir(place)
        shutil.rmtree(folder)
    assert seen == ({"old"} if old == new else {"old", "new"})


def go_on(name, is_new):
    """Verify the run, if there is one, and give the command again: all is there then, and nothing else."""
    if Path("runs/my/model.keras").exists():
        assert main(["verify", "runs/my"]) == 0
    is_done = is_new and name in ("add", "remove", "import-head")
    assert main(COMMANDS[name]) == (2 if is_done else 0)
    assert leftovers(Path("runs")) == []
    tasks = (
        {"light", "shade", "late"} if name == "add" else {"light"} if name == "remove" else {"light", "shade"}
    )
    assert set(Run("runs/my").experiment.tasks) == tasks
