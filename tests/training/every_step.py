"""The command line, but with a checkpoint after every step: what the tests of `--resume` run and kill."""

import sys

from hydranet.cli import main
from hydranet.training.checkpoint import Checkpoints

Checkpoints.seconds = 0.0
sys.exit(main())
