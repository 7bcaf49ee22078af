"""Pictures whose labels are masks: picture files of the same name in another folder."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._folder import split_folders
from hydranet.data._listing import left_out_text, list_pictures
from hydranet.data._pictures import PictureFile, nearest_file
from hydranet.data._source import UNSPLIT, Example, Source
from hydranet.errors import DataError
from hydranet.settings import PathText

# Of formats that keep every value.
_MASK_SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".gif")


@dataclass(frozen=True)
class Masks(Source):
    """Pictures anywhere below `PATH`, or `PATH/train|validation|test`, and a mask for each below `MASKS`.

    The mask of `PATH/train/cats/1.jpg` is `MASKS/train/cats/1.png` (or `.tif`, `.bmp`, `.gif`): what the values in it
    mean is up to the task.

    Args:
        path: the folder of the pictures.
        masks: that of the masks.

    Example:
        >>> Masks("pets", "pets_masks").masks
        'pets_masks'
    """

    path: PathText
    masks: PathText
    kind: Literal["masks"] = field(default="masks", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by file name, with the paths of their masks as labels; see `Source.load`."""
        root, masks = Path(self.path).expanduser(), Path(self.masks).expanduser()
        for folder in (root, masks):
            if not folder.is_dir():
                raise DataError(f"{folder} is not a folder.{nearest_file(folder)}")
        return {
            split: [
                Example(PictureFile(file), _mask_of(file, root, masks))
                for file in list_pictures(folder).pictures
            ]
            for split, folder in self._splits().items()
        }

    def notes(self) -> list[str]:
        """Say which files are not used; see `Source.notes`."""
        left_out = [list_pictures(folder).left_out for folder in self._splits().values()]
        return [f"{self.path}: {left_out_text(each)}." for each in left_out if each]

    def _splits(self) -> dict[str, Path]:
        root = Path(self.path).expanduser()
        return split_folders(root, is_certain=True) or {UNSPLIT: root}


def _mask_of(picture: Path, root: Path, masks: Path) -> str:
    expected = masks / picture.relative_to(root)
    for suffix in _MASK_SUFFIXES:
        if (mask := expected.with_suffix(suffix)).is_file():
            return str(mask)
    raise DataError(f"{picture} has no mask: expected {expected.with_suffix('.png')}.")
