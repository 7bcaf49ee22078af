"""Measure speed, memory and size on this machine: `python -m hydranet_bench [SUITE…] [--full] [--out DIR]`.

Runs the suites with pytest, and leaves their figures as CSV files and charts. Exits with 1 if a suite has failed, and
with 2 if one is not known.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name
from hydranet_bench.charts import draw_charts
from hydranet_bench.summary import summary

SUITES = {path.stem.removeprefix("test_"): path for path in sorted(Path(__file__).parent.glob("*/test_*.py"))}

_WRONG_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites that are named, or all, and return the exit code."""
    parser = argparse.ArgumentParser(prog="hydranet bench", description=__doc__)
    parser.add_argument("suites", metavar="SUITE", nargs="*", help=f"of {', '.join(SUITES)}; all by default")
    parser.add_argument("--full", action="store_true", help="full size: about an hour on two cores")
    parser.add_argument("--out", default="bench_results", help="where results go (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        paths = [_suite(name) for name in options.suites] or list(SUITES.values())
    except ConfigError as error:
        sys.stderr.write(f"hydranet: {error}\n")
        return _WRONG_USAGE
    folder, start = Path(options.out).resolve(), time.time()
    failed = _run(paths, folder, is_full=options.full)
    written = [path for path in sorted(folder.glob("*.csv")) if path.stat().st_mtime >= start]
    print(summary(written))
    drawn, missing = draw_charts(folder, folder / "charts")
    print(f"\nFigures in {folder}: {len(written)} CSV files, {len(drawn)} charts")
    if missing:
        print(f"Not drawn, because not measured: {', '.join(missing)}")
    return int(failed)


def _suite(name: str) -> Path:
    if name not in SUITES:
        raise ConfigError(unknown_name("suite", name, SUITES))
    return SUITES[name]


def _run(paths: Sequence[Path], folder: Path, *, is_full: bool) -> bool:
    """Run the files with settings of their own, wherever they are installed; return whether one has failed.

    At smoke size they run side by side, which takes half as long: their figures say nothing anyway.
    """
    settings = ["-c", os.devnull, "--rootdir", Path(__file__).parent, "--import-mode=importlib"]
    side_by_side = ["--numprocesses", "2", "--dist", "loadfile", "--benchmark-disable"]
    workers = [] if is_full or len(paths) == 1 else side_by_side
    reports = ["-q", "-rs", "--no-header", "--disable-warnings", "--benchmark-quiet"]
    size = {"HYDRANET_BENCH": "full" if is_full else "smoke", "HYDRANET_BENCH_RESULTS": str(folder)}
    with tempfile.TemporaryDirectory() as unused:  # else plug-ins leave folders where this was called
        storage = ["-p", "no:cacheprovider", "--benchmark-storage", Path(unused).as_uri()]
        command = [sys.executable, "-m", "pytest", *settings, *workers, *reports, *storage, *paths]
        return bool(
            subprocess.run(list(map(str, command)), env={**os.environ, **size}, check=False).returncode
        )


if __name__ == "__main__":
    sys.exit(main())
