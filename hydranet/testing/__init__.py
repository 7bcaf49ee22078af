"""What every extension must do, for the tests of people who write one: a check for each contract.

Example:
    >>> from hydranet import SingleLabel
    >>> from hydranet.testing import check_task
    >>> check_task(SingleLabel(name="coat", classes=("curly", "long", "short")))
"""

from hydranet.testing._check_backbone import check_backbone
from hydranet.testing._check_balancing import check_balancing
from hydranet.testing._check_engine import check_engine
from hydranet.testing._check_format import check_format
from hydranet.testing._check_head import check_head
from hydranet.testing._check_source import check_source
from hydranet.testing._check_task import check_task

__all__ = [
    "check_backbone",
    "check_balancing",
    "check_engine",
    "check_format",
    "check_head",
    "check_source",
    "check_task",
]
