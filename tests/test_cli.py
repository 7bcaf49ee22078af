"""The command line, run as a user runs it, on small pictures."""

import csv
import html
import io
import json
import os
import resource
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import Run
from hydranet.cli import main
from hydranet.errors import HydraNetError

pytestmark = pytest.mark.slow

CONFIG = """
backbone: {name: MobileNet, image_size: 32, weights: random, arguments: {alpha: 0.25}}
features: {dir: features}
tasks:
  light: {data: light}
"""


def paint(folder: Path, classes: dict[str, int], count: int = 12) -> None:
    """Write noisy pictures of each class, which differ in brightness."""
    random = np.random.default_rng(len(folder.name))
    for name, level in classes.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            pixels = level + random.integers(0, 80, (40, 40, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{index}.png")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a config and pictures, which is the working directory."""
    paint(tmp_path / "light", {"dark": 0, "bright": 150})
    (tmp_path / "my.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder like `place`, in which `runs/my` has been trained."""
    folder = tmp_path_factory.mktemp("trained")
    paint(folder / "light", {"dark": 0, "bright": 150})
    paint(folder / "colour", {"grey": 60, "white": 170})
    (folder / "my.yaml").write_text(CONFIG)
    here = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["train", "my.yaml"]) == 0
        yield folder
    finally:
        os.chdir(here)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hydranet", *arguments]


def failure(capsys, *arguments: str) -> tuple[int, str]:
    """Return exit code and message of a command that fails: one message, nothing on stdout, no traceback."""
    code = main(list(arguments))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return code, printed.err


def test_help_loads_neither_tensorflow_nor_keras():
    script = (
        "import sys\nfrom hydranet.cli import main\ntry:\n    main(['--help'])\n"
        "except SystemExit:\n    print({'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")
    assert "COMMAND" in done.stdout


def test_tensorflow_is_imported_for_good_and_what_comes_later_is_collected():
    script = (
        "import argparse, gc\nfrom hydranet.commands._shared import import_tensorflow\n"
        "for _ in range(2):\n    import_tensorflow(argparse.Namespace(debug=False))\n"
        "    kept = gc.get_freeze_count()\n    later = [[] for _ in range(1000)]\n"
        "    print(gc.isenabled(), kept)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == second
    enabled, kept = first.split()
    assert enabled == "True"
    assert int(kept) > 100_000


def test_train_prints_a_table_and_the_next_command(place, capsys):
    assert main(["train", "my.yaml"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].split()[:3] == ["light", "validation", "accuracy"]
    assert "24 pictures: 24 decoded, 24 passed through the backbone" in printed
    assert "Next: hydranet predict runs/my PICTURE" in printed
    assert "Report: runs/my/report.html" in printed
    assert main(["train", "my.yaml", "--format", "json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["pictures"]["num_decoded"] == 0
    assert metrics["tasks"]["light"]["accuracy"] > 0.5


def test_random_weights_can_be_compared_with(place, capsys):
    assert main(["train", "my.yaml", "--compare-random", "--run", "here"]) == 0
    assert "random backbone" in capsys.readouterr().out
    assert (place / "here/model.keras").is_file()


COUNTING = """
from dataclasses import dataclass, field
from typing import Literal
from hydranet.data import Folder, Source

@dataclass(frozen=True)
class Counting(Source):
    kind: Literal["counting"] = field(default="counting", kw_only=True)

    def load(self):
        with open("loads.txt", "a") as file:
            file.write("x")
        return Folder("light").load()
"""


def test_a_training_with_its_report_lists_the_pictures_once(place, capsys):
    (place / "counting.py").write_text(COUNTING)
    (place / "my.yaml").write_text(
        CONFIG.replace("{data: light}", "{data: {kind: counting}}") + "plugins: [counting.py]\n"
    )
    assert main(["train", "my.yaml"]) == 0
    assert "Report: runs/my/report.html" in capsys.readouterr().out
    assert (place / "loads.txt").read_text() == "x"


def test_a_report_is_written_again_and_shown(trained, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(shown.append(address)))
    of_training = Path("runs/my/report.html").read_bytes()
    Path("runs/my/report.html").unlink()
    assert main(["report", "runs/my", "--open"]) == 0
    assert capsys.readouterr().out == "Report: runs/my/report.html\n"
    assert Path("runs/my/report.html").read_bytes() == of_training
    assert shown == [Path("runs/my/report.html").resolve().as_uri()]


def test_evaluate_leaves_a_report_beside_that_of_the_training(trained, capsys):
    before = Path("runs/my/report.html").read_bytes()
    assert main(["evaluate", "runs/my", "--split", "train"]) == 0
    printed = capsys.readouterr().out
    assert "95 % interval" in printed
    assert "Report: runs/my/evaluation/report.html" in printed
    assert "train split" in Path("runs/my/evaluation/report.html").read_text(encoding="utf-8")
    assert Path("runs/my/report.html").read_bytes() == before


def test_the_learning_curves_are_written_for_tensorboard(place):
    assert main(["train", "my.yaml", "--tensorboard", "--set", "tasks.light.head=mlp"]) == 0
    assert list(Path("runs/my/tensorboard/heads").glob("events.*"))


def test_compare_draws_each_comparison(place, mobilenet_weights, capsys):
    arguments = ["compare", "my.yaml", "--seeds", "2", "--weights", str(mobilenet_weights)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.count("pretrained") >= 1
    names = {path.name for path in Path("runs/my_compared").iterdir() if path.is_file()}
    assert names == {"pretrained_random.csv", "pretrained_random.svg", "report.html"}
    assert main([*arguments, "--only", "shared_separate"]) == 2
    assert "it needs at least 2 tasks" in capsys.readouterr().err


def test_predict_prints_the_same_as_table_json_and_csv(trained, capsys):
    picture = "light/dark/0.png"
    assert main(["predict", "runs/my", picture, "--format", "json"]) == 0
    [answer] = json.loads(capsys.readouterr().out)
    label = answer["predictions"]["light"]["label"]
    assert answer["image"] == picture
    assert main(["predict", "runs/my", picture]) == 0
    assert f"{picture}  {label}" in capsys.readouterr().out
    assert main(["predict", "runs/my", picture, "--format", "csv"]) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["image"], row["task"], row["label"]) == (picture, "light", label)


def test_predict_answers_the_good_pictures_and_names_the_bad_ones(trained, tmp_path, capsys, caplog):
    for number in range(40):
        (tmp_path / f"{number:02}.png").write_bytes(Path(f"light/dark/{number % 12}.png").read_bytes())
    for bad in ("07.png", "39.png"):
        (tmp_path / bad).write_bytes((tmp_path / bad).read_bytes()[:200])
    arguments = ["predict", "runs/my", str(tmp_path), "light/none.png", "--format", "json"]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    answered = [Path(each["image"]).name for each in json.loads(printed.out)]
    assert answered == [f"{number:02}.png" for number in range(39) if number != 7]
    assert "3 of 41 could not be read" in printed.err
    assert all(
        name in caplog.text
        for name in ("07.png is truncated", "39.png is truncated", "none.png can't be read")
    )
    assert main([*arguments, "--skip-bad-images"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(printed.out)


def test_a_head_is_added_though_the_pictures_of_another_task_have_moved(place, capsys, caplog):
    caplog.set_level("INFO", logger="hydranet")
    assert main(["train", "my.yaml"]) == 0
    paint(place / "colour", {"grey": 60, "white": 170})
    (place / "light").rename(place / "moved")
    assert main(["add", "runs/my", "colour", "--data", "colour"]) == 0
    assert "The report leaves out light" in caplog.text
    assert "Report: runs/my/report.html" in capsys.readouterr().out
    assert "colour" in Path("runs/my/report.html").read_text(encoding="utf-8")
    (place / "colour").rename(place / "moved too")
    assert main(["report", "runs/my"]) == 1
    assert "is not a folder" in capsys.readouterr().err


def test_two_who_add_a_head_at_once_lose_none(place):
    assert main(["train", "my.yaml"]) == 0
    editors = {
        name: subprocess.Popen(
            command("add", "runs/my", name, "--data", "light"), stderr=subprocess.PIPE, text=True
        )
        for name in ("first", "second")
    }
    said = {name: editor.communicate()[1] for name, editor in editors.items()}
    added = {name for name, editor in editors.items() if editor.returncode == 0}
    assert added
    for name in editors.keys() - added:
        assert "runs/my is being changed by process" in said[name]
        assert "hydranet" in said[name]
    run = Run("runs/my")
    assert set(run.experiment.tasks) == set(run.metrics["tasks"]) == {"light"} | added
    assert main(["verify", "runs/my"]) == 0


def test_a_run_is_written_though_its_report_can_not_be(place, capsys, caplog, monkeypatch):
    def fail(*_, **__):
        raise HydraNetError("No space left on device")

    monkeypatch.setattr("hydranet.report.write_report", fail)
    assert main(["train", "my.yaml"]) == 0
    assert "runs/my is written; its report was not rewritten: No space left" in caplog.text
    assert "No report: `hydranet report runs/my` writes one" in capsys.readouterr().out
    assert main(["verify", "runs/my"]) == 0


def test_a_head_comes_and_goes_and_the_others_stay(trained, capsys):
    assert main(["add", "runs/my", "colour", "--data", "colour", "--set", "head=linear"]) == 0
    assert "colour" in capsys.readouterr().out
    assert main(["verify", "runs/my", "--format", "json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    assert [(check["task"], check["status"]) for check in checks] == [("light", "ok"), ("colour", "ok")]
    assert main(["add", "runs/my", "again", "--data", "light"]) == 0
    assert "24 pictures: 0 decoded, 0 passed through the backbone" in capsys.readouterr().out
    assert main(["remove", "runs/my", "colour"]) == 0
    assert main(["remove", "runs/my", "again"]) == 0
    assert main(["verify", "runs/my"]) == 0


def test_evaluate_gives_what_the_training_gave(trained, capsys):
    assert main(["info", "runs/my", "--format", "json"]) == 0
    expected = json.loads(capsys.readouterr().out)["tasks"]["light"]["accuracy"]
    assert main(["evaluate", "runs/my", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["tasks"]["light"]["accuracy"] == expected
    assert main(["evaluate", "runs/my", "--split", "train", "--data", "light=light"]) == 0


def test_verify_fails_when_the_backbone_has_moved(trained, capsys):
    from hydranet import HydraNet

    path = Path("runs/moved/model.keras")
    model = HydraNet.load("runs/my/model.keras")
    kernel = model.trunk.network.weights[0]
    kernel.assign(kernel * 1.01)
    model.save(path)
    assert main(["verify", "runs/moved"]) == 1
    printed = capsys.readouterr()
    assert "stale" in printed.out
    assert "not as they were trained: light" in printed.err


def test_lists_what_there_is(trained, capsys):
    assert main(["tasks"]) == 0
    assert "hydranet_tasks.dog_breeds:dog_breeds" in capsys.readouterr().out
    assert main(["backbones", "MobileNetV2", "--image-size", "96"]) == 0
    assert "global_average_pooling2d" in capsys.readouterr().out
    assert main(["features", "--dir", "features"]) == 0
    assert "MB in features" in capsys.readouterr().out
    assert main(["info", "runs/my"]) == 0
    assert "MobileNet at 32 px" in capsys.readouterr().out


def test_the_store_can_be_cleared(place, capsys):
    assert main(["train", "my.yaml"]) == 0
    assert main(["features", "--dir", "features", "--clear"]) == 0
    assert list((place / "features").rglob("*.chunk")) == []


def test_a_valid_config_is_said_to_be_so(place, capsys):
    assert main(["validate", "my.yaml"]) == 0
    assert "my.yaml is valid: 1 task(s): light." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["train", "none.yaml"], 2, "none.yaml can't be read"),
        (
            ["train", "my.yaml", "--set", "bacbone.name=X"],
            2,
            "bacbone: unknown key. Did you mean 'backbone'?",
        ),
        (["train", "my.yaml", "--set", "backbone.name=MobilNetV2"], 2, "Did you mean 'MobileNetV2'?"),
        (["train", "my.yaml", "--set", "backbone.image_size=8"], 2, "at least 32x32"),
        (["train", "my.yaml", "--data", "light"], 2, "expected NAME=VALUE"),
        (["train", "my.yaml", "--data", "light=ligth"], 2, "ligth is not a folder"),
        (["train", "my.yaml", "--data", "light=light/dark"], 2, "holds no class folders"),
        (["train", "my.yaml", "--weights", "none.h5"], 1, "There is no weights file"),
        (["validate", "my.yaml", "--set", "tasks.light.head=flatten"], 2, "needs a feature map"),
        (["predict", "runs/none", "light"], 1, "runs/none holds no trained model"),
    ],
)
def test_wrong_use_is_explained_in_one_message(place, capsys, arguments, code, expected):
    got, message = failure(capsys, *arguments)
    assert (got, expected in message) == (code, True), message
    assert not (place / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["predict", "runs/my", "light/dark/99.png"], 1, "light/dark/99.png can't be read: No such file"),
        (["predict", "runs/my", "light", "--tasks", "ligth"], 2, "Did you mean 'light'?"),
        (["remove", "runs/my", "ligth"], 2, "Did you mean 'light'?"),
        (["remove", "runs/my", "light"], 2, "at least one task"),
        (["add", "runs/my", "light", "--data", "light"], 2, "has a task 'light' already"),
        (["evaluate", "runs/my", "--split", "test"], 2, "has no split 'test'"),
        (["evaluate", "runs/my", "--data", "ligth=light"], 2, "Did you mean 'light'?"),
    ],
)
def test_a_run_is_left_as_it_was_by_wrong_use(trained, capsys, arguments, code, expected):
    before = {path: path.read_bytes() for path in Path("runs/my").iterdir() if path.is_file()}
    got, message = failure(capsys, *arguments)
    assert (got, expected in message) == (code, True), message
    assert before == {path: path.read_bytes() for path in Path("runs/my").iterdir() if path.is_file()}


def test_a_bad_picture_stops_or_is_counted(place, capsys):
    (place / "light/dark/damaged.png").write_bytes((place / "light/dark/0.png").read_bytes()[:200])
    code, message = failure(capsys, "train", "my.yaml")
    assert (code, "damaged.png" in message, "`--skip-bad-images`" in message) == (1, True, True)
    assert main(["train", "my.yaml", "--skip-bad-images"]) == 0
    assert "1 left out as damaged" in capsys.readouterr().out


def test_a_missing_picture_is_a_bad_one(place, capsys, caplog):
    """In an evaluation, a task that is added and a training: it stops them, or is named and counted."""
    rows = ["image,label,split"]
    for index, split in enumerate(["train"] * 5 + ["validation"]):
        rows += [f"light/{name}/{index}.png,{name},{split}" for name in ("dark", "bright")]
    Path("table.csv").write_text("\n".join(rows))
    data = "data={kind: csv, path: %s, label: label, split: split}" % (place / "table.csv")
    arguments = ["my.yaml", "--run", "runs/table", "--set", f"tasks.light.{data}"]
    assert main(["train", *arguments]) == 0
    Path("table.csv").write_text("\n".join([*rows, "gone.png,dark,train", "lost.png,dark,train"]))

    for command, code, expected in (
        (["evaluate", "runs/table", "--split", "train"], 1, ".png can't be read: No such file"),
        (["add", "runs/table", "late", "--set", data], 1, ".png can't be read: No such file"),
        (["train", *arguments], 2, "2 of 14 pictures are missing"),
    ):
        capsys.readouterr()
        got, message = failure(capsys, *command)
        assert (got, expected in message, "`--skip-bad-images`" in message) == (code, True, True), message
        assert main([*command, "--skip-bad-images"]) == 0
        printed = capsys.readouterr().out
        assert "gone.png can't be read: No such file" in caplog.text
        assert "No report" not in printed
        assert command[0] == "evaluate" or "2 left out as damaged" in printed
        caplog.clear()
        assert main(["evaluate", "runs/table", "--split", "train", "--skip-bad-images"]) == 0
    assert len(Run("runs/table").metrics["pictures"]["bad_images"]) == 2


def test_what_is_to_be_known_of_the_data_is_said_everywhere(place, capsys, caplog):
    (place / "light/dark/notes.txt").write_text("not a picture")
    (place / "light/Dark").mkdir()
    (place / "light/dark/11.png").rename(place / "light/Dark/0.png")
    (place / "light/bright/damaged.png").write_bytes((place / "light/bright/0.png").read_bytes()[:200])
    assert main(["train", "my.yaml", "--skip-bad-images"]) == 0
    metrics = json.loads(Path("runs/my/metrics.json").read_text(encoding="utf-8"))
    notes = metrics["tasks"]["light"]["notes"]
    assert [note for note in notes if "1 file left out: 1 .txt" in note]
    assert [note for note in notes if "nothing is measured on Dark" in note]
    assert [note for note in notes if "may be meant as one: 'dark' (11), 'Dark' (1)" in note]
    page = html.unescape(Path("runs/my/report.html").read_text(encoding="utf-8"))
    assert all(note in page and note in caplog.text for note in notes)
    [why] = metrics["tasks"]["light"]["bad_images"]
    assert "damaged.png" in why
    assert why in page
    capsys.readouterr()
    assert main(["validate", "my.yaml"]) == 0
    printed = capsys.readouterr().out
    assert all(note in printed for note in notes)


def test_a_layer_from_a_plug_in_is_found_again_by_another_process(place):
    (place / "my_layers.py").write_text(
        "import keras\n\n@keras.saving.register_keras_serializable('mine')\nclass Wide(keras.layers.Dense):\n    pass\n"
    )
    config = CONFIG.replace("data: light", "data: light, head: {kind: custom, layer: mine>Wide}")
    (place / "my.yaml").write_text(config + "plugins: [my_layers.py]\n")
    subprocess.run(
        command("train", "my.yaml", "--set", "training.max_epochs=1"), check=True, capture_output=True
    )
    refused, done = (
        subprocess.run(
            command("predict", "runs/my", "light/dark/0.png", "--engine", "tensorflow", *trust),
            capture_output=True,
            text=True,
            check=False,
        )
        for trust in ((), ("--trust",))
    )
    assert (refused.returncode, done.returncode) == (1, 0), done.stderr
    assert "my_layers.py. Where you trust whoever wrote it, say so: `--trust`" in refused.stderr
    assert "light/dark/0.png" in done.stdout


def test_debug_shows_where(place):
    from hydranet.errors import HydraNetError

    with pytest.raises(HydraNetError):
        main(["--debug", "train", "none.yaml"])


def test_a_full_disk_is_named_and_leaves_nothing_half_written(place):
    def no_large_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    done = subprocess.run(
        command("train", "my.yaml"), capture_output=True, text=True, check=False, preexec_fn=no_large_files
    )
    assert done.returncode == 1
    assert "Could not write" in done.stderr
    assert "Traceback" not in done.stderr
    left = [path for folder in ("runs", "features") for path in Path(folder).rglob("*") if path.is_file()]
    assert left == []


# The command line, interrupted as by Ctrl-C when the features of the second batch have been computed.
INTERRUPTED = """
import os, signal, sys
from hydranet.cli import main
from hydranet.features import _chunk_writer as extract

check, batches = extract.check_features, []

def check_or_interrupt(*batch):
    check(*batch)
    batches.append(batch)
    if len(batches) == 4:  # two features of each
        os.kill(os.getpid(), signal.SIGINT)

extract.check_features = check_or_interrupt
sys.exit(main(sys.argv[1:]))
"""


def test_interrupted_training_says_so_and_goes_on_later(place, capsys):
    paint(place / "light", {"dark": 0, "bright": 150}, count=60)
    training = ["train", "my.yaml", "--set", "features.engine=tensorflow"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *training], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "runs").exists()
    assert main([*training, "--format", "json"]) == 0
    pictures = json.loads(capsys.readouterr().out)["pictures"]
    assert 0 < pictures["num_passed_through_backbone"] < pictures["num_pictures"] == 120
