"""Pictures in a folder for each class."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._listing import IMAGE_SUFFIXES, Listing, left_out_text, list_pictures
from hydranet.data._pictures import PictureFile, nearest_file
from hydranet.data._source import UNSPLIT, Example, Source
from hydranet.data._split_names import SPLITS, split_named
from hydranet.errors import DataError
from hydranet.naming import listed, nearest_match
from hydranet.settings import PathText

_Classes = dict[str, Listing]

_IF_CLASSES = "If these folders are classes, say so: `data: {kind: folder, path: …, split_folders: false}`."


@dataclass(frozen=True)
class Folder(Source):
    """A folder of class folders: `PATH/CLASS/*.jpg`, or `PATH/train|validation|test/CLASS/*.jpg`.

    All pictures below a class folder belong to the class, in whatever folders. `val`, `valid` and `dev` are other names
    of `validation`, in upper or lower case.

    Args:
        path: the folder.
        split_folders: whether the folders in it are the splits, or else the classes; where not given, they are the
            splits if one of them is called `train` and holds folders.

    Example:
        >>> Folder("pictures/shoes")
        Folder(path='pictures/shoes')
    """

    path: PathText
    split_folders: bool | None = field(default=None, kw_only=True, repr=False)
    kind: Literal["folder"] = field(default="folder", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class and file name; see `Source.load`."""
        return {
            split: [
                Example(PictureFile(file), label)
                for label, found in classes.items()
                for file in found.pictures
            ]
            for split, classes in self._list().items()
        }

    def notes(self) -> list[str]:
        """Say which files and folders are not used, and how the folders were read; see `Source.notes`."""
        splits = self._list()
        notes = [note for classes in splits.values() for note in _notes_of(classes)]
        named = [name for name in splits.get(UNSPLIT, ()) if split_named(name)]
        if named and self.split_folders is None:
            notes.append(
                f"{_quoted(named)} is read as a class, not as a split, because its pictures lie in no class folders: "
                "`split_folders` of the data says which it is."
            )
        return notes

    def _root(self) -> Path:
        root = Path(self.path).expanduser()
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: expected PATH/CLASS/*.jpg.{nearest_file(root)}")
        return root

    def _list(self) -> dict[str, _Classes]:
        """Return what the class folders of each split hold."""
        root = self._root()
        given = (
            {} if self.split_folders is False else split_folders(root, is_certain=bool(self.split_folders))
        )
        if not given:
            return {UNSPLIT: _class_folders(root)}
        splits = {split: _class_folders(folder) for split, folder in given.items()}
        _check_no_new_classes(root, splits)
        return splits


def split_folders(root: Path, *, is_certain: bool) -> dict[str, Path]:
    """Return the folders of the splits that are given; none if the folders in `root` are classes."""
    folders = _subfolders(root)
    found: dict[str, Path] = {}
    for folder in folders:
        split = split_named(folder.name)
        if split is None or not (is_certain or _subfolders(folder)):
            continue
        if split in found:
            raise DataError(f"{root} has both {found[split].name!r} and {folder.name!r}: keep one of them.")
        found[split] = folder
    advice = "" if is_certain else f" {_IF_CLASSES}"
    if found and "train" not in found:
        names = " and ".join(found[split].name for split in SPLITS if split in found)
        raise DataError(
            f"{root} has {names} but no 'train': expected {root}/train with pictures beside it.{advice}"
        )
    others = [folder for folder in folders if found and folder not in found.values()]
    if used := [folder.name for folder in others if list_pictures(folder).pictures]:
        raise DataError(
            f"{root} has pictures in {_quoted(used)} beside 'train': expected folders called validation "
            f"(or val, valid, dev) and test. Rename or move {'it' if len(used) == 1 else 'them'}.{advice}"
        )
    return {split: found[split] for split in SPLITS if split in found}


def _class_folders(root: Path) -> _Classes:
    classes = {folder.name: list_pictures(folder) for folder in _subfolders(root)}
    if not classes:
        raise DataError(f"{root} holds no class folders: expected {root}/CLASS/*.jpg.")
    if not any(found.pictures for found in classes.values()):
        left_out = sum((found.left_out for found in classes.values()), Counter[str]())
        raise DataError(
            f"{root} has class folders without pictures: {', '.join(classes)}. Expected "
            f"{', '.join(sorted(IMAGE_SUFFIXES))}{'; ' + left_out_text(left_out) if left_out else ''}."
        )
    return classes


def _notes_of(classes: _Classes) -> list[str]:
    """Say what is not used of some class folders, and what may not be meant."""
    listings = list(classes.values())
    root = listings[0].folder.parent
    left_out = sum((found.left_out for found in listings), Counter[str]())
    empty = [name for name, found in classes.items() if not found.pictures]
    deeper = [path for found in listings for path in found.deeper]
    beside = [path for path in root.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    notes = []
    if left_out:
        notes.append(f"{root}: {left_out_text(left_out)}.")
    if empty:
        notes.append(f"{root} has class folders without pictures, which are left out: {listed(empty)}.")
    if beside:
        notes.append(f"{root} has {len(beside)} picture(s) beside the class folders, which are left out.")
    if deeper:
        notes.append(
            f"{len(deeper)} picture(s) lie deeper in a class folder and count for it, as {deeper[0]}."
        )
    return notes


def _check_no_new_classes(root: Path, splits: dict[str, _Classes]) -> None:
    """Raise DataError if a split has pictures of a class that the training split has none of."""
    trained = {name for name, found in splits["train"].items() if found.pictures}
    for split, classes in splits.items():
        extra = [name for name, found in classes.items() if found.pictures and name not in trained]
        if extra:
            raise DataError(
                f"{root}: the class folders of '{split}' differ from those of 'train'; not in 'train': "
                f"{listed(sorted(extra))}.{nearest_match(extra[0], trained)} Rename the folder, or add such "
                "pictures to 'train'."
            )


def _subfolders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))


def _quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))
