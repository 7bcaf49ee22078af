"""Texts that are paths, by their type."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated


@dataclass(frozen=True)
class PathMark:
    """Marks a text as a path: a relative one starts from the folder of the config, and `~` is the home folder.

    Args:
        words: what may stand there and is no path.
        suffix: what a text that is a path ends with, where others may stand there; any by default.

    Example:
        >>> PathMark(words=("random",)).locate("random", Path("/configs"))
        'random'
        >>> PathMark().locate("../pictures", Path("/configs"))
        '/pictures'
    """

    words: tuple[str, ...] = ()
    suffix: str = ""

    def locate(self, text: str, base_dir: Path) -> str:
        """Return the absolute path that `text` stands for, or `text` itself if it is none, such as an empty one."""
        if not text or text in self.words or not text.endswith(self.suffix):
            return text
        return str((base_dir / Path(text).expanduser()).resolve())


PathText = Annotated[str, PathMark()]
