"""The fast engine is there where a CPU is all there is."""

import subprocess
import sys

import pytest

from hydranet.engines import _fast, fast_engine

HAS_GPU = """
import sys
from pathlib import Path
from hydranet.engines import _fast
_fast.Path = lambda path: Path(sys.argv[1])
assert not _fast.has_gpu()
print("tensorflow" in sys.modules)
"""


def test_it_is_none_where_tensorflow_has_a_gpu_or_it_is_not_installed(monkeypatch, fast_path):
    assert fast_engine() is fast_path
    monkeypatch.setattr(_fast, "has_gpu", lambda: True)
    assert fast_engine() is None
    monkeypatch.setattr(_fast, "has_gpu", lambda: False)
    monkeypatch.setattr(type(fast_path), "is_installed", lambda engine: False)
    assert fast_engine() is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "is_asked"), [(None, "False"), ("nvidia0", "True"), ("nvidiactl", "False")]
)
def test_tensorflow_is_asked_for_its_gpus_only_where_the_machine_shows_one(tmp_path, device, is_asked):
    if device:
        (tmp_path / device).touch()
    command = [sys.executable, "-c", HAS_GPU, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == is_asked
