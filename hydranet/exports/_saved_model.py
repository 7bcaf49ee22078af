"""SavedModel as a format: TensorFlow's, with a signature for whatever may be asked of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.data import PICTURES
from hydranet.errors import ConfigError
from hydranet.exports._format import DESCRIPTION, Answer, Format

if TYPE_CHECKING:
    from hydranet.model import HydraNet

_DECODED_IN_GRAPH = (
    "JPEG, PNG, GIF and BMP files. Differs from Python: other formats are refused; damage is found only where it keeps "
    "a file from being decoded; the EXIF orientation is read from JPEGs only; "
    "transparent GIFs are not laid on white; PNGs of less than 8 bits and BMPs with a palette are not supported."
)


@dataclass(frozen=True, kw_only=True)
class SavedModel(Format):
    """A SavedModel, as TensorFlow Serving takes it."""

    name: str = "saved_model"

    def write(
        self,
        model: "HydraNet",
        folder: Path,
        *,
        precision: str,
        calibration: np.ndarray | None,
        description: Mapping[str, Any],
    ) -> None:
        """Write the SavedModel; see `Format`."""
        write_saved_model(model, folder)

    def read(self, folder: Path, precision: str) -> Answer:
        """Return how it answers about pictures; see `Format`."""
        return _answer_of_signature(folder, "serving_default")

    def read_from_bytes(self, folder: Path) -> Answer:
        """Return how it answers about files, which it decodes itself; see `Format`."""
        return _answer_of_signature(folder, "from_bytes")

    def check_tasks(self, tasks: Iterable[str]) -> None:
        """Raise ConfigError if a task is called like a signature."""
        check_signature_names(tasks)

    def describe(self) -> dict[str, Any]:
        """Return its signatures; see `Format`."""
        return {
            "signatures": {
                "serving_default": "images to the scores of all tasks",
                "TASK": "images to the scores of one task",
                "features": "images to what the trunk gives",
                "from_bytes, TASK_from_bytes": (
                    f"image_bytes, string (batch, *example_shape), to scores. {_DECODED_IN_GRAPH}"
                ),
            }
        }

    def description_path(self, folder: Path) -> Path:
        """Return where the description is: in the folder for what is not TensorFlow's."""
        return folder / "assets.extra" / DESCRIPTION


def write_saved_model(model: "HydraNet", folder: Path) -> None:
    """Write a SavedModel; see `export` for its signatures."""
    import keras
    import tensorflow as tf

    from hydranet.exports._graph import scores

    layer = model.trunk
    images = tf.TensorSpec((None, *layer.images_shape), tf.float32, name="images")
    archive = keras.export.ExportArchive()
    archive.track(model)
    # Functions of their own, so that what the signatures have in common is traced and stored once.
    trunk = tf.function(model.features, input_signature=[images], autograph=False)

    def answer(tasks: list[str] | None, images: Any) -> Any:
        return scores(model, trunk(images), tasks)

    def features(images: Any) -> Any:
        given = trunk(images)
        return {"features": next(iter(given.values()))} if len(given) == 1 else given

    archive.add_endpoint("serving_default", partial(answer, None), [images])
    archive.add_endpoint("features", features, [images])
    for name in model.tasks:
        archive.add_endpoint(name, partial(answer, [name]), [images])
    if model.backbone.reads == PICTURES:
        _add_from_bytes(archive, model, answer)
    archive.write_out(folder, verbose=False)


def _add_from_bytes(archive: Any, model: "HydraNet", answer: Callable[[list[str] | None, Any], Any]) -> None:
    """Add the signatures that take whole picture files."""
    import tensorflow as tf

    from hydranet.exports._decode import decode_pictures

    trunk = model.trunk
    image_bytes = tf.TensorSpec((None, *trunk.example_shape), tf.string, name="image_bytes")
    height, width = trunk.image_size

    def decode_examples(contents: Any) -> Any:
        pictures = decode_pictures(tf.reshape(contents, [-1]), (height, width))
        return tf.reshape(pictures, [-1, *trunk.images_shape])

    decode = tf.function(decode_examples, input_signature=[image_bytes], autograph=False)

    def answer_bytes(tasks: list[str] | None, image_bytes: Any) -> Any:
        return answer(tasks, decode(image_bytes))

    archive.add_endpoint("from_bytes", partial(answer_bytes, None), [image_bytes])
    for name in model.tasks:
        archive.add_endpoint(f"{name}_from_bytes", partial(answer_bytes, [name]), [image_bytes])


def check_signature_names(tasks: Iterable[str]) -> None:
    """Raise ConfigError if two signatures would have the same name.

    Args:
        tasks: their names.
    """
    names = ["serving_default", "from_bytes", "features"]
    names += [name for task in tasks for name in (task, f"{task}_from_bytes")]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ConfigError(f"The name of a task is also that of a signature: rename {', '.join(repeated)}.")


def _answer_of_signature(folder: Path, name: str) -> Callable[[np.ndarray], Mapping[str, np.ndarray]]:
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    signature = loaded.signatures[name]
    [argument] = signature.structured_input_signature[1]

    def answer(inputs: np.ndarray, _keep: Any = loaded) -> dict[str, np.ndarray]:
        return {task: np.asarray(part) for task, part in signature(**{argument: tf.constant(inputs)}).items()}

    return answer
