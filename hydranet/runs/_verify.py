"""Whether each head still answers as it did when it was trained.

With every head are noted the fingerprint of the layers under it, a digest of its own weights and its outputs for a few
probe pictures. If a layer below has moved since, the head is stale; if its outputs or weights differ, something else
has changed. With a head that knows what it was trained on stands that, too, and how far from it the probe pictures are.
"""

import hashlib
import math
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from hydranet.data import sample_arrays
from hydranet.errors import ModelError
from hydranet.heads import UsualFeatures, unit_vectors
from hydranet.runs._usual import usual_of
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet


# Between machines and versions the order of floating-point sums differs.
TOLERANCE_ELSEWHERE = 1e-5
_NUM_PROBES = 4


@dataclass(frozen=True)
class HeadCheck:
    """What `verify` found of one head.

    Args:
        task: its name.
        status: `ok`; `stale` if a layer under the head has moved; `differs` if its outputs or weights have changed;
            `unrecorded` if nothing was noted to compare with.
        largest_difference: between the outputs then and now, in the outputs' own unit, or between the distances.
        exact: whether bit-identity was asked for, because machine and versions are those of the training.
    """

    task: str
    status: Literal["ok", "stale", "differs", "unrecorded"]
    largest_difference: float | None = None
    exact: bool = False


def record_heads(
    model: "HydraNet", tasks: Iterable[str], usual: Mapping[str, UsualFeatures] | None = None
) -> None:
    """Note in `model` what `verify` will compare the heads of `tasks` with.

    Args:
        model: trained.
        tasks: their names.
        usual: by task name, what the features of its training pictures have in common, as far as it is known.
    """
    environment, fingerprints = _environment(), model.fingerprints()
    for task, probe in _probe(model, tasks).items():
        record: dict[str, Any] = {
            "fingerprint": fingerprints[model.place(task)],
            "weights": weights_digest(model.head(task).get_weights()),
            "environment": environment,
            "probe_outputs": probe.outputs.tolist(),
        }
        if usual and task in usual:
            record["usual"] = usual[task].as_data()
            record["probe_distances"] = usual[task].distance(probe.vectors).tolist()
        model.set_record(task, record)


def record_head(model: "HydraNet", task: str) -> None:
    """Note in `model` what `verify` will compare the head of `task` with; for several, see `record_heads`."""
    record_heads(model, [task])


def verify(model: "HydraNet") -> list[HeadCheck]:
    """Compare every head with what was noted of it when it was trained.

    Example:
        >>> from hydranet import Run
        >>> {check.task: check.status for check in verify(Run("runs/quickstart").model)}
        {'horse_human': 'ok', 'cats_dogs': 'ok', 'dog_breeds': 'ok'}
    """
    environment, fingerprints = _environment(), model.fingerprints()
    records = model.records
    return [
        _check(
            task,
            probe,
            records.get(task),
            fingerprints[model.place(task)],
            weights_digest(model.head(task).get_weights()),
            environment,
        )
        for task, probe in _probe(model, model.tasks).items()
    ]


def weights_digest(weights: Iterable[np.ndarray]) -> str:
    """Return a digest of the weights of a head."""
    digest = hashlib.blake2b(digest_size=16)
    for weight in weights:
        array = np.ascontiguousarray(weight)
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def probe_images(image_size: tuple[int, ...]) -> np.ndarray:
    """Return four pictures made by plain arithmetic: float32 `(4, height, width, 3)` in [0, 255]; or such arrays."""
    if len(image_size) != 2:
        return sample_arrays(_NUM_PROBES, image_size)
    height, width = image_size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = y / height, x / width
    planes = [
        [x, y, 1 - x],
        [(8 * x).astype(int) % 2, (8 * y).astype(int) % 2, x * y],
        [np.hypot(x - 0.5, y - 0.5), (x + y) / 2, np.abs(x - y)],
        [(x * 7919 + y * 104729) % 1, (x * 15485863 + y * 32452843) % 1, y],
    ]
    return np.array(planes).transpose(0, 2, 3, 1).astype(np.float32) * np.float32(255)


