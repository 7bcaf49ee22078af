"""Which engines there are."""

from hydranet.engines._engine import Engine
from hydranet.engines._litert import LiteRt
from hydranet.engines._onnx_runtime import OnnxRuntime
from hydranet.engines._openvino import OpenVino
from hydranet.engines._tensorflow import TensorFlow
from hydranet.errors import ConfigError
from hydranet.naming import unknown_name
from hydranet.registry import Registry

# In place of an engine's name: the fast one that comes with hydranet, where it agrees with the reference; and the
# fastest of all that are installed and agree, which is measured.
AUTO, FASTEST = "auto", "fastest"

# What other engines are compared with, and what computes where they can't.
_REFERENCE = TensorFlow()
REFERENCE_ENGINE = _REFERENCE.name

ENGINES: Registry[Engine] = Registry(
    "engine", "hydranet.engines", Engine, [_REFERENCE, OnnxRuntime(), OpenVino(), LiteRt()]
)


def register_engine(engine: Engine) -> Engine:
    """Add an engine, which from then on can be named wherever one can: in configs, on the command line, in Python.

    A package offers one without being imported first, through the entry-point group `hydranet.engines`.

    Returns:
        The engine.

    Raises:
        ConfigError: another engine has its name.

    Example:
        >>> register_engine(OpenVino()) is ENGINES["openvino"]  # the same once more
        True
    """
    if engine.name in (AUTO, FASTEST):
        raise ConfigError(f"An engine can't be called {engine.name!r}, which lets one be chosen: rename it.")
    return ENGINES.register(engine)


def installed_engines() -> list[str]:
    """Return the names of the engines that can run here; no runtime is imported."""
    return [engine.name for engine in ENGINES.values() if engine.is_installed()]


def get_engine(name: str, precision: str = "float32") -> Engine:
    """Return the engine called `name`, which is installed and computes in this precision.

    Raises:
        ConfigError: there is no such engine or precision, or it is not installed.
    """
    engine = ENGINES[name]
    if precision not in engine.precisions:
        raise ConfigError(_why_not(engine, precision))
    engine.check(precision)
    return engine


def _why_not(engine: Engine, precision: str) -> str:
    able = [other.name for other in ENGINES.values() if precision in other.precisions]
    if not able:
        known = {each for other in ENGINES.values() for each in other.precisions}
        return unknown_name("precision", precision, known)
    return (
        f"The engine {engine.name} computes in {', '.join(engine.precisions)}, not in {precision}: "
        f"for {precision} choose {' or '.join(able)}."
    )
