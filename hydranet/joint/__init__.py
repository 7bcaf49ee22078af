"""The phases in which a tail and the heads above it are trained together."""

from hydranet.joint._fine_tune import FineTuner, find_phase_cuts

__all__ = ["FineTuner", "find_phase_cuts"]
