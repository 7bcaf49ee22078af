"""`python -m hydranet`: the same as the command `hydranet`."""

import sys

from hydranet.cli import main

sys.exit(main())
