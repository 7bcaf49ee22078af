"""The command line as one of several workers: it notes what it writes, and can be killed after some steps.

`python watched_worker.py FILE NUM_STEPS ARGUMENTS…` writes to FILE, a line each, the paths below `--run` that were
opened for writing, moved or removed. NUM_STEPS 0 is no kill.
"""

import os
import signal
import sys
from pathlib import Path

from hydranet.cli import main
from hydranet.joint._phase import Phase

file, num_steps, *arguments = sys.argv[1:]
run = arguments[arguments.index("--run") + 1]
make_step = Phase._step
written = []


def note(event, values):
    writes = event == "open" and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in {"os.rename", "os.remove", "os.mkdir"}) and str(values[0]).startswith(run):
        written.append(str(values[0]))


def make_step_or_die(phase, *batch):
    make_step(phase, *batch)
    if phase.state.step == int(num_steps):
        os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(note)
Phase._step = make_step_or_die
code = main(arguments)
Path(file).write_text("\n".join(written))
sys.exit(code)
