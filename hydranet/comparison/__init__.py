"""One training beside another: what pretraining, sharing and fine-tuning bring, and what they cost.

`compare` trains the same tasks in two ways, with several seeds; `trade_off` moves the cut from a frozen backbone to a
network for each task. Each training is a run of its own, and one that is there already is not made again.

Example:
    >>> from hydranet import Experiment, SingleLabel
    >>> choose_comparisons(Experiment(tasks={name: SingleLabel(name=name) for name in ("coat", "breed")}))
    ('pretrained_random', 'shared_separate')
"""

from hydranet.comparison._compare import Comparison, choose_comparisons, compare
from hydranet.comparison._trade_off import Tails, TradeOff, check_cuts, trade_off

__all__ = ["Comparison", "Tails", "TradeOff", "check_cuts", "choose_comparisons", "compare", "trade_off"]
