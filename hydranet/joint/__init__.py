"""The phases in which a tail and the heads above it are trained together."""

from hydranet.joint._fine_tune import FineTuner, find_phase_cuts
from hydranet.joint._job import TrainingJob

__all__ = ["FineTuner", "TrainingJob", "find_phase_cuts"]
