"""What the checks are made of: a condition that must hold, and what is wrong if it does not."""

from collections.abc import Callable
from typing import Any

import numpy as np


def expect(condition: object, problem: str) -> None:
    """Raise AssertionError with `problem` unless `condition` holds."""
    if not condition:
        raise AssertionError(problem)


def finite(what: str, array: Any, shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    """Return `array`, or raise AssertionError unless it has this dtype and shape and holds finite numbers."""
    array = np.asarray(array)
    received = f"{array.dtype} {array.shape}"
    expect(received == f"{dtype} {shape}", f"{what} gives {received}, expected {dtype} {shape}.")
    expect(np.isfinite(array).all(), f"{what} gives {array.tolist()}, expected finite numbers.")
    return array


def raises(kind: type[Exception], function: Callable[..., Any], *arguments: Any) -> bool:
    """Tell whether calling `function` raises an error of this kind."""
    try:
        function(*arguments)
    except kind:
        return True
    return False
