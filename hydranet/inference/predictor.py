"""From pictures to decoded predictions of all tasks, in one pass through the backbone."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from hydranet.data.images import decode_image, resize_image
from hydranet.data.pictures import PictureFile, list_pictures
from hydranet.errors import DataError, ImageError
from hydranet.inference.stack import StackedHeads
from hydranet.model.hydranet import HydraNet
from hydranet.model.inference import compile_network
from hydranet.naming import nearest_match
from hydranet.tasks import Prediction, Task
from hydranet.training.run import Run

Image = str | os.PathLike[str] | bytes | np.ndarray


class Predictor:
    """Answers every task's question about pictures.

    Args:
        model: a run, a model, or the path of either: a run's folder or a `.keras` file.
        batch_size: pictures in one pass.

    Example:
        >>> import numpy as np
        >>> from hydranet import Backbone, HydraNet, Predictor, SingleLabel
        >>> backbone = Backbone("MobileNetV2", image_size=96, arguments={"alpha": 0.35})
        >>> model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
        >>> picture = np.zeros((120, 100, 3), "uint8")
        >>> [answers] = Predictor(model).predict([picture])
        >>> answers["cats_dogs"].label in ("cat", "dog")
        True
    """

    def __init__(self, model: Run | HydraNet | str | os.PathLike[str], *, batch_size: int = 32) -> None:
        if isinstance(model, str | os.PathLike):
            path = Path(model)
            model = HydraNet.load(path) if path.suffix == ".keras" else Run(path)
        self.model = model.model if isinstance(model, Run) else model
        self.batch_size = batch_size
        self._heads = StackedHeads(self.model, batch_size=batch_size)
        self._backbones: dict[int, Callable[[np.ndarray], np.ndarray]] = {}

    def predict(
        self, images: Iterable[Image], *, tasks: Sequence[str] | None = None, top_k: int = 5
    ) -> list[dict[str, Prediction]]:
        """Return the answers for each picture, by task name.

        Args:
            images: paths, bytes of picture files, or uint8 or float32 arrays `(height, width, 3)` in [0, 255].
            tasks: names of the tasks wanted; all by default. Only their heads run.
            top_k: how many of the most probable classes to give.

        Raises:
            ConfigError: an unknown task.
            ImageError: a picture can't be decoded; the message names it.
        """
        known = self.model.tasks
        for name in tasks or ():
            self.model.head(name)  # raises where there is none
        wanted = known if tasks is None else {name: known[name] for name in tasks}
        return [answers for batch in self._batches(images) for answers in self._answer(batch, wanted, top_k)]

    def _batches(self, images: Iterable[Image]) -> Iterator[np.ndarray]:
        """Decode a batch ahead of the one that is computed."""
        size = self.model.backbone.image_shape[:2]
        remaining = iter(images)
        with ThreadPoolExecutor(thread_name_prefix="decode") as pool:

            def submit() -> list[object]:
                return [pool.submit(read_image, image, size) for image in islice(remaining, self.batch_size)]

            following = submit()
            while following:
                current, following = following, submit()
                yield np.stack([image.result() for image in current])  # type: ignore[attr-defined]

    def _answer(
        self, images: np.ndarray, tasks: Mapping[str, Task], top_k: int
    ) -> list[dict[str, Prediction]]:
        # One picture is the common case and deserves a pass of its own size.
        size = 1 if len(images) == 1 else self.batch_size
        if size not in self._backbones:
            backbone = self.model.backbone
            self._backbones[size] = compile_network(backbone, backbone.image_shape, size)
        outputs = self._heads(self._backbones[size](images), list(tasks))
        decoded = {name: task.decode(outputs[name], top_k) for name, task in tasks.items()}
        return [{name: decoded[name][row] for name in tasks} for row in range(len(images))]


def read_image(image: Image, image_size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of a path, the bytes of a file, or an array: float32 `(height, width, 3)` in [0, 255].

    Raises:
        ImageError: it can't be decoded, or an array has another shape.
    """
    if isinstance(image, np.ndarray):
        if image.ndim != 3 or image.shape[2] != 3:
            raise ImageError(f"An array of shape {image.shape} is no picture: expected (height, width, 3).")
        return resize_image(image, image_size)
    if isinstance(image, bytes):
        return decode_image(image, image_size)
    picture = PictureFile(Path(image))
    return picture.pixels(picture.content(), image_size)


def find_pictures(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the picture files among `paths`: files as they are, folders as the pictures anywhere below them.

    Raises:
        DataError: a path does not exist, or there is no picture at all.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            folders = sorted({path, *(child for child in path.rglob("*") if child.is_dir())})
            found += [picture for folder in folders for picture in list_pictures(folder)]
        elif path.exists():
            found.append(path)
        else:
            siblings = [child.name for child in path.parent.iterdir()] if path.parent.is_dir() else []
            raise DataError(f"There is no picture or folder {path}.{nearest_match(path.name, siblings)}")
    if not found:
        raise DataError(f"There are no pictures in {', '.join(map(str, paths))}.")
    return found
