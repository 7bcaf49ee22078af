"""Load a Keras weights file, and be sure that all of it has been loaded."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.errors import ModelError


def load_weights_file(network: Any, path: Path, *, of: str, include_top: bool = False) -> None:
    """Load a weights file into `network`.

    Args:
        network: a built Keras model.
        path: of the file.
        of: what the network is, for the message.
        include_top: whether it has a classification top.

    Raises:
        ModelError: the file is missing, damaged, or belongs to another architecture.
    """
    if not path.is_file():
        raise ModelError(
            f"There is no weights file {path}: expected one made with include_top={include_top}."
        )
    if not path.name.endswith(".h5"):
        raise ModelError(f"{path} is not a Keras weights file: expected a name ending in .weights.h5 or .h5.")
    # Keras may only warn of variables that the file does not hold; what is still NaN afterwards was not loaded.
    numbers = [variable for variable in network.weights if "float" in variable.dtype]  # others are counts
    for variable in numbers:
        variable.assign(np.full(variable.shape, np.nan, variable.dtype))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            network.load_weights(path)
        missing = [variable.path for variable in numbers if np.isnan(variable.numpy()).any()]
        if missing:
            raise ValueError(f"it has no values for {len(missing)} variables, such as {missing[0]}.")
    except OSError as error:
        raise ModelError(f"{path} is damaged or not a weights file: {error}. Fetch it again.") from error
    except (ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        top = f"a top of {network.output_shape[-1]} classes" if include_top else "no classification top"
        raise ModelError(
            f"The weights in {path} do not fit {of} and {top}: {reason} Give the weights of this "
            "architecture, or change `backbone`."
        ) from error
