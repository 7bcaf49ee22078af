"""`check_format`: what every export format must do, for the tests of people who write one."""

import dataclasses
import functools
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.drawings import draw
from hydranet.errors import HydraNetError
from hydranet.exports import Answer, Format
from hydranet.tasks import task_from_config
from hydranet.testing._expect import expect, finite, raises

if TYPE_CHECKING:
    from hydranet.model import HydraNet

_IMAGE_SIZE = 32
_NUM_PICTURES = 5
_TOLERANCE = 1e-4
_TASKS: tuple[dict[str, Any], ...] = (
    {"kind": "single_label", "name": "zebra", "classes": ["no", "yes"]},
    {"kind": "multi_label", "name": "colours", "classes": ["blue", "green", "red"]},
    {"kind": "regression", "name": "age", "mean": 30.0, "standard_deviation": 12.0},
)


def check_format(file_format: Format) -> None:
    """Check that `file_format` keeps the contract of `hydranet.exports.Format`, so that `export` can write it.

    Use it in a test of your own format. A small model with three kinds of task is written and read back in each
    precision, in some seconds.

    Args:
        file_format: with all that it needs installed; it need not be registered.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet.exports import FORMATS
        >>> check_format(FORMATS["saved_model"])
    """
    try:
        _check_is_data(file_format)
        model, images = _small_model(), _some_images()
        file_format.check_tasks(model.tasks)
        for precision in file_format.precisions:
            file_format.check_installed(precision)
            with tempfile.TemporaryDirectory() as name:
                _check_files(file_format, precision, model, images, Path(name))
    except HydraNetError as error:
        raise AssertionError(f"the format {file_format.name!r}: {error}") from error


def _check_is_data(file_format: Format) -> None:
    advice = "decorate its class with @dataclass(frozen=True, kw_only=True), and leave __eq__ to that."
    expect(
        raises(dataclasses.FrozenInstanceError, setattr, file_format, "name", ""),
        f"{file_format} can change: {advice}",
    )
    expect(file_format == dataclasses.replace(file_format), f"{file_format} differs from its copy: {advice}")
    first = file_format.precisions[:1]
    expect(first == ("float32",), f"precisions are {file_format.precisions}: expected float32 first.")
    described = file_format.describe()
    expect(json.loads(json.dumps(described)) == described, f"describe gives {described}, expected JSON.")
    inside = file_format.description_path(Path("folder")).is_relative_to("folder")
    expect(inside, "description_path leads out of the folder that it is given.")


def _check_files(
    file_format: Format, precision: str, model: "HydraNet", images: np.ndarray, folder: Path
) -> None:
    calibration = images if file_format.is_calibrated(precision) else None
    file_format.write(
        model, folder, precision=precision, calibration=calibration, description={"precision": precision}
    )
    expect(any(file.is_file() for file in folder.rglob("*")), "write leaves no file in the folder.")
    path = file_format.description_path(folder)
    expect(not path.exists(), f"write leaves {path.name}, which export itself writes when all is checked.")
    answer = file_format.read(folder, precision)
    for number in (1, _NUM_PICTURES):
        _check_answer(precision, model, answer, images[:number])


def _check_answer(precision: str, model: "HydraNet", answer: Answer, images: np.ndarray) -> None:
    outputs, received = model(images), answer(images)
    for name, task in model.tasks.items():
        expected = task.scores(np.asarray(outputs[name]))
        scores = finite(f"{precision}: the output {name!r}", received[name], expected.shape)
        difference = float(np.abs(scores - expected).max()) / task.score_unit
        expect(  # what a smaller precision costs is for `export` to measure
            difference <= _TOLERANCE or precision != "float32",
            f"the scores of {name!r} differ from the model's by {difference:.1e}, expected at most {_TOLERANCE}.",
        )


@functools.cache
def _small_model() -> "HydraNet":
    import keras

    from hydranet.backbones import default_backbone
    from hydranet.model import HydraNet, build_trunk

    backbone = default_backbone(
        "MobileNetV2", image_size=_IMAGE_SIZE, weights="bundled", arguments={"alpha": 0.35}
    )
    tasks = [task_from_config(config) for config in _TASKS]
    model = HydraNet(build_trunk(backbone, tasks), tasks)
    for number, name in enumerate(model.tasks):
        head: Any = model.head(name)
        draw_weights = keras.initializers.RandomNormal(stddev=0.05, seed=number)
        head.set_weights([np.asarray(draw_weights(weight.shape)) for weight in head.weights])
    return model


def _some_images() -> np.ndarray:
    pictures = [
        draw("cats_dogs", label, index=index, image_size=_IMAGE_SIZE)
        for index, label in enumerate(("cat", "dog", "cat", "dog", "cat"))
    ]
    return np.array(pictures, np.float32)
