"""From pictures to decoded predictions."""

from hydranet.inference._answers import Answers
from hydranet.inference._assess_on_engine import assess_on_engine
from hydranet.inference._fast_path import prepare
from hydranet.inference._open_pictures import find_examples, find_unlabelled
from hydranet.inference._predictor import Predictor
from hydranet.inference._sample import (
    MOST_EXAMPLES,
    load_known_splits,
    read_batches,
    sample_examples,
    spread,
    unlabelled,
)
from hydranet.inference._sliding_window import SlidingWindow

__all__ = [
    "MOST_EXAMPLES",
    "Answers",
    "Predictor",
    "SlidingWindow",
    "assess_on_engine",
    "find_examples",
    "find_unlabelled",
    "load_known_splits",
    "prepare",
    "read_batches",
    "sample_examples",
    "spread",
    "unlabelled",
]
