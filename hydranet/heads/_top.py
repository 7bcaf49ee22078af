"""The classification top of a network: a classifier that somebody has trained already."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hydranet.errors import ModelError
from hydranet.heads._class_names import with_numbers

_LAST, _BELOW = ("kernel", "bias"), ("conv_2_kernel", "conv_2_bias")
# Of MobileNetV3, by the name that Keras gives it.
_ACTIVATION_BELOW = "hard_silu"


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
    """Return a top from an `.npz` file; executes nothing from it.

    Args:
        path: of a file with the arrays `kernel` `(num_features, num_classes)` and `bias` `(num_classes,)`, and perhaps
            `classes`, texts. With `conv_2_kernel` `(num_features, num_hidden)` and `conv_2_bias`, as MobileNetV3 calls
            them, there is a layer below with its activation, hard swish.

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
    below = _BELOW if set(_BELOW) & set(arrays) else ()
    if not {*_LAST, *below} <= set(arrays) <= {*_LAST, *below, "classes"}:
        raise ModelError(
            f"{path} has the arrays {', '.join(arrays) or 'none'}: expected kernel (features, classes) and bias "
            "(classes,), and perhaps classes, their names, and conv_2_kernel and conv_2_bias, of a layer below. Other "
            "tops come as the weights file of the whole network: `weights: PATH.weights.h5`."
        )
    layers = [_layer(path, arrays, *names) for names in ((below, _LAST) if below else (_LAST,))]
    if any(upper[0].shape[0] != len(lower[1]) for lower, upper in pairwise(layers)):
        raise ModelError(f"{path}: kernel has not as many inputs as conv_2_kernel has outputs.")
    classes = np.asarray(arrays.get("classes", ()))
    if classes.size and classes.dtype.kind != "U":
        raise ModelError(f"{path}: classes is of the type {classes.dtype}: expected texts.")
    kernels, biases = zip(*layers, strict=True)
    names = with_numbers(classes.ravel().tolist())
    return Top(kernels, biases, _ACTIVATION_BELOW if below else "relu", names)


def _layer(path: Path, arrays: Mapping[str, np.ndarray], *names: str) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = (arrays[name] for name in names)
    if kernel.ndim != 2 or bias.shape != kernel.shape[1:] or not kernel.size:
        raise ModelError(
            f"{path} has {names[0]} {kernel.shape} and {names[1]} {bias.shape}: expected (features, outputs) and "
            "(outputs,)."
        )
    for name, array in zip(names, (kernel, bias), strict=True):
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise ModelError(f"{path}: {name} has values that are not finite numbers.")
    return kernel.astype(np.float32), bias.astype(np.float32)


def number_names(top: Top) -> tuple[str, ...]:
    """Return what classes are called of which only the number is known: by their index."""
    return tuple(map(str, range(max(top.num_outputs, 2))))
