"""Where the pictures that are made of pictures lie."""

import os
from collections.abc import Sequence
from pathlib import Path


def paths_below(folder: Path, pictures: Sequence[Path]) -> list[Path]:
    """Return a path for what is made of each picture: `FOLDER/PICTURE.png`.

    Files lie as the pictures do below the folder that all are in.

    Example:
        >>> paths_below(Path("out"), [Path("pets/cats/1.jpg"), Path("pets/2.jpg")])[0].as_posix()
        'out/cats/1.jpg.png'
    """
    whole = [picture.absolute() for picture in pictures]
    root = Path(os.path.commonpath([path.parent for path in whole])) if whole else Path()
    relative = [path.relative_to(root) for path in whole]
    return [folder / path.with_name(f"{path.name}.png") for path in relative]
