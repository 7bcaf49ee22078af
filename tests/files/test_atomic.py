"""Files appear whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from hydranet.errors import HydraNetError
from hydranet.files import atomic_folder, atomic_path


@pytest.fixture
def old_file(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text("old")
    return path


def write_half(path, error):
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error


def write_text(path, text):
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_replaces_the_file(old_file):
    write_text(old_file, "new: ä")
    assert old_file.read_bytes() == "new: ä".encode()
    assert names(old_file.parent) == ["metrics.json"]


def test_missing_folders_are_made(tmp_path):
    write_text(tmp_path / "runs" / "first" / "metrics.json", "{}")
    assert (tmp_path / "runs" / "first" / "metrics.json").read_text() == "{}"


def test_the_temporary_file_lies_beside_and_keeps_the_suffix(old_file):
    with atomic_path(old_file) as temporary:
        temporary.write_text("new")
        assert temporary.parent == old_file.parent
        assert temporary.suffix == ".json"
        assert temporary.name.startswith(".")
        assert old_file.read_text() == "old"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ValueError("x"), SystemExit(1), OSError(errno.EIO, "x")]
)
def test_a_failure_leaves_the_old_file_and_no_temporary_one(old_file, error):
    with pytest.raises(type(error)):
        write_half(old_file, error)
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["metrics.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_full_or_closed_disk_is_named_and_leaves_the_old_file(old_file, number):
    with pytest.raises(HydraNetError) as caught:
        write_half(old_file, OSError(number, os.strerror(number)))
    message = str(caught.value)
    assert str(old_file) in message
    assert os.strerror(number) in message
    assert "unchanged" in message
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["metrics.json"]


def test_a_disk_that_fills_up_only_when_it_is_synced_leaves_the_old_file(old_file, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HydraNetError, match="No space left"):
        write_text(old_file, "new")
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["metrics.json"]


def test_a_file_where_a_folder_is_needed_is_a_clear_error(old_file):
    with pytest.raises(HydraNetError, match="choose another folder"):
        write_text(old_file / "config.yaml", "x")


def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path):
    (tmp_path / "metrics.json").mkdir()
    with pytest.raises(HydraNetError, match="Is a directory"):
        write_text(tmp_path / "metrics.json", "x")
    assert names(tmp_path) == ["metrics.json"]


def test_others_may_read_the_file_as_far_as_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "metrics.json", "{}")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(tmp_path / "metrics.json").stat().st_mode) == 0o640


def test_a_folder_takes_the_place_of_the_previous_one_whole(tmp_path):
    for content in ("first", "second"):
        with atomic_folder(tmp_path / "made") as temporary:
            (temporary / "inner").mkdir()
            (temporary / "inner" / content).write_text(content)
    assert [path.name for path in (tmp_path / "made" / "inner").iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_folder_that_is_not_finished_leaves_the_previous_one(tmp_path):
    with atomic_folder(tmp_path / "made") as temporary:
        (temporary / "kept").touch()

    def fail():
        with atomic_folder(tmp_path / "made") as temporary:
            (temporary / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "kept"]
