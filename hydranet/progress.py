"""Progress on stderr: how far, how fast, how long still; silent where stderr is not a terminal."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(description: str, total: int, *, unit: str = "images") -> "tqdm[Any]":
    """Return a bar that is advanced with `update(n)`; use it as a context manager."""
    from tqdm import tqdm

    return tqdm(desc=description, total=total, unit=f" {unit}", file=sys.stderr, disable=None, leave=False)
