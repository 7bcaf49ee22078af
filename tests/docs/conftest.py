"""What the pages take for granted: pictures, a config for them, and runs that were trained before."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
CLASSES = {
    "shoes": ("boot", "sandal"),
    "light": ("day", "night"),
    "colour": ("red", "white"),
    "cats_dogs": ("cats", "dogs"),
    "dog_breeds": ("collie", "poodle"),
}
CONFIG = """
backbone: {name: MobileNet, image_size: 32, weights: random, arguments: {alpha: 0.25}}
tasks:
  shoes: {data: pictures/shoes}
  light: {data: pictures/light}
"""


@pytest.fixture(scope="session")
def shell(tmp_path_factory):
    """Run a script in a folder as a reader would, with the commands of this environment, and return what it prints."""
    features = tmp_path_factory.mktemp("features")

    def run(script: str, folder: Path) -> str:
        environment = {
            **os.environ,
            "HYDRANET_FEATURES_DIR": str(features),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    """The folder of somebody who has pictures, a CSV file and a config, and has not begun yet."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "configs").mkdir()
    config = (ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8")
    (folder / "configs" / "quickstart.yaml").write_text(re.sub(r"(num_\w+): \d+", r"\1: 6", config))
    for task, names in CLASSES.items():
        for label, name in enumerate(names):
            for index in range(12):
                _paint(folder / f"pictures/{task}/{name}/{index}.jpg", 150 * label, 1000 * label + index)
    _paint(folder / "new.jpg", 100, 0)
    rows = [
        f"pictures/shoes/{name}/{index}.jpg,{name},head|tail,{index}"
        for name in CLASSES["shoes"]
        for index in range(12)
    ]
    (folder / "pictures.csv").write_text("\n".join(["image,breed,visible,age", *rows]))
    (folder / "my.yaml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="session")
def my_run(reader, shell):
    """What `hydranet train my.yaml` leaves."""
    shell("hydranet train my.yaml", reader)
    return reader / "runs" / "my"


@pytest.fixture
def new_folder(reader, tmp_path, request):
    """A folder to follow a page in: as the reader's, with those runs that the page names and does not make."""

    def make(page: str) -> Path:
        shutil.copytree(
            reader, tmp_path, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("runs")
        )
        for name, fixture, making in (
            ("my", "my_run", r"hydranet train my\.yaml$"),
            ("quickstart", "quickstart", r"hydranet\.train\("),
        ):
            if f"runs/{name}" in page and not re.search(making, page, re.MULTILINE):
                shutil.copytree(request.getfixturevalue(fixture), tmp_path / "runs" / name)
        return tmp_path

    return make


def _paint(path: Path, level: int, seed: int) -> None:
    """Write a noisy picture of about one brightness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 60, (40, 40, 3))
    Image.fromarray((level + noise).astype(np.uint8)).save(path)
