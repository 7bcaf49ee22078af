"""A source whose labels are masks: picture files beside the pictures."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet import DataError
from hydranet.data import SPLITS, Example, PictureFile, Source, list_pictures
from hydranet.settings import PathText


@dataclass(frozen=True)
class Masks(Source):
    """`PATH/train|validation|test/pictures/NAME.*`, each with the mask `PATH/…/masks/NAME.png`.

    Args:
        path: the folder.
    """

    path: PathText
    kind: Literal["masks"] = field(default="masks", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def load(self):
        root = Path(self.path).expanduser()
        splits = {split: root / split for split in SPLITS if (root / split).is_dir()}
        if "train" not in splits:
            raise DataError(f"{root} has no folder 'train': expected {root}/train/pictures and …/masks.")
        return {
            split: [_example(file) for file in list_pictures(folder / "pictures").pictures]
            for split, folder in splits.items()
        }


def _example(file):
    mask = file.parents[1] / "masks" / f"{file.stem}.png"
    if not mask.is_file():
        raise DataError(f"{file} has no mask: expected {mask}.")
    return Example(PictureFile(file), str(mask))
