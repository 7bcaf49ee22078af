"""One writer at a time, and the second is told who the first is."""

import os
import platform
import subprocess
import sys

import pytest

from hydranet.errors import BusyError, HydraNetError
from hydranet.files import is_busy, one_writer

HOLD = """
import sys
from pathlib import Path
from hydranet.files import one_writer
with one_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_is_gone_when_its_block_ends_however_it_ends(tmp_path):
    lock = tmp_path / "runs" / "my" / ".lock"

    def fail():
        with one_writer(lock):
            assert is_busy(lock)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []  # nor of the folders that were made for it
    assert not is_busy(lock)


@pytest.mark.parametrize(("name", "of"), [(".lock", ""), (".onnx-float32.lock", "onnx-float32")])
def test_the_second_writer_is_told_what_is_held_and_by_whom(tmp_path, name, of):
    with (
        one_writer(tmp_path / name),
        pytest.raises(BusyError) as caught,
        one_writer(tmp_path / name, patience=0),
    ):
        pass
    message = str(caught.value)
    assert message.startswith(
        f"{tmp_path / of} is being changed by process {os.getpid()} on {platform.node()}"
    )
    assert "since 20" in message
    assert "try again" in message


def test_a_lock_that_nobody_can_read_is_still_a_lock(tmp_path):
    lock = tmp_path / ".lock"
    with one_writer(lock):
        lock.write_bytes(b"\xff{")
        with pytest.raises(BusyError, match="by another process"), one_writer(lock, patience=0):
            pass


def test_a_place_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(HydraNetError, match="Could not write"), one_writer(tmp_path / "file" / ".lock"):
        pass


@pytest.mark.slow
def test_a_writer_that_was_killed_holds_nothing_and_leaves_nothing_to_the_next(tmp_path):
    lock = tmp_path / ".lock"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout.readline() == "held\n"
    with pytest.raises(BusyError, match=rf"process {first.pid} .*-c {lock}"), one_writer(lock, patience=0):
        pass
    first.kill()
    first.communicate()
    assert lock.exists()
    with one_writer(lock, patience=0):
        pass
    assert list(tmp_path.iterdir()) == []
