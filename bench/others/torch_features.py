"""The same tasks in PyTorch, as one trains heads on a frozen backbone: prints seconds and accuracies as JSON.

Features of every picture are computed once, without augmentation; a linear head of each task is then fitted to its
standardised features with L-BFGS and the L2 penalty that is usual for logistic regression.

Settings: processes of a DataLoader decode with Pillow, as many as there are cores, and PyTorch computes with as many
threads, 64 pictures at a time, in float32 and in inference mode, the batch norms folded and the channels last. With
`--bfloat16`, PyTorch computes about twice as many pictures per second where the processor has it, and a few answers
differ. Tried and left: `torch.compile` with frozen weights is 8 % faster and takes 45 s to compile; `torch.jit` and
threads that decode are slower.

    python -m hydranet_bench.others.torch_features --data cats_dogs=PATH --data dog_breeds=PATH --weights PATH
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from hydranet_bench.others.peer import (
    Stages,
    find_classes,
    find_examples,
    load_settings,
    read_arguments,
    save_settings,
)
from hydranet_bench.others.torch_mobilenet import MobileNetV2, load_backbone

BATCH_SIZE = 64
NUM_WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


class Pictures(Dataset):
    """Pictures of files: uint8 `(height, width, 3)`."""

    def __init__(self, paths: Sequence[str], image_size: int):
        self.paths = paths
        self.size = (image_size, image_size)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> torch.Tensor:
        with Image.open(self.paths[row]) as picture:
            resized = picture.convert("RGB").resize(self.size, Image.Resampling.BILINEAR)
        return torch.from_numpy(np.array(resized))


def main() -> None:
    options = read_arguments(lambda parser: parser.add_argument("--bfloat16", action="store_true"))
    classes = {task: find_classes(folder) for task, folder in options.data.items()}
    stages, accuracies, heads = Stages(), {}, {}
    with stages.time("build"):
        backbone = load_backbone(options.weights)
    for task, folder in options.data.items():
        (paths, labels), (other_paths, other_labels) = (
            find_examples(folder, split) for split in ("train", "validation")
        )
        with stages.time("features"):
            features = compute_features(backbone, paths + other_paths, options.image_size, options.bfloat16)
        training, validation = features.split([len(paths), len(other_paths)])
        with stages.time("heads"):
            heads[task] = fit_head(training, torch.tensor(labels), len(classes[task]))
        answers = functional.linear(validation, *heads[task]).argmax(1)
        accuracies[task] = (answers == torch.tensor(other_labels)).float().mean().item()
    if options.models:
        torch.save({"backbone": backbone.state_dict(), "heads": heads}, options.models / "model.pt")
    save_settings(options.models, options.image_size, classes)
    stages.report(accuracies)


@torch.inference_mode()
def compute_features(
    backbone: MobileNetV2, paths: Sequence[str], image_size: int, in_bfloat16: bool = False
) -> torch.Tensor:
    """Return the features of the pictures of some files."""
    loader = DataLoader(Pictures(paths, image_size), BATCH_SIZE, num_workers=NUM_WORKERS)
    with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
        return torch.cat([backbone(images.permute(0, 3, 1, 2)).float() for images in loader])


def fit_head(features: torch.Tensor, labels: torch.Tensor, num_classes: int) -> tuple[Any, Any]:
    """Return weights and biases of the linear head that fits best."""
    deviation, mean = torch.std_mean(features, 0)
    scale = 1 / deviation.clamp(min=1e-6)
    standardised = (features - mean) * scale
    weights = torch.zeros(num_classes, features.shape[1], requires_grad=True)
    biases = torch.zeros(num_classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, biases], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        penalty = weights.square().sum() / (2 * len(features))
        value = functional.cross_entropy(functional.linear(standardised, weights, biases), labels) + penalty
        value.backward()
        return value

    optimizer.step(loss)
    weights = weights.detach() * scale
    return weights, biases.detach() - weights @ mean


def open_predictor(folder: Path) -> Any:
    """Return what gives every task's class for each of some files."""
    image_size, classes = load_settings(folder)
    saved = torch.load(folder / "model.pt", weights_only=True)
    backbone = MobileNetV2().eval().to(memory_format=torch.channels_last)
    backbone.load_state_dict(saved["backbone"])

    @torch.inference_mode()
    def predict(paths: Sequence[str]) -> dict[str, list[str]]:
        features = compute_features(backbone, paths, image_size)
        answers = {
            task: functional.linear(features, *head).argmax(1) for task, head in saved["heads"].items()
        }
        return {task: [classes[task][number] for number in numbers] for task, numbers in answers.items()}

    return predict


if __name__ == "__main__":
    main()
