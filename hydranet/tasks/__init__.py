"""The kinds of task and what each can do: build its head, its loss and metrics, encode and decode labels.

A task is data: a frozen dataclass whose fields are its config. It holds no weights and no pictures. Names of
arrays: `labels` are the truth as `encode` gives it, `outputs` what the head gives, `targets` the labels in the
shape of the outputs.
"""

from hydranet.tasks.multi_label import MultiLabel
from hydranet.tasks.regression import Regression
from hydranet.tasks.single_label import SingleLabel
from hydranet.tasks.task import FROZEN, Activation, Prediction, Task

__all__ = ["FROZEN", "Activation", "MultiLabel", "Prediction", "Regression", "SingleLabel", "Task"]
