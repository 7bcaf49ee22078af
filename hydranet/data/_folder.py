"""Pictures in a folder for each class."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._pictures import IMAGE_SUFFIXES, PictureFile, list_pictures
from hydranet.data._source import SPLITS, UNSPLIT, Example, Source
from hydranet.errors import DataError
from hydranet.naming import nearest_match
from hydranet.settings import PathText


@dataclass(frozen=True)
class Folder(Source):
    """A folder of class folders: `PATH/CLASS/*.jpg`, or `PATH/train|validation|test/CLASS/*.jpg`.

    Args:
        path: the folder.

    Example:
        >>> Folder("pictures/shoes")
        Folder(path='pictures/shoes')
    """

    path: PathText
    kind: Literal["folder"] = field(default="folder", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class and file name; see `Source.load`."""
        root = Path(self.path).expanduser()
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: expected PATH/CLASS/*.jpg.{_nearest_folder(root)}")
        given = _split_folders(root)
        if given:
            splits = {split: _class_folders(folder) for split, folder in given.items()}
            _check_same_classes(root, splits)
        else:
            splits = {UNSPLIT: _class_folders(root)}
        return {
            split: [Example(PictureFile(file), label) for label, files in classes.items() for file in files]
            for split, classes in splits.items()
        }


def _split_folders(root: Path) -> dict[str, Path]:
    """Return the folders of the splits that are given; `val` and `valid` are other names of `validation`."""
    found: dict[str, Path] = {}
    for name in (*SPLITS, "val", "valid"):
        split = "validation" if name in {"val", "valid"} else name
        if (root / name).is_dir():
            if split in found:
                raise DataError(f"{root} has both {found[split].name!r} and {name!r}: keep one of them.")
            found[split] = root / name
    if found and "train" not in found:
        names = " and ".join(folder.name for folder in found.values())
        raise DataError(f"{root} has {names} but no 'train': expected {root}/train/CLASS/*.jpg beside it.")
    return found


def _class_folders(root: Path) -> dict[str, list[Path]]:
    folders = sorted(child for child in root.iterdir() if child.is_dir() and not child.name.startswith("."))
    classes = {folder.name: list_pictures(folder) for folder in folders}
    if not classes:
        raise DataError(f"{root} holds no class folders: expected {root}/CLASS/*.jpg.")
    empty = [name for name, files in classes.items() if not files]
    if empty:
        raise DataError(
            f"{root} has class folders without pictures: {', '.join(empty)}. Remove them, or put pictures "
            f"({', '.join(sorted(IMAGE_SUFFIXES))}) into them."
        )
    return classes


def _check_same_classes(root: Path, splits: dict[str, dict[str, list[Path]]]) -> None:
    for split, classes in splits.items():
        missing, extra = set(splits["train"]) - set(classes), set(classes) - set(splits["train"])
        if missing or extra:
            raise DataError(
                f"{root}: the class folders of '{split}' differ from those of 'train'"
                + (f"; missing: {', '.join(sorted(missing))}" if missing else "")
                + (f"; not in 'train': {', '.join(sorted(extra))}" if extra else "")
                + ". Every split needs the same classes."
            )


def _nearest_folder(path: Path) -> str:
    parent = path.parent
    return nearest_match(path.name, [child.name for child in parent.iterdir()]) if parent.is_dir() else ""
