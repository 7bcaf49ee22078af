"""What someone who has only an exported file needs to know of it, as JSON."""

from pathlib import Path
from typing import Any

import hydranet
from hydranet.data import DECODER_VERSION
from hydranet.model import HydraNet
from hydranet.tasks import Task

FILE_NAME = "hydranet.json"

_DECODING = (
    "Decode to 8-bit RGB: JPEGs with libjpeg's accurate integer transform (a JPEG of more than four times the wanted "
    "size may be decoded at 1/2, 1/4 or 1/8 scale, as long as both sides stay at least twice as long as wanted), "
    "transparent pictures laid on white, of an animation the first frame; turn upright by the EXIF orientation. Then "
    "stretch to height x width, without keeping the aspect ratio, by antialiased bilinear resampling in float "
    "(tf.image.resize(antialias=True), or Pillow's BILINEAR on each channel in mode F). No further normalisation: "
    "it is in the graph."
)
_DECODED_IN_GRAPH = (
    "JPEG, PNG, GIF and BMP files. Differs from Python: WebP is refused; the EXIF orientation is read from JPEGs only; "
    "transparent GIFs are not laid on white; PNGs of less than 8 bits and BMPs with a palette are not supported."
)


def describe(model: HydraNet, *, file_format: str, precision: str) -> dict[str, Any]:
    """Return the description of an export, but for what its check found."""
    height, width, channels = model.backbone.image_shape
    description = {
        "hydranet": hydranet.__version__,
        "format": file_format,
        "precision": precision,
        "input": {
            "name": "images",
            "dtype": "float32",
            "shape": [None, height, width, channels],
            "range": [0, 255],
            "colours": "RGB",
            "decoding": _DECODING,
            "decoder_version": DECODER_VERSION,
        },
        "tasks": {name: _describe_task(task) for name, task in model.tasks.items()},
        "fingerprints": {
            "trunk": model.backbone.fingerprint(),
            "tails": {group: tail.fingerprint() for group, tail in model.tails.items()},
        },
    }
    if file_format == "saved_model":
        description["signatures"] = {
            "serving_default": "images to the scores of all tasks",
            "TASK": "images to the scores of one task",
            "features": "images to what the trunk gives",
            "from_bytes, TASK_from_bytes": f"image_bytes, string (batch,), to scores. {_DECODED_IN_GRAPH}",
        }
    return description


def description_path(folder: Path, file_format: str) -> Path:
    """Return where the description of an export is; a SavedModel has a folder for what is not TensorFlow's."""
    return (folder / "assets.extra" if file_format == "saved_model" else folder) / FILE_NAME


def holds_export(folder: Path) -> bool:
    """Whether there is an export in `folder`."""
    return any(path.is_file() for path in (folder / FILE_NAME, folder / "assets.extra" / FILE_NAME))


def _describe_task(task: Task) -> dict[str, Any]:
    described = task.describe()
    meaning = described.pop("meaning")
    return {
        **described,
        "output": {"name": task.name, "shape": [None, *task.score_shape], "meaning": meaning},
        "when": {name: list(classes) for name, classes in task.when.items()},
        "metrics": [metric.name for metric in task.metrics()],
    }
