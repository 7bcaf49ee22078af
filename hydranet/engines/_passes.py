"""Many rows in several passes, so that one pass needs little memory and finds it in the processor's cache."""

from collections.abc import Callable

import numpy as np

Outputs = dict[str, np.ndarray]


def in_passes(run: Callable[[np.ndarray], Outputs], inputs: np.ndarray, rows_per_pass: int) -> Outputs:
    """Return the outputs for any number of rows, computed a few at a time.

    Args:
        run: computes the outputs for at most `rows_per_pass` rows: float32 `(n, ...)` each.
        inputs: `(n, ...)`, n at least 1; they are given to `run` as contiguous float32.
        rows_per_pass: at least 1.
    """
    rows = np.ascontiguousarray(inputs, np.float32)
    parts = [run(rows[start : start + rows_per_pass]) for start in range(0, len(rows), rows_per_pass)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
