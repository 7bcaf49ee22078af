"""The kinds of task, and the contract that each keeps: labels, head, loss, answers, evidence.

A task is data: a frozen dataclass whose fields are its config. It holds no weights and no pictures. Everything that
depends on the kind of question is said here; the rest of hydranet asks a task and not which kind it is.

Example:
    >>> import numpy as np
    >>> from hydranet.tasks import SingleLabel
    >>> task = SingleLabel(name="cats_dogs").resolve(["dog", "cat", "cat"])
    >>> labels, outputs = task.encode(["dog", "cat"]), np.array([[2.0], [1.0]], np.float32)
    >>> [str(prediction) for prediction in task.decode(outputs)]
    ['dog 0.881', 'dog 0.731']
    >>> task.main_metric.name, float(task.metric_values(labels, outputs).mean())
    ('accuracy', 0.5)
"""

from hydranet.tasks._as_data import task_from_config, task_to_config, with_registered
from hydranet.tasks._box import Box
from hydranet.tasks._class_colours import class_colours
from hydranet.tasks._convex import ConvexLoss, HalfSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from hydranet.tasks._gates import (
    Gates,
    check_gates,
    check_removal,
    describe_gate,
    gate_classes,
    gate_levels,
    gate_problems,
)
from hydranet.tasks._judgement import Choices, Estimates, Judgement, Overlaps
from hydranet.tasks._mask_image import mask_image
from hydranet.tasks._metrics import ACCURACY, IOU, MEAN_ABSOLUTE_ERROR, Metric
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._plugins import is_plugin_loaded, load_plugin
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._registry import get_task, register_task, task_origins
from hydranet.tasks._regression import Regression
from hydranet.tasks._seed import task_seed
from hydranet.tasks._segmentation import Segmentation
from hydranet.tasks._single_label import SingleLabel
from hydranet.tasks._task import FROZEN, Task

__all__ = [
    "ACCURACY",
    "FROZEN",
    "IOU",
    "MEAN_ABSOLUTE_ERROR",
    "Box",
    "Choices",
    "ConvexLoss",
    "Estimates",
    "Gates",
    "HalfSquaredError",
    "Judgement",
    "Metric",
    "MultiLabel",
    "Overlaps",
    "Prediction",
    "Regression",
    "Segmentation",
    "SigmoidCrossEntropy",
    "SingleLabel",
    "SoftmaxCrossEntropy",
    "Task",
    "check_gates",
    "check_removal",
    "class_colours",
    "describe_gate",
    "gate_classes",
    "gate_levels",
    "gate_problems",
    "get_task",
    "is_plugin_loaded",
    "load_plugin",
    "mask_image",
    "register_task",
    "task_from_config",
    "task_origins",
    "task_seed",
    "task_to_config",
    "with_registered",
]
