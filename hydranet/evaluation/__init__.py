"""How good a task is: measured in one way, with intervals, confusion, calibration, and what a head looks at.

`assess` asks the heads of a run about a split of their data; everything else reads the `Assessment` that it returns,
and of the task only what every kind says of itself.

Example:
    >>> from hydranet.evaluation import assess, metric_interval, most_confident_mistakes
    >>> from hydranet.runs import Run
    >>> assessment = assess(Run("runs/quickstart"))["cats_dogs"]
    >>> interval = metric_interval(assessment)
    >>> interval.low <= assessment.metrics["accuracy"] <= interval.high
    True
    >>> len(most_confident_mistakes(assessment, limit=3)) <= 3
    True
"""

from hydranet.evaluation._assess import Assessment, assess, find_tasks, make_assessment, why_bad
from hydranet.evaluation._audit import Twin, class_balance, contradicts, exact_duplicates, leaks, look_alikes
from hydranet.evaluation._calibration import calibrate
from hydranet.evaluation._confusion import confusion
from hydranet.evaluation._evaluate import evaluate
from hydranet.evaluation._grad_cam import GradCam
from hydranet.evaluation._interval import Interval, confidence_interval
from hydranet.evaluation._map_grid import MapGrid
from hydranet.evaluation._measure import Measurement, evaluate_head, head_outputs, measure
from hydranet.evaluation._metric_interval import metric_interval
from hydranet.evaluation._notable import Notable, least_certain, most_confident_mistakes
from hydranet.evaluation._paired import SURE, standard_error
from hydranet.evaluation._per_class import per_class_metrics
from hydranet.evaluation._ranking import Curve, precision_recall_curve, roc_curve
from hydranet.evaluation._samples import Sample, augmented, class_samples
from hydranet.evaluation._suspects import Suspect, suspicious_labels

__all__ = [
    "SURE",
    "Assessment",
    "Curve",
    "GradCam",
    "Interval",
    "MapGrid",
    "Measurement",
    "Notable",
    "Sample",
    "Suspect",
    "Twin",
    "assess",
    "augmented",
    "calibrate",
    "class_balance",
    "class_samples",
    "confidence_interval",
    "confusion",
    "contradicts",
    "evaluate",
    "evaluate_head",
    "exact_duplicates",
    "find_tasks",
    "head_outputs",
    "leaks",
    "least_certain",
    "look_alikes",
    "make_assessment",
    "measure",
    "metric_interval",
    "most_confident_mistakes",
    "per_class_metrics",
    "precision_recall_curve",
    "roc_curve",
    "standard_error",
    "suspicious_labels",
    "why_bad",
]
