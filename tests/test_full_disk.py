"""A full disk: one line says what could not be written, the run is as it was, and the next command works."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import Run
from hydranet.cli import main

pytestmark = pytest.mark.slow

FullDisk = runpy.run_path(str(Path(__file__).with_name("full_disk.py")))["FullDisk"]
read_tree = runpy.run_path(str(Path(__file__).with_name("crash_states.py")))["read_tree"]

CONFIG = """
backbone: {name: MobileNet, image_size: 32, weights: random, arguments: {alpha: 0.25}}
features: {dir: place/features}
folds: 0
tasks:
  light: {data: light}
  shade: {data: light}
"""
FINE_TUNING = "fine_tuning: [{unfreeze: 1, epochs: 2, batch_size: 8}]"
RUN = "place/runs/my"
COMMANDS = {
    "train": ["train", "my.yaml", "--run", RUN],
    "train anew": ["train", "my.yaml", "--run", RUN, "--set", "seed=1"],
    "fine-tune": ["train", "tuned.yaml", "--run", RUN],
    "add": ["add", RUN, "late", "--data", "mirrored"],
    "remove": ["remove", RUN, "shade"],
    "import-head": ["import-head", RUN, "place/shade.head"],
    "export-head": ["export-head", RUN, "light", "place/light.head"],
    "report": ["report", RUN],
    "evaluate": ["evaluate", RUN],
    "export": ["export", RUN, "--format", "saved_model"],
    "engine": ["predict", RUN, "light/dark/0.png", "--engine", "litert"],
}
# How many boundaries are passed: one or two of each kind of file that a command writes. All of them take long:
# they are tried where the environment has HYDRANET_TEST_EVERY_BOUNDARY.
SAMPLES = {
    "train": [4, 8],
    "train anew": [12],
    "fine-tune": [6, 12, 18],
    "add": [5, 22],
    "remove": [0, 10],
    "import-head": [13],
    "export-head": [2, 4],
    "report": [5],
    "evaluate": [2],
    "export": [3],
    "engine": [3, 0],
}
EVERY = os.environ.get("HYDRANET_TEST_EVERY_BOUNDARY")


def paint(folder, *, mirrored):
    random = np.random.default_rng(0)
    for name, level in {"dark": 0, "bright": 150}.items():
        (folder / name).mkdir(parents=True)
        for index in range(8):
            pixels = (level + random.integers(0, 80, (40, 40, 3))).astype(np.uint8)
            Image.fromarray(pixels[:, ::-1] if mirrored else pixels).save(folder / name / f"{index}.png")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with configs and pictures, and in `place` what hydranet writes."""
    folder = tmp_path_factory.mktemp("template")
    paint(folder / "light", mirrored=False)
    paint(folder / "mirrored", mirrored=True)
    (folder / "my.yaml").write_text(CONFIG)
    (folder / "tuned.yaml").write_text(CONFIG + FINE_TUNING)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(COMMANDS["train"]) == 0
        assert main(["export-head", RUN, "shade", "place/shade.head"]) == 0
    return folder


@pytest.fixture
def place(template, tmp_path, monkeypatch):
    shutil.copytree(template, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return Path("place")


def before(name, place):
    """Bring the folder to where the command starts from."""
    if name in ("train", "fine-tune"):
        shutil.rmtree(place)
        place.mkdir()
    if name == "import-head":
        assert main(["remove", RUN, "shade"]) == 0


def written(place):
    """What there is but for stored features and a checkpoint, which are kept for the next try."""
    return {
        path: content
        for path, content in read_tree(place).items()
        if not path.startswith("features") and not holds_checkpoint(place / path)
    }


def holds_checkpoint(path):
    return path.name == "checkpoint.npz" or any(path.rglob("checkpoint.npz"))


def leftovers(place):
    """What only a writer at work may leave; a run whose files are still on their way to their places is whole."""
    names = [path for path in read_tree(place) if any(part.startswith(".") for part in path.split("/"))]
    return [path for path in names if "/.committed" not in path]


def check_done(name):
    """The run is whole, and is what the command makes of it."""
    run = Run(RUN)
    assert run.contents.damaged() == []
    tasks = {"add": {"light", "shade", "late"}, "remove": {"light"}}.get(name, {"light", "shade"})
    assert set(run.experiment.tasks) == set(run.model.tasks) == tasks


@pytest.mark.parametrize("stays", [True, False] if EVERY else [True])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_at_any_boundary_is_said_and_changes_nothing(name, stays, place, capsys):
    before(name, place)
    shutil.copytree(place, "start")
    old = written(place)
    for number in range(10**6) if EVERY else SAMPLES[name]:
        capsys.readouterr()
        with FullDisk(place, number, stays=stays) as disk:
            code = main(COMMANDS[name])
        said = capsys.readouterr().err
        if not disk.was_full:
            break
        assert "Traceback" not in said
        assert leftovers(place) == [], number
        if code == 0:  # done, but perhaps for the report
            check_done(name)
        else:
            assert code == 1
            [line] = [line for line in said.splitlines() if line.startswith("hydranet:")]
            assert "ould not write" in line, number
            assert written(place) == old, number
        if EVERY or number == SAMPLES[name][-1]:
            assert main(COMMANDS[name]) in ((0, 2) if code == 0 else (0,))
            check_done(name)
            assert leftovers(place) == [], number
            assert not (place / "runs/my/.committed").exists()
        shutil.rmtree(place)
        shutil.copytree("start", place)


def test_a_result_that_has_no_room_is_said():
    code = "from hydranet.cli import main; raise SystemExit(main(['tasks']))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "hydranet: The result could not be written: No space left on device. Free some space, or send it elsewhere.\n"
    )


def test_what_has_no_room_on_stderr_changes_neither_result_nor_exit_code(place, capsys):
    def run(*arguments):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "hydranet", *arguments]
            return subprocess.run(command, stdout=subprocess.PIPE, stderr=full, text=True, check=False)

    assert main(COMMANDS["engine"]) == 0
    answered = capsys.readouterr().out
    place.joinpath("features").rename("elsewhere")  # LiteRT's file too, which is made again and says so
    assert run(*COMMANDS["engine"]).stdout == answered
    assert run("train", "none.yaml").returncode == 2
