"""The command that measures."""

import argparse
import subprocess
import sys
from importlib.util import find_spec

from hydranet.errors import ConfigError, ModelError

_NEEDED = ("pytest", "pytest_benchmark", "xdist", "psutil")
_WRONG_USAGE = 2


def bench_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench`."""
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="such as heads; all by default")
    parser.add_argument(
        "--full", action="store_true", help="full size: about an hour on two cores; a quick try by default"
    )
    parser.add_argument(
        "--out",
        default="bench_results",
        metavar="DIR",
        help="where figures and charts go (default: %(default)s)",
    )


def bench(options: argparse.Namespace) -> None:
    """Measure speed, memory and size on this machine, in a process of its own; fail if a suite fails."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f"Benchmarks need {', '.join(missing)}: pip install 'hydranet[bench]'.")
    command = [sys.executable, "-m", "hydranet_bench", *options.suites, "--out", options.out]
    code = subprocess.run([*command, *(["--full"] if options.full else [])], check=False).returncode
    if code == _WRONG_USAGE:
        raise SystemExit(code)  # the process has said what is wrong
    if code:
        raise ModelError("a benchmark has failed: what is printed above says which, and why.")
