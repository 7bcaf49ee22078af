import numpy as np
import onnx
import pytest

from hydranet.backbones import Application
from hydranet.drawings._bundled import BACKBONE
from hydranet.drawings._collections import draw
from hydranet.engines._engines import ENGINES
from hydranet.engines._file_engine import FileEngine
from hydranet.errors import ConfigError
from hydranet.model._trunk import Trunk

pytestmark = pytest.mark.slow

FILE_ENGINES = [engine.name for engine in ENGINES.values() if isinstance(engine, FileEngine)]


@pytest.fixture(scope="module")
def network():
    """The bundled backbone: in 8 bits, random weights would say nothing."""
    import keras

    config = Application(BACKBONE.constructor, arguments=BACKBONE.arguments, weights="bundled", image_size=64)
    trunk = Trunk(config)
    images = keras.Input(trunk.image_shape, name="images")
    features = trunk(images)["pooled"]
    return keras.Model(
        images, {"zebras": keras.ops.mean(features, axis=1, keepdims=True), "features": features}
    )


@pytest.fixture(scope="module")
def images():
    """Twenty drawings: float32 `(20, 64, 64, 3)`."""
    labels = ("cat", "dog") * 10
    pictures = [draw("cats_dogs", label, index=index, image_size=64) for index, label in enumerate(labels)]
    return np.array(pictures, np.float32)


@pytest.fixture(scope="module")
def write(network, images, tmp_path_factory):
    paths = {}

    def write_once(engine, precision):
        if (engine, precision) not in paths:
            path = tmp_path_factory.mktemp(precision) / f"network{ENGINES[engine].suffixes[0]}"
            ENGINES[engine].convert(network, path, precision=precision, calibration=images)
            paths[engine, precision] = path
        return paths[engine, precision]

    return write_once


@pytest.mark.parametrize("engine", FILE_ENGINES)
@pytest.mark.parametrize(
    ("precision", "correlation"), [("float32", 0.999999), ("float16", 0.9999), ("int8", 0.95)]
)
def test_outputs_are_those_of_keras_by_name_for_any_number_of_rows(
    engine, precision, correlation, write, network, images
):
    loaded = ENGINES[engine].load(write(engine, precision), precision=precision)
    expected = {name: np.asarray(value) for name, value in network(images).items()}
    assert sorted(loaded.output_names) == ["features", "zebras"]
    for count in (1, 5):
        for name, received in loaded(images[:count]).items():
            assert received.dtype == np.float32
            assert received.shape == expected[name][:count].shape
        pair = loaded(images[:count])["features"].ravel(), expected["features"][:count].ravel()
        assert np.corrcoef(*pair)[0, 1] >= correlation


@pytest.mark.parametrize("engine", FILE_ENGINES)
def test_a_smaller_precision_takes_less_room(engine, write):
    def num_bytes(precision):
        path = write(engine, precision)
        return (path.with_suffix(".bin") if engine == "openvino" else path).stat().st_size

    assert num_bytes("float16") < 0.6 * num_bytes("float32")
    assert num_bytes("int8") < 0.55 * num_bytes("float32")


def test_int8_folds_batchnorm_and_has_a_scale_for_each_channel(write):
    graph = onnx.load(write("onnxruntime", "int8")).graph
    kinds = {node.op_type for node in graph.node}
    scales = {tensor.name: tensor.dims for tensor in graph.initializer if "scale" in tensor.name}
    assert "QuantizeLinear" in kinds
    assert "BatchNormalization" not in kinds
    assert any(len(dims) == 1 and dims[0] > 100 for dims in scales.values())


def test_a_file_that_was_there_is_replaced_whole_or_kept(network, tmp_path, monkeypatch):
    path = tmp_path / "network.onnx"
    path.write_bytes(b"before")
    monkeypatch.setattr(onnx.ModelProto, "SerializeToString", lambda self: 1 / 0, raising=False)
    with pytest.raises(ZeroDivisionError):
        ENGINES["onnxruntime"].convert(network, path)
    assert [file.name for file in tmp_path.iterdir()] == ["network.onnx"]
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize(
    ("engine", "precision", "message"),
    [
        ("onnxruntime", "bfloat16", "Unknown precision of onnxruntime 'bfloat16'"),
        ("litert", "int8", "int8 needs rows to calibrate on"),
    ],
)
def test_what_can_not_be_written_is_refused(network, engine, precision, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        ENGINES[engine].convert(network, tmp_path / "network", precision=precision)
