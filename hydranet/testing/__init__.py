"""What every extension must do, for the tests of people who write one."""

from hydranet.testing._check_balancing import check_balancing
from hydranet.testing._check_source import check_source
from hydranet.testing._check_task import check_task

__all__ = ["check_balancing", "check_source", "check_task"]
