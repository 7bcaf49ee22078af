"""`hydranet bench`, away from the checkout."""

import subprocess
import sys
from argparse import Namespace

import pytest

from hydranet.commands._benchmarking import bench
from hydranet.errors import ConfigError

pytestmark = pytest.mark.slow


def run(folder, *arguments):
    command = [sys.executable, "-m", "hydranet_bench", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def test_an_unknown_suite_is_an_error_with_the_nearest_match(tmp_path):
    done = run(tmp_path, "haeds")
    assert done.returncode == 2
    assert "Unknown suite 'haeds'. Did you mean 'heads'?" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_handed_on(capfd):
    with pytest.raises(SystemExit) as raised:
        bench(Namespace(suites=["haeds"], full=False, out="unused"))
    assert raised.value.code == 2
    assert "Unknown suite" in capfd.readouterr().err


def test_a_missing_package_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(ConfigError, match=r"need psutil: pip install 'hydranet\[bench\]'"):
        bench(Namespace(suites=[], full=False, out="unused"))


def test_a_suite_leaves_figures_charts_and_a_table(tmp_path):
    done = run(tmp_path, "input", "--out", "here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "here" / "input.csv").is_file()
    assert (tmp_path / "here" / "charts" / "input.svg").is_file()
    assert "\ninput" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
