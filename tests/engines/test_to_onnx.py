"""What ONNX has no word for: the one that Keras's own activations need is made of others, and the rest is named."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet.engines._to_onnx import to_onnx
from hydranet.errors import ModelError

pytestmark = pytest.mark.slow
pytest.importorskip("tf2onnx")
ort = pytest.importorskip("onnxruntime")


@keras.saving.register_keras_serializable("tests")
class _Bessel(keras.layers.Layer):
    def call(self, inputs):
        return tf.math.special.bessel_j0(inputs)


def test_gelu_is_converted(tmp_path):
    inputs = keras.Input((7,))
    network = keras.Model(inputs, {"out": keras.layers.Activation("gelu")(inputs)})
    rows = np.linspace(-6, 6, 21, dtype=np.float32).reshape(3, 7)

    session = ort.InferenceSession(to_onnx(network, "float32", None))
    [given] = session.run(None, {session.get_inputs()[0].name: rows})
    np.testing.assert_allclose(given, network(rows)["out"], atol=1e-6)


def test_what_onnx_does_not_know_is_named():
    inputs = keras.Input((7,))
    network = keras.Model(inputs, {"out": _Bessel()(inputs)})

    with pytest.raises(ModelError, match=r"ONNX, which has no BesselJ0: use another engine"):
        to_onnx(network, "float32", None)
