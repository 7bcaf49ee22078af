"""ARCHITECTURE.md is true: floors, names, what to touch. CONTRIBUTING.md leads to files that are there."""

import ast
import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

import hydranet.testing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MOST_LINES = 150


def order():
    """The order of the packages that `test_architecture.py` holds."""
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text(encoding="utf-8"))
    [value] = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "ORDER"
    ]
    return [name for group in value.elts for name in ast.literal_eval(group.value)]


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows():
    """The cells of each row of the table, without its head."""
    lines = [line for line in section("To add X, touch Y").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_it_is_short():
    assert len(PAGE.splitlines()) <= MOST_LINES


def test_the_floors_are_those_that_imports_keep_to():
    [floors] = re.findall(r"^```text\n(.*?)^```$", section("The floors"), re.MULTILINE | re.DOTALL)
    packages = [name for line in floors.splitlines() for name in re.split(r"\s{2,}", line)[1].split()]
    assert packages == order(), "write the floors as ORDER in tests/test_architecture.py has them"


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", PAGE)) - {"hydranet.testing"})
)
def test_a_name_is_one_of_the_face_of_its_package(name):
    package, _, member = name.removeprefix("hydranet.").partition(".")
    if member == "py":
        assert list(ROOT.rglob(name)), f"{name} is no file"
    else:
        face = importlib.import_module(f"hydranet.{package}")
        assert attrgetter(member)(face)
        assert member.partition(".")[0] in getattr(face, "__all__", vars(face))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w./]+/)`", PAGE))))
def test_a_folder_is_there(name):
    assert (ROOT / name).is_dir()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_is_added_has_a_kit_and_a_sample_that_passes_it(row):
    _, _, kit, sample = row
    kit = kit.strip("`")
    assert kit in hydranet.testing.__all__
    [path] = re.findall(r"`(tests/extensions/\w+\.py)`", sample)
    assert (ROOT / path).is_file()
    tests = [file.read_text(encoding="utf-8") for file in (ROOT / "tests/extensions").glob("test_*.py")]
    assert any(kit in text and Path(path).stem in text for text in tests), (
        f"no test runs {path} through {kit}"
    )


def test_each_kit_has_a_row():
    assert {row[2].strip("`") for row in rows()} == set(hydranet.testing.__all__)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:docs|tests)/\w[\w/]*\.\w+|\w+\.py)`", CONTRIBUTING)))
)
def test_a_file_that_contributors_are_sent_to_is_there(path):
    assert (ROOT / path).is_file() or (ROOT / "tests/extensions" / path).is_file()


def test_each_package_has_a_page_of_the_reference():
    faces = {path.parent.name for path in (ROOT / "hydranet").glob("*/__init__.py")} - {"commands"}
    assert faces <= {path.stem for path in (ROOT / "docs/api").glob("*.md")}
