"""The kinds of task and what each can do: build its head, its loss and metrics, encode and decode labels.

A task is data: a frozen dataclass whose fields are its config. It holds no weights and no pictures. Names of
arrays: `labels` are the truth as `encode` gives it, `outputs` what the head gives, `targets` the labels in the
shape of the outputs.
"""

from hydranet.tasks._as_data import task_from_config, task_to_config
from hydranet.tasks._gates import Gates, check_gates, check_removal, gate_levels, gate_problems
from hydranet.tasks._metrics import gain, main_metric
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._registry import get_task, load_plugin, register_task, task_origins
from hydranet.tasks._regression import Regression
from hydranet.tasks._seed import task_seed
from hydranet.tasks._single_label import SingleLabel
from hydranet.tasks._task import FROZEN, Activation, Prediction, Task

__all__ = [
    "FROZEN",
    "Activation",
    "Gates",
    "MultiLabel",
    "Prediction",
    "Regression",
    "SingleLabel",
    "Task",
    "check_gates",
    "check_removal",
    "gain",
    "gate_levels",
    "gate_problems",
    "get_task",
    "load_plugin",
    "main_metric",
    "register_task",
    "task_from_config",
    "task_origins",
    "task_seed",
    "task_to_config",
]
