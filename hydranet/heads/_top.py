"""The classification top of a network: a classifier that somebody has trained already."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from hydranet.errors import ModelError
from hydranet.heads._class_names import with_numbers


class Top(NamedTuple):
    """Dense layers with their weights, from a feature to one output for each class.

    Args:
        kernels: of each layer, from the feature up: float32 `(num_inputs, num_outputs)`.
        biases: float32 `(num_outputs,)`.
        activation: of all layers but the last, which has none.
        classes: the class names in the order of the outputs; () where the weights come without names.

    Example:
        >>> top = Top((np.zeros((8, 3), "float32"),), (np.zeros(3, "float32"),))
        >>> top.num_features, top.num_outputs, top.hidden
        (8, 3, ())
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str = "relu"
    classes: tuple[str, ...] = ()

    @property
    def num_features(self) -> int:
        """How long the feature is."""
        return int(self.kernels[0].shape[0])

    @property
    def num_outputs(self) -> int:
        """How many classes it tells apart, or 1 for the log-odds of the second of two."""
        return int(self.kernels[-1].shape[1])

    @property
    def hidden(self) -> tuple[int, ...]:
        """The size of each layer below the last."""
        return tuple(int(kernel.shape[1]) for kernel in self.kernels[:-1])


def read_top(path: Path) -> Top:
    """Return a top of one layer from an `.npz` file; executes nothing from it.

    Args:
        path: of a file with the arrays `kernel` `(num_features, num_classes)` and `bias` `(num_classes,)`, and perhaps
            `classes`, texts.

    Raises:
        ModelError: the file is missing, damaged or something else.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}: expected the weights of a classifier.") from error
    except Exception as error:  # zip, NumPy: a damaged file fails in many ways
        raise ModelError(f"{path} is damaged or not an .npz file: {error}.") from error
    unknown = sorted(set(arrays) - {"kernel", "bias", "classes"})
    if unknown or not {"kernel", "bias"} <= set(arrays):
        raise ModelError(
            f"{path} has the arrays {', '.join(arrays) or 'none'}: expected kernel (features, classes) and bias "
            "(classes,), and perhaps classes, their names. A top of several layers comes as the weights file of the "
            "whole network: `weights: PATH.weights.h5`."
        )
    kernel, bias = arrays["kernel"], arrays["bias"]
    shapes = f"kernel {kernel.shape} and bias {bias.shape}"
    if kernel.ndim != 2 or bias.shape != kernel.shape[1:] or not kernel.size:
        raise ModelError(f"{path} has {shapes}: expected (features, classes) and (classes,).")
    for name, array in (("kernel", kernel), ("bias", bias)):
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise ModelError(f"{path}: {name} has values that are not finite numbers.")
    classes = np.asarray(arrays.get("classes", ()))
    if classes.size and classes.dtype.kind != "U":
        raise ModelError(f"{path}: classes is of the type {classes.dtype}: expected texts.")
    return Top(
        (kernel.astype(np.float32),),
        (bias.astype(np.float32),),
        classes=with_numbers(classes.ravel().tolist()),
    )


def number_names(top: Top) -> tuple[str, ...]:
    """Return what classes are called of which only the number is known: by their index."""
    return tuple(map(str, range(max(top.num_outputs, 2))))
