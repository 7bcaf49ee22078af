"""One training beside another: what pretraining, sharing and fine-tuning bring, and what they cost."""

from hydranet.comparison._compare import Comparison, choose_comparisons, compare
from hydranet.comparison._trade_off import Tails, TradeOff, check_cuts, trade_off

__all__ = ["Comparison", "Tails", "TradeOff", "check_cuts", "choose_comparisons", "compare", "trade_off"]
