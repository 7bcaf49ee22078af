"""The backbone as one fast function for a fixed batch size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from hydranet.model.backbone import Backbone


def compile_backbone(backbone: Backbone, batch_size: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from pictures to features, with the present weights built in as constants.

    TensorFlow then folds BatchNorm into the convolutions, which makes it about a quarter faster than a plain
    `tf.function`; features differ by rounding only. A batch that is not full is padded, so that a picture's
    features do not depend on how many others came with it.

    Args:
        backbone: the network; later changes of its weights are not seen.
        batch_size: pictures in one pass.

    Returns:
        A function of float32 `(n, height, width, 3)`, values in [0, 255], `n` at most `batch_size`, that returns
        float32 `(n, *backbone.feature_shape)`.
    """
    signature = tf.TensorSpec((batch_size, *backbone.image_shape), tf.float32)
    traced = tf.function(lambda images: backbone(images), input_signature=[signature], autograph=False)
    frozen: Any = convert_variables_to_constants_v2(traced.get_concrete_function())

    def run(images: np.ndarray) -> np.ndarray:
        missing = batch_size - len(images)
        padded = np.pad(images, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else images
        (features,) = frozen(tf.constant(padded))
        return np.asarray(features)[: len(images)]

    return run
