"""A run with many heads, as `hydranet train` leaves it, without the training."""

import dataclasses
from pathlib import Path

from hydranet import Folder, Run
from hydranet.backbones import Application
from hydranet.experiment import Experiment
from hydranet.runs._run import save_run
from hydranet_bench.models import shared_model


def make_run(folder: Path, num_heads: int, image_size: int, weights: str, data: Path) -> Run:
    """Write a run with `num_heads` linear heads of ten classes; the first has pictures, to check engines on."""
    model = shared_model(num_heads, image_size, weights)
    first, *others = model.tasks.values()
    tasks = {task.name: task for task in [dataclasses.replace(first, data=Folder(str(data))), *others]}
    experiment = Experiment(tasks=tasks, backbone=Application(image_size=image_size, weights=weights))
    return save_run(folder, experiment, model, {"tasks": {}}, [])
