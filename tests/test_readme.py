"""Every block of the README is run, or, where it installs things, is what the checks run."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet.config import parse_experiment

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def paint(path: Path, level: int, seed: int) -> None:
    """Write a noisy picture of about one brightness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 60, (40, 40, 3))
    Image.fromarray((level + noise).astype(np.uint8)).save(path)


def run(command: list[str], folder: Path) -> str:
    environment = {
        **os.environ,
        "HYDRANET_FEATURES_DIR": str(folder / "features"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_block_has_a_language_that_is_tested():
    assert {name for name, _ in BLOCKS} == {"sh", "text", "yaml", "console", "python"}


def test_the_two_install_commands_are_what_the_checks_run():
    checks = (ROOT / ".ci/run").read_text()
    assert len(blocks("sh")) == 2
    assert "readme_command 1" in checks
    assert "readme_command 2" in checks


@pytest.mark.parametrize("text", blocks("yaml"))
def test_the_configs_are_valid(text):
    from ruamel.yaml import YAML

    assert parse_experiment(YAML(typ="safe", pure=True).load(text)).tasks


def test_the_python_blocks_run_one_after_the_other(tmp_path):
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks("python")))
    printed = run([sys.executable, str(script)], tmp_path)
    assert "cats_dogs" in printed


def test_the_commands_work_on_own_folders(tmp_path):
    first_config = blocks("yaml")[0]
    config = re.sub("weights: imagenet.*", "weights: random", first_config).replace("160", "32")
    (tmp_path / "my.yaml").write_text(config)
    classes = {"shoes": ("boot", "sandal"), "light": ("day", "night"), "colour": ("red", "white")}
    for task, names in classes.items():
        for label, name in enumerate(names):
            for index in range(12):
                paint(tmp_path / f"pictures/{task}/{name}/{index}.jpg", 150 * label, 1000 * label + index)
    paint(tmp_path / "new.jpg", 100, 0)
    training, prediction, serving = blocks("console")
    printed = run(["bash", "-euo", "pipefail", "-c", training + prediction], tmp_path)
    assert "Next: hydranet predict runs/my" in printed
    assert "new.jpg" in printed
    assert re.search(r"colour +ok", printed)
    assert "Wrote colour.head" in printed
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    serving = serving.replace("8000", port).replace("--engine auto", f"--engine auto --port {port}")
    printed = run(["bash", "-eu", "-c", f"trap 'kill $!; wait' EXIT; {serving}"], tmp_path)
    answer = json.loads(printed[printed.index('{"predictions"') :])
    assert list(answer["predictions"]) == ["shoes", "light"]
