"""`check_engine`: what every engine must do, for the tests of people who write one."""

import dataclasses
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines import Engine, FileEngine, Network
from hydranet.errors import ConfigError, HydraNetError, ModelError
from hydranet.testing._expect import expect, raises

_IMAGE_SHAPE = (16, 12, 3)
# Of the largest output, by which an output may differ from Keras's, in float32.
_TOLERANCE = 1e-4
# So many that not all layers are among the first, which may stay float32 in every precision.
_NUM_BLOCKS = 6
# How well a smaller precision must go with float32.
_CORRELATION = 0.8


def check_engine(engine: Engine) -> None:
    """Check that `engine` keeps the contract of `hydranet.engines.Engine`, so that it works wherever engines do.

    Use it in a test of your own engine. A small network with two outputs (convolutions, BatchNorm, a mean, dense
    layers, a softmax) is converted in each precision and computed, in some seconds. That an engine loads without
    TensorFlow is for a test of your own: `import hydranet.engines` loads none.

    Args:
        engine: installed; it need not be registered.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet.engines import ENGINES
        >>> check_engine(ENGINES["litert"])
    """
    try:
        _check_is_data(engine)
        engine.check()
        network, rows = _small_network(), _some_rows()
        expected = {name: np.asarray(each) for name, each in network(rows, training=False).items()}
        _check_compile(engine, network, rows, expected)
        if isinstance(engine, FileEngine):
            with tempfile.TemporaryDirectory() as name:
                _check_files(engine, network, rows, expected, Path(name))
    except HydraNetError as error:
        raise AssertionError(f"the engine {engine.name!r}: {error}") from error


def _check_is_data(engine: Engine) -> None:
    advice = "decorate its class with @dataclass(frozen=True, kw_only=True), and leave __eq__ to that."
    expect(
        raises(dataclasses.FrozenInstanceError, setattr, engine, "name", ""), f"{engine} can change: {advice}"
    )
    expect(engine == dataclasses.replace(engine), f"{engine} differs from its copy: {advice}")
    first = engine.precisions[:1]
    expect(first == ("float32",), f"precisions are {engine.precisions}: expected float32 first.")
    expect(engine.requirement or not engine.modules, "requirement is empty: say what pip has to install.")
    unknown = raises(ConfigError, engine.check, "float0")
    expect(unknown, "check takes the precision 'float0': leave it to Engine.check.")


def _check_compile(engine: Engine, network: Any, rows: np.ndarray, expected: dict[str, np.ndarray]) -> None:
    functions = engine.compile(network, rows.shape[1:], batch_size=len(rows))
    expect(functions, "compile gives no function, expected one for each device that it uses.")
    for number in (1, len(rows)):
        for name, outputs in functions[0](rows[:number]).items():
            _same(f"the output {name!r} of compile's function", outputs, expected[name][:number])


def _check_files(
    engine: FileEngine, network: Any, rows: np.ndarray, expected: dict[str, np.ndarray], folder: Path
) -> None:
    path = folder / f"network{engine.suffixes[0]}"
    engine.convert(network, path)
    written = {file.suffix for file in folder.iterdir()}
    expect(
        written == set(engine.suffixes),
        f"convert writes files with {sorted(written)}, expected {engine.suffixes}.",
    )
    loaded = engine.load(path, num_threads=2)
    names = set(loaded.output_names)
    expect(names == set(expected), f"output_names are {sorted(names)}, expected {sorted(expected)}.")
    _check_network(loaded, rows, expected)
    for precision in engine.precisions[1:]:
        _check_precision(engine, precision, network, rows, expected["features"], folder / precision)
    contents = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    for file in contents:
        file.unlink()
    _same("a network whose file is gone", loaded(rows)["features"], expected["features"])
    for file, content in contents.items():
        file.write_bytes(content[: len(content) // 2])
    expect(raises(ModelError, engine.load, path), "load takes files that were cut in half: let it raise.")


def _check_network(loaded: Network, rows: np.ndarray, expected: dict[str, np.ndarray]) -> None:
    for number in (1, 3, len(rows)):
        for name, outputs in loaded(rows[:number]).items():
            _same(f"the output {name!r} of {number} rows", outputs, expected[name][:number])
    first = loaded(rows[:3])["features"]
    before = first.copy()
    loaded(rows[3:6])
    expect(np.array_equal(first, before), "a later call changes earlier outputs: return copies.")
    parts = [rows[start : start + 1 + start % 9] for start in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda part: loaded(part)["features"], parts))
    for start, answer in enumerate(answers):
        wanted = expected["features"][start : start + len(answer)]
        _same("a network that several threads call at once", answer, wanted)


def _check_precision(
    engine: FileEngine, precision: str, network: Any, rows: np.ndarray, expected: np.ndarray, folder: Path
) -> None:
    path = folder / f"network{engine.suffixes[0]}"
    if engine.is_calibrated(engine.file_precision(precision)):
        alone = raises(ConfigError, lambda: engine.convert(network, path, precision=precision))
        expect(alone, f"{precision} is converted without rows to calibrate on: leave convert as it is.")
    engine.convert(network, path, precision=precision, calibration=rows)
    outputs = engine.load(path, precision=precision)(rows)["features"]
    _is_float32(f"{precision}", outputs, expected.shape)
    correlation = np.corrcoef(outputs.ravel(), expected.ravel())[0, 1]
    expect(
        correlation > _CORRELATION, f"{precision} goes with float32 by {correlation:.2f}, expected about 1."
    )


def _small_network() -> Any:
    """Return a network of a picture, whose outputs' names are not in alphabetical order."""
    import keras

    layers = keras.layers
    # With a seed of their own, so that the global one stays as it is.
    kernel = {"kernel_initializer": keras.initializers.HeNormal(seed=0)}
    depthwise = {"depthwise_initializer": keras.initializers.HeNormal(seed=1)}
    images = keras.Input(_IMAGE_SHAPE, name="images")
    x = layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False, **kernel)(x)
    for _ in range(_NUM_BLOCKS):
        y = layers.DepthwiseConv2D(3, padding="same", **depthwise)(x)
        y = layers.ReLU(max_value=6)(layers.BatchNormalization()(y))
        x = layers.Add()([x, layers.Conv2D(12, 1, **kernel)(y)])
    features = layers.GlobalAveragePooling2D()(x)
    zebras = layers.Dense(3, activation="softmax", **kernel)(features)
    return keras.Model(images, {"zebras": zebras, "features": features})


def _some_rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    levels = rng.uniform(0, 255, (33, 1, 1, 3))
    return np.clip(levels + rng.normal(0, 40, (33, *_IMAGE_SHAPE)), 0, 255).astype(np.float32)


def _same(what: str, received: Any, expected: np.ndarray) -> None:
    _is_float32(what, received, expected.shape)
    difference = np.abs(received - expected).max() / max(1, np.abs(expected).max())
    expect(
        difference <= _TOLERANCE,
        f"{what} differs from Keras by {difference:.1e}, expected at most {_TOLERANCE}.",
    )


def _is_float32(what: str, received: Any, shape: tuple[int, ...]) -> None:
    is_right = isinstance(received, np.ndarray) and (received.dtype, received.shape) == (np.float32, shape)
    given = f"{received.dtype} {received.shape}" if isinstance(received, np.ndarray) else type(received)
    expect(is_right, f"{what} is {given}, expected a NumPy array, float32 {shape}.")
