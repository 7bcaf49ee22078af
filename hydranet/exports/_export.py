"""One call from a trained model to a file for other people's runtimes, which is checked before it is there."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.data import PICTURES, Dataset
from hydranet.errors import ConfigError, ModelError
from hydranet.exports._check import (
    answer_of_model,
    difference_from_bytes,
    largest_differences,
    measure_both,
)
from hydranet.exports._description import describe
from hydranet.exports._export_pictures import ExportPictures, find_export_pictures
from hydranet.exports._format import Format
from hydranet.exports._formats import FORMATS, holds_export
from hydranet.files import atomic_folder, one_writer
from hydranet.inference import read_batches
from hydranet.runs import Run, find_source

if TYPE_CHECKING:
    from hydranet.model import HydraNet

# By how much a score may differ in float32.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class ExportReport:
    """What was exported, and what its check found.

    Args:
        folder: where it is.
        file_format: its name.
        precision: in which it is written.
        num_bytes: of all files.
        num_pictures: on how many real pictures it was compared with the model.
        largest_differences: of the scores from the model's, by task name; of a regression, in standard deviations
            of its labels.
        largest_difference_from_bytes: the same over all tasks where the graph decodes the files itself.
        metrics: below float32, for each task whose labels are at hand: `metric`, `before` (the model), `after` (the
            file) and `num_examples`, on the whole validation split.
    """

    folder: Path
    file_format: str
    precision: str
    num_bytes: int
    num_pictures: int
    largest_differences: dict[str, float]
    largest_difference_from_bytes: float | None = None
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)


def export(
    model: "Run | HydraNet | str | os.PathLike[str]",
    folder: str | os.PathLike[str],
    *,
    file_format: str,
    precision: str = "float32",
    images: Iterable[str | os.PathLike[str]] | None = None,
    trust: bool = False,
) -> ExportReport:
    """Write the whole model as one graph in a standard format, once it answers as the model does.

    The graph takes `images`, float32 `(batch, height, width, 3)` with values in [0, 255], or the arrays of features
    that the model reads, and gives for each task, by
    its name, the probabilities of its classes, float32 `(batch, num_classes)`, or `(batch, 1)` numbers of a
    regression. Gates are not in it: `hydranet.json` beside it names them, with the classes and how pictures are
    decoded and resized. A SavedModel has these signatures: `serving_default` (all tasks), one for each task by its
    name, `features` (what the trunk gives), and `from_bytes` and `TASK_from_bytes`, which take `image_bytes`, a string
    tensor `(batch, *example_shape)` of whole picture files, and decode them as Python does but for what
    `hydranet.json` says.

    Before it is moved into place, what was written is read back and run on up to 200 real pictures.

    Args:
        model: a run, a model, or the path of either: a run's folder or a `.keras` file.
        folder: where to; a previous export there is replaced.
        file_format: the name of one in `FORMATS`, such as `onnx`.
        precision: `float32`; in most formats also `float16`, whose weights take half the room, or `int8`, which is
            smaller and faster still. What they cost is measured on the validation pictures.
        images: pictures and folders to check and calibrate on; the validation and training pictures of the model's
            tasks by default.
        trust: whether the plug-ins of the run at a path may be imported; see `Run`.

    Raises:
        BusyError: another process exports to the same folder.
        ConfigError: there is no such format or precision, what it needs is not installed, `folder` holds something
            else, or there are no pictures.
        ModelError: the float32 file differs by more than 1e-4 from the model, or the run is not trusted and names
            plug-ins; nothing is written.

    Example:
        >>> report = export("runs/quickstart", "exports/onnx", file_format="onnx")
        >>> report.num_pictures > 0, max(report.largest_differences.values()) < 1e-4
        (True, True)
    """
    folder = Path(folder)
    source = find_source(model, trust=trust)
    with source.with_plugins():
        wanted = _check_wanted(folder, file_format, precision)
        network = source.load()
    wanted.check_tasks(network.tasks)
    own = source.run.experiment.tasks if source.run is not None else network.tasks
    pictures = find_export_pictures(
        [own[name] for name in network.tasks],
        images,
        example_shape=network.trunk.example_shape,
        image_size=network.trunk.image_size,
    )
    lock = folder.with_name(f".{folder.name}.lock")
    with one_writer(lock), atomic_folder(folder) as temporary:
        description = describe(network, wanted, precision)
        calibration = None
        if wanted.is_calibrated(precision):
            calibration = np.concatenate(_read(pictures.calibration, network))
        wanted.write(
            network, temporary, precision=precision, calibration=calibration, description=description
        )
        findings = _check(network, temporary, wanted, precision, pictures)
        path = wanted.description_path(temporary)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**description, "check": findings}, indent=2) + "\n", encoding="utf-8")
        num_bytes = sum(file.stat().st_size for file in temporary.rglob("*") if file.is_file())
    return ExportReport(folder, file_format, precision, num_bytes, **findings)


def _check_wanted(folder: Path, name: str, precision: str) -> Format:
    wanted = FORMATS[name]
    if precision not in wanted.precisions:
        offered = "; ".join(f"{each.name}: {', '.join(each.precisions)}" for each in FORMATS.values())
        raise ConfigError(f"{name} is not written in {precision}: expected one of {offered}.")
    wanted.check_installed(precision)
    if folder.exists() and not (folder.is_dir() and (holds_export(folder) or not any(folder.iterdir()))):
        raise ConfigError(f"{folder} holds something that is no export: give another folder, or remove it.")
    return wanted


def _check(
    network: "HydraNet", folder: Path, file_format: Format, precision: str, pictures: ExportPictures
) -> dict[str, Any]:
    """Return what `ExportReport` says of the check, or raise ModelError."""
    images, size = _read(pictures.check, network), network.trunk.image_size
    model, file = answer_of_model(network), file_format.read(folder, precision)
    differences = largest_differences(model, file, network.tasks, images)
    findings: dict[str, Any] = {
        "num_pictures": sum(map(len, images)),
        "largest_differences": differences,
    }
    wrong = [f"{name} by {value:.1e}" for name, value in differences.items() if not value <= TOLERANCE]
    if precision == "float32" and wrong:
        raise ModelError(
            f"The {file_format.name} file does not answer as the model does: the scores differ for {', '.join(wrong)}, "
            f"expected at most {TOLERANCE:.0e}. Nothing was written; choose another format."
        )
    reads_pictures = network.backbone.reads == PICTURES
    if reads_pictures and (from_bytes := file_format.read_from_bytes(folder)) is not None:
        difference = difference_from_bytes(model, from_bytes, pictures.check, size)
        findings["largest_difference_from_bytes"] = difference
    if precision != "float32":
        findings["metrics"] = measure_both(model, file, network.tasks, pictures.validation, size)
    return findings


def _read(examples: Dataset, network: "HydraNet") -> list[np.ndarray]:
    batches = [images for _, images in read_batches(examples, network.trunk.image_size)]
    if not batches:
        raise ConfigError(
            "None of the pictures to check the export on can be decoded: give others, --images PATH."
        )
    return batches
