"""Heat maps over pictures, as picture files."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from hydranet.commands._picture_files import paths_below
from hydranet.data import decode_image, picture_size
from hydranet.errors import ConfigError
from hydranet.files import atomic_path
from hydranet.tasks import Prediction

# The longer side of a file, in pixels: a map has a few positions, and says nothing finer.
_LONGEST = 1024
# As in reports: one hue, whose opacity says how much heat there is.
_COLOUR, _LARGEST_ALPHA = (255, 0, 110), 190

_log = logging.getLogger(__name__)


def check_heat_maps(mapped: Collection[str], asked: Sequence[str]) -> None:
    """Say which of the tasks that are asked have no heat maps; raise ConfigError if none has any."""
    without = [name for name in asked if name not in mapped]
    reason = (
        "only linear heads that read the average of the last feature map, where it has several positions, have some. "
        "The report shows what other heads look at, where that can be known."
    )
    if len(without) == len(asked):
        raise ConfigError(f"--heat-maps: there are none of {', '.join(without)}: {reason}")
    if without:
        _log.warning("There are no heat maps of %s: %s", ", ".join(without), reason)


def write_heat_maps(
    folder: Path, pictures: Sequence[Path], predictions: Sequence[Mapping[str, Prediction | None]]
) -> int:
    """Write each picture under the heat map of each answer as `FOLDER/TASK/PICTURE.png`, and return how many."""
    count = 0
    for picture, path, answers in zip(pictures, paths_below(Path(), pictures), predictions, strict=True):
        heats = {
            name: answer.heat_map
            for name, answer in answers.items()
            if answer is not None and answer.heat_map is not None
        }
        image = _read(picture) if heats else np.empty(0)
        for name, heat in heats.items():
            _write(folder / name / path, image, heat)
            count += 1
    return count


def _read(picture: Path) -> np.ndarray:
    width, height = picture_size(picture)
    share = min(1.0, _LONGEST / max(width, height))
    size = max(1, round(height * share)), max(1, round(width * share))
    return decode_image(picture.read_bytes(), size, name=str(picture))


def _write(path: Path, image: np.ndarray, heat: np.ndarray) -> None:
    from PIL import Image

    size = image.shape[1], image.shape[0]
    # Squared, so that what is lukewarm, mostly a large part of the picture, stays clear.
    smooth = np.asarray(Image.fromarray(np.square(heat)).resize(size, Image.Resampling.BICUBIC))
    alpha = np.clip(smooth, 0, 1)[..., None] * (_LARGEST_ALPHA / 255)
    laid = image * (1 - alpha) + np.array(_COLOUR, np.float32) * alpha
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        Image.fromarray(np.rint(laid).astype(np.uint8)).save(temporary, "PNG")
