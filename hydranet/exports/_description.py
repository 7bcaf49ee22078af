"""What someone who has only an exported file needs to know of it, as JSON."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import hydranet
from hydranet.data import DECODER_VERSION, PICTURES
from hydranet.exports._format import Format
from hydranet.tasks import Task, describe_gate

if TYPE_CHECKING:
    from hydranet.model import HydraNet

_DECODING = (
    "Decode to 8-bit RGB: JPEGs with libjpeg's accurate integer transform (a JPEG of more than four times the wanted "
    "size may be decoded at 1/2, 1/4 or 1/8 scale, as long as both sides stay at least twice as long as wanted), "
    "transparent pictures laid on white, of an animation the first frame; turn upright by the EXIF orientation. Then "
    "stretch to height x width, without keeping the aspect ratio, by antialiased bilinear resampling in float "
    "(tf.image.resize(antialias=True), or Pillow's BILINEAR on each channel in mode F). No further normalisation: "
    "it is in the graph."
)
_PICTURES = {
    "range": [0, 255],
    "colours": "RGB",
    "decoding": _DECODING,
    "decoder_version": DECODER_VERSION,
}
_UNUSUAL = (
    "The graph does not say how unusual a picture is: of one of another kind than the training pictures it gives "
    "scores as sure as any. Where pictures may be of any kind, ask the run itself (`hydranet predict`, "
    "`hydranet serve` or `hydranet.Predictor`), whose answers have `unusual`."
)


def describe(model: "HydraNet", file_format: Format, precision: str) -> dict[str, Any]:
    """Return the description of an export, but for what its check found."""
    return {
        "hydranet": hydranet.__version__,
        "format": file_format.name,
        "precision": precision,
        "input": {
            "name": "images",
            "dtype": "float32",
            "shape": [None, *model.trunk.images_shape],
            **(_PICTURES if model.backbone.reads == PICTURES else {"computed_by": model.backbone.label}),
        },
        "unusual": _UNUSUAL,
        "tasks": {name: _describe_task(task, model.tasks) for name, task in model.tasks.items()},
        "fingerprints": {
            "trunk": {name: model.trunk.fingerprint(name) for name in model.trunk.features},
            "tails": {
                group: {name: tail.fingerprint(name) for name in tail.features}
                for group, tail in model.tails.items()
            },
        },
        **file_format.describe(),
    }


def _describe_task(task: Task, tasks: Mapping[str, Task]) -> dict[str, Any]:
    described = task.describe()
    meaning = described.pop("meaning")
    return {
        **described,
        "output": {"name": task.name, "shape": [None, *task.score_shape], "meaning": meaning},
        **describe_gate(task, tasks),
        "metrics": [metric.name for metric in task.metrics()],
    }
