"""What killed writers have left goes with the next one; what living ones write stays."""

import importlib.util
from pathlib import Path

import pytest

from hydranet.files import MARK, atomic_folder, atomic_path, remove_abandoned
from hydranet.files import _exchange as exchange

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("fcntl"), reason="no locks on files that are being written here"
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def abandon(folder):
    """Leave what a killed writer of `metrics.json` and one of a folder `made` would."""
    (folder / f".metrics{MARK}abc.json").write_text("half")
    (folder / f".made{MARK}abc" / "inner").mkdir(parents=True)


def test_the_next_writer_removes_what_is_its_own_and_nothing_else(tmp_path):
    abandon(tmp_path)
    others = [".metrics-mine.json", f".other{MARK}abc.json"]
    for name in others:
        (tmp_path / name).touch()
    with atomic_path(tmp_path / "metrics.json") as temporary:
        temporary.write_text("{}")
    with atomic_folder(tmp_path / "made"):
        pass
    assert names(tmp_path) == sorted([*others, "made", "metrics.json"])


def test_all_of_a_folder_can_be_swept(tmp_path):
    abandon(tmp_path)
    (tmp_path / ".hidden").touch()
    remove_abandoned(tmp_path)
    assert names(tmp_path) == [".hidden"]


def test_a_writer_at_work_keeps_what_it_writes(tmp_path):
    with atomic_path(tmp_path / "a.txt") as file, atomic_folder(tmp_path / "made") as folder:
        file.write_text("first")
        (folder / "inner").touch()
        remove_abandoned(tmp_path)
        with atomic_path(tmp_path / "a.txt") as other:
            other.write_text("second")
        assert file.read_text() == "first"
    assert (tmp_path / "a.txt").read_text() == "first"
    assert names(tmp_path / "made") == ["inner"]


def test_a_file_that_was_taken_for_abandoned_before_it_was_held_is_made_again(tmp_path, monkeypatch):
    from hydranet.files import _temporary as temporary

    hold, taken = temporary._is_held, []

    def take_first(handle, path):
        if not taken:
            taken.append(path)
            Path(path).unlink()
        return hold(handle, path)

    monkeypatch.setattr(temporary, "_is_held", take_first)
    with atomic_path(tmp_path / "a.txt") as path:
        path.write_text("whole")
    assert taken
    assert (tmp_path / "a.txt").read_text() == "whole"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_is_replaced_whether_or_not_the_system_can_exchange(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(exchange, "_exchange", lambda first, second: False)
    for content in ("first", "second"):
        with atomic_folder(tmp_path / "made") as folder:
            (folder / content).touch()
    assert names(tmp_path) == ["made"]
    assert names(tmp_path / "made") == ["second"]


def test_a_folder_is_not_lost_where_the_system_can_not_exchange_and_the_writer_is_killed(
    tmp_path, monkeypatch
):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").touch()
    (tmp_path / "made").rename(tmp_path / ".made-replaced")  # as far as it came

    def fail():
        with atomic_folder(tmp_path / "made"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path / "made") == ["old"]
    assert names(tmp_path) == ["made"]
