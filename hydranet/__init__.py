"""One pretrained image backbone, run once per batch, feeding many small task heads.

Register tasks, train their heads together, predict all of them in one pass:

    experiment = hydranet.load_config("configs/quickstart.yaml")
    run = hydranet.train(experiment, "runs/quickstart")
    predictions = hydranet.Predictor(run).predict(["picture.jpg"])

Names are loaded when they are first used: importing hydranet loads neither TensorFlow nor Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hydranet.config import load_config
    from hydranet.data.augment import Augmentation
    from hydranet.data.mixture import Sampling
    from hydranet.data.sources import CSV, TFDS, Drawings, Folder
    from hydranet.errors import ConfigError, DataError, HydraNetError, ModelError
    from hydranet.experiment import BackboneConfig, Experiment, FeaturesConfig, TrainingConfig
    from hydranet.exports.export import export
    from hydranet.fine_tuning import FineTuning
    from hydranet.heads import MLP, Custom, Flatten, Linear
    from hydranet.inference.answers import Answers
    from hydranet.inference.exchange import export_head, import_head
    from hydranet.inference.head_file import HeadFile
    from hydranet.inference.predictor import Predictor
    from hydranet.model.backbone import Backbone
    from hydranet.model.hydranet import HydraNet
    from hydranet.model.verify import verify
    from hydranet.registry import get_task, register_task
    from hydranet.report.run_report import write_report
    from hydranet.tasks import MultiLabel, Prediction, Regression, SingleLabel, Task
    from hydranet.training.assess import Assessment, assess
    from hydranet.training.balancing import FAMO, GradNorm, PCGrad, Static, Uncertainty
    from hydranet.training.edit import add_task, remove_task
    from hydranet.training.fit import evaluate, train
    from hydranet.training.run import Run

__version__ = "0.1.0"

_MODULES = {
    "hydranet.config": ("load_config",),
    "hydranet.data.augment": ("Augmentation",),
    "hydranet.data.mixture": ("Sampling",),
    "hydranet.data.sources": ("CSV", "TFDS", "Drawings", "Folder"),
    "hydranet.errors": ("ConfigError", "DataError", "HydraNetError", "ModelError"),
    "hydranet.experiment": ("BackboneConfig", "Experiment", "FeaturesConfig", "TrainingConfig"),
    "hydranet.exports.export": ("export",),
    "hydranet.fine_tuning": ("FineTuning",),
    "hydranet.heads": ("MLP", "Custom", "Flatten", "Linear"),
    "hydranet.inference.answers": ("Answers",),
    "hydranet.inference.exchange": ("export_head", "import_head"),
    "hydranet.inference.head_file": ("HeadFile",),
    "hydranet.inference.predictor": ("Predictor",),
    "hydranet.model.backbone": ("Backbone",),
    "hydranet.model.hydranet": ("HydraNet",),
    "hydranet.model.verify": ("verify",),
    "hydranet.registry": ("get_task", "register_task"),
    "hydranet.report.run_report": ("write_report",),
    "hydranet.tasks": ("MultiLabel", "Prediction", "Regression", "SingleLabel", "Task"),
    "hydranet.training.assess": ("Assessment", "assess"),
    "hydranet.training.balancing": ("FAMO", "GradNorm", "PCGrad", "Static", "Uncertainty"),
    "hydranet.training.edit": ("add_task", "remove_task"),
    "hydranet.training.fit": ("evaluate", "train"),
    "hydranet.training.run": ("Run",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'hydranet' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])
