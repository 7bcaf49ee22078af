"""One pretrained image backbone, run once per batch, feeding many small task heads.

Register tasks, train their heads together, predict all of them in one pass:

    experiment = hydranet.load_config("configs/quickstart.yaml")
    run = hydranet.train(experiment, "runs/quickstart")
    predictions = hydranet.Predictor(run).predict(["picture.jpg"])

Names are loaded when they are first used: importing hydranet loads neither TensorFlow nor Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

from hydranet.keras_classes import register_for_keras

if TYPE_CHECKING:
    from hydranet.backbones import Application, Backbone, KerasFile, KerasHub, SavedModel, StoredFeatures
    from hydranet.balancing import FAMO, GradNorm, PCGrad, Static, Uncertainty
    from hydranet.config import load_config
    from hydranet.data import CSV, TFDS, Arrays, Augmentation, Boxes, Drawings, Films, Folder, Masks, Sampling
    from hydranet.domains import Coral, Denoising, Domain, ImportanceWeights, Standardise
    from hydranet.errors import ConfigError, DataError, HydraNetError, ModelError
    from hydranet.evaluation import Assessment, assess, evaluate
    from hydranet.experiment import Experiment, FeaturesConfig, TrainingConfig
    from hydranet.exports import export
    from hydranet.fine_tuning import FineTuning
    from hydranet.heads import (
        MLP,
        Attention,
        Coordinates,
        Custom,
        Flatten,
        Linear,
        Map,
        Pretrained,
        Recurrent,
    )
    from hydranet.inference import Answers, Predictor, SlidingWindow
    from hydranet.model import HydraNet, Tail, Trunk
    from hydranet.report import write_report
    from hydranet.runs import HeadFile, Run, export_head, import_head, remove_task, verify
    from hydranet.tasks import (
        Box,
        MultiLabel,
        Prediction,
        Regression,
        Segmentation,
        SingleLabel,
        Task,
        get_task,
        register_task,
    )
    from hydranet.training import add_task, audit, train

__version__ = "0.1.0"

_MODULES = {
    "hydranet.backbones": (
        "Application",
        "Backbone",
        "KerasFile",
        "KerasHub",
        "SavedModel",
        "StoredFeatures",
    ),
    "hydranet.balancing": ("FAMO", "GradNorm", "PCGrad", "Static", "Uncertainty"),
    "hydranet.config": ("load_config",),
    "hydranet.data": (
        "CSV",
        "TFDS",
        "Arrays",
        "Augmentation",
        "Boxes",
        "Drawings",
        "Films",
        "Folder",
        "Masks",
        "Sampling",
    ),
    "hydranet.domains": ("Coral", "Denoising", "Domain", "ImportanceWeights", "Standardise"),
    "hydranet.errors": ("ConfigError", "DataError", "HydraNetError", "ModelError"),
    "hydranet.evaluation": ("Assessment", "assess", "evaluate"),
    "hydranet.experiment": ("Experiment", "FeaturesConfig", "TrainingConfig"),
    "hydranet.exports": ("export",),
    "hydranet.fine_tuning": ("FineTuning",),
    "hydranet.heads": (
        "MLP",
        "Attention",
        "Coordinates",
        "Custom",
        "Flatten",
        "Linear",
        "Map",
        "Pretrained",
        "Recurrent",
    ),
    "hydranet.inference": ("Answers", "Predictor", "SlidingWindow"),
    "hydranet.model": ("HydraNet", "Tail", "Trunk"),
    "hydranet.report": ("write_report",),
    "hydranet.runs": ("HeadFile", "Run", "export_head", "import_head", "remove_task", "verify"),
    "hydranet.tasks": (
        "Box",
        "MultiLabel",
        "Prediction",
        "Regression",
        "Segmentation",
        "SingleLabel",
        "Task",
        "get_task",
        "register_task",
    ),
    "hydranet.training": ("add_task", "audit", "train"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_MODULE_OF)


register_for_keras()


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'hydranet' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])
