"""What is installed: every package of the tree, and nothing that only made the bundled weights."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def files(folder, name):
    """Return the files of that name, but for those that only made the bundled weights."""
    return [path for path in (ROOT / folder).rglob(name) if "_pretraining" not in path.parts]


def test_the_list_names_every_package_once():
    faces = {
        ".".join([name, *path.parent.relative_to(ROOT / folder).parts])
        for name, folder in SETTINGS["package-dir"].items()
        for path in files(folder, "__init__.py")
    }
    assert sorted(SETTINGS["packages"]) == sorted(faces)


@pytest.mark.parametrize("folder", SETTINGS["package-dir"].values())
def test_every_python_file_belongs_to_a_package(folder):
    alone = [path for path in files(folder, "*.py") if not (path.parent / "__init__.py").exists()]
    assert not alone, "each of these folders needs an __init__.py, or its files are not installed"
