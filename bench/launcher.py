"""Run a command and print its output, seconds and peak memory as JSON: `python launcher.py COMMAND…`.

A process of its own, because Linux counts the memory of the process that starts a command as the command's: a
small launcher adds nothing, pytest with TensorFlow in it would add a gigabyte.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Finished(NamedTuple):
    """A command that has run."""

    exit_code: int
    seconds: float
    peak_rss_mib: float
    output: str

    def result(self) -> Any:
        """Return what it printed, which is JSON."""
        return json.loads(self.output)


def run_python(arguments: Sequence[object], environment: Mapping[str, object] | None = None) -> Finished:
    """Run `python ARGUMENTS` through a launcher; it must succeed."""
    command = [sys.executable, __file__, sys.executable, *map(str, arguments)]
    variables = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ}
    variables |= {name: str(value) for name, value in (environment or {}).items()}
    launched = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    finished = Finished(**json.loads(launched.stdout))
    if finished.exit_code:
        raise RuntimeError(f"{' '.join(command[2:])} failed:\n{launched.stderr[-4000:]}")
    return finished


def _launch(command: Sequence[str]) -> Finished:
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "output").open("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        peak = usage.ru_maxrss * _RSS_UNIT / 2**20
        return Finished(process.returncode, round(seconds, 2), round(peak, 1), output.read())


if __name__ == "__main__":
    print(json.dumps(_launch(sys.argv[1:])._asdict()))
