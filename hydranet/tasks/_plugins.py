"""Modules of one's own, which register tasks, layers, engines and the like when they are imported."""

import importlib
import importlib.util
import sys
import zlib
from pathlib import Path

from hydranet.errors import ConfigError


def load_plugin(plugin: str, *, base_dir: Path | None = None) -> None:
    """Import a module that registers tasks: an importable name, or the path of a `.py` file.

    Args:
        plugin: `package.module`, or a path relative to `base_dir`.
        base_dir: the folder that a relative path starts from; the working directory by default.

    Raises:
        ConfigError: there is no such module or file.
    """
    if not _is_file(plugin):
        try:
            importlib.import_module(plugin)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"The plug-in {plugin!r} can't be imported: {error}. Install it, or give the path of a .py file."
            ) from error
        return
    path = _locate(plugin, base_dir)
    if not path.is_file():
        raise ConfigError(f"The plug-in {plugin!r} is not a file: expected one at {path}.")
    module_name = _module_name(path)
    if module_name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None  # a .py path always has a spec and a loader
    assert spec.loader is not None
    sys.modules[module_name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]  # half imported: the next call must not take it for done
        raise


def is_plugin_loaded(plugin: str, *, base_dir: Path | None = None) -> bool:
    """Return whether `load_plugin` would execute nothing, because the module was imported before."""
    return (_module_name(_locate(plugin, base_dir)) if _is_file(plugin) else plugin) in sys.modules


def _is_file(plugin: str) -> bool:
    return plugin.endswith(".py")


def _locate(plugin: str, base_dir: Path | None) -> Path:
    return ((base_dir or Path.cwd()) / plugin).resolve()


def _module_name(path: Path) -> str:
    return f"hydranet_plugin_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
