"""From an experiment to a run: heads on stored features, then the phases of fine-tuning."""

from hydranet.training._edit import add_task
from hydranet.training._train import evaluate, train

__all__ = ["add_task", "evaluate", "train"]