def probe_examples(
    image_size: tuple[int, ...], example_shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return probe pictures, and of which of them each of four examples is made: int `(4, *example_shape)`."""
    images = probe_images(image_size)
    # An example of several pictures has a probe picture and those that follow it.
    places = np.arange(len(images))[:, None] + np.arange(math.prod(example_shape))
    return images, (places % len(images)).reshape(-1, *example_shape)


def check_answers(task: Task, outputs: np.ndarray) -> None:
    """Check that what a head gives for probe pictures can be used.

    Raises:
        ModelError: outputs, or what they mean, are not finite, or can't be decoded.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            is_finite = np.isfinite(outputs).all() and np.isfinite(task.scores(outputs)).all()
        if is_finite:
            task.decode(outputs)
            return
    except Exception as error:  # a kind of task of one's own may fail in any way
        raise ModelError(f"The outputs of the head {task.name!r} can't be decoded: {error}.") from error
    raise ModelError(
        f"The head {task.name!r} gives numbers that are not finite for plain pictures: its weights are damaged, or far "
        "larger than training makes them."
    )


def probe_head(model: "HydraNet", task: str) -> None:
    """Raise ModelError unless what the head of `task` gives for probe pictures can be used; see `check_answers`."""
    check_answers(model.tasks[task], probe_outputs(model, [task])[task])


def probe_outputs(model: "HydraNet", tasks: Iterable[str]) -> dict[str, np.ndarray]:
    """Return what the heads of `tasks` give for `probe_examples`: float32 `(4, *output_shape)` by task name."""
    return {name: probe.outputs for name, probe in _probe(model, tasks).items()}


def noted_outputs(model: "HydraNet") -> dict[str, np.ndarray]:
    """Return what each head gave when it was recorded, as `probe_outputs`; what it gives now, of one that was not."""
    records = model.records
    noted = {name: np.array(record["probe_outputs"], np.float32) for name, record in records.items()}
    unknown = [name for name in model.tasks if name not in noted]
    return {**noted, **probe_outputs(model, unknown)} if unknown else noted


class _Probe(NamedTuple):
    """What a head gives for probe pictures, and what it reads of them, as vectors of length 1."""

    outputs: np.ndarray
    vectors: np.ndarray


def _probe(model: "HydraNet", tasks: Iterable[str]) -> dict[str, _Probe]:
    names = list(tasks)
    images, places = probe_examples(model.trunk.image_size, model.trunk.example_shape)
    if model.trunk.example_shape:  # whose hundreds of pictures are these few
        features = {name: np.asarray(values)[places] for name, values in model.features(images).items()}
    else:
        features = model.features(images)
    outputs, read = model.heads(features, names), model.read_by_heads(features, names)
    vectors = {place: unit_vectors(np.asarray(each, np.float32)) for place, each in read.items()}
    return {name: _Probe(np.asarray(outputs[name], np.float32), vectors[model.place(name)]) for name in names}


def _check(
    task: str,
    probe: _Probe,
    record: dict[str, Any] | None,
    fingerprint: str,
    weights: str,
    environment: str,
) -> HeadCheck:
    if record is None:
        return HeadCheck(task, "unrecorded")
    exact = record["environment"] == environment
    difference = _difference(probe.outputs, record["probe_outputs"])
    moved = 0.0
    if usual := usual_of(record, task, probe.vectors.shape[1]):
        # Their last bits depend on how many threads NumPy has.
        moved = _difference(usual.distance(probe.vectors), record["probe_distances"])
    if record["fingerprint"] != fingerprint:
        return HeadCheck(task, "stale", difference, exact)
    # Written so that a NaN differs.
    same = difference == 0.0 if exact else difference <= TOLERANCE_ELSEWHERE
    if record.get("weights", weights) != weights:  # version 0.1 has not noted them
        same = False
    if not moved <= TOLERANCE_ELSEWHERE:
        same, difference = False, moved
    return HeadCheck(task, "ok" if same else "differs", difference, exact)


def _difference(values: np.ndarray, noted: Any) -> float:
    return float(np.abs(values - np.array(noted, np.float32)).max())


def _environment() -> str:
    import keras
    import tensorflow as tf

    devices = ",".join(sorted({device.device_type for device in tf.config.list_physical_devices()}))
    return f"tensorflow {tf.__version__}, keras {keras.__version__}, {devices}, {_processor()}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
