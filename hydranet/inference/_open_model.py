"""A model as an engine runs it; TensorFlow is imported only if it is the engine, or has files to make for another."""

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydranet.backbones import MAP
from hydranet.engines import REFERENCE_ENGINE, Engine, FileEngine, get_engine
from hydranet.errors import ConfigError, HydraNetError, ModelError
from hydranet.files import Damaged, one_writer
from hydranet.inference._engine_files import EngineFiles
from hydranet.inference._networks import Networks
from hydranet.inference._one_pass import HeadSet
from hydranet.inference._stack import Head
from hydranet.runs import HeadFile, ModelSource

if TYPE_CHECKING:
    from hydranet.features import NetworkStore
    from hydranet.inference._heat_maps import HeatMaps
    from hydranet.model import HydraNet

# Seconds to wait for another process that makes the same files, which takes about as long as making them.
_PATIENCE = 120.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenModel:
    """A model that answers.

    Args:
        networks: what runs below the heads.
        heads: all of them.
        as_function: makes a head of a head file.
        heat_maps: makes them of the map that the networks give too, if they do.
    """

    networks: Networks
    heads: HeadSet
    as_function: Callable[[HeadFile], Head]
    heat_maps: "HeatMaps | None" = None


def open_model(source: ModelSource, *, engine: str, precision: str, batch_size: int) -> OpenModel:
    """Return a model as an engine runs it.

    Args:
        source: where it comes from.
        engine: the name of one in `hydranet.engines.ENGINES`.
        precision: `float32`, or another that the engine knows.
        batch_size: the most pictures in one pass of an engine whose functions have a fixed size.

    Raises:
        ConfigError: there is no such engine or precision, or it is not installed.
        ModelError: there is no such model, or it is damaged.
    """
    found = get_engine(engine, precision)
    if isinstance(found, FileEngine):
        return _open_with_files(source, found, precision)
    return _open_layers(source.load(), found, batch_size)


def open_with_maps(source: ModelSource, *, batch_size: int) -> OpenModel:
    """Return a model on the engine that needs no files, its networks giving the last map too.

    Raises:
        ConfigError: it has none, or examples of several pictures.
        ModelError: there is no such model, or it is damaged.
    """
    from hydranet.inference._heat_maps import HeatMaps, check_has_map
    from hydranet.inference._tensorflow_model import as_function, place_heads, tensorflow_networks

    model = source.load()
    check_has_map(model)
    networks = tensorflow_networks(model, get_engine(REFERENCE_ENGINE), batch_size, [MAP])
    return OpenModel(networks, HeadSet(place_heads(model)), as_function, HeatMaps.of(model, networks))


def _open_layers(model: "HydraNet", engine: Engine, batch_size: int) -> OpenModel:
    from hydranet.inference._tensorflow_model import as_function, place_heads, tensorflow_networks

    return OpenModel(tensorflow_networks(model, engine, batch_size), HeadSet(place_heads(model)), as_function)


def _open_with_files(source: ModelSource, engine: FileEngine, precision: str) -> OpenModel:
    if source.engines_dir is None:
        return _open_alone(source, engine, precision)
    files = EngineFiles.of_run(source.engines_dir, engine, precision)
    if opened := _open_current(source, files, precision):
        return opened
    with ExitStack() as stack:
        try:
            stack.enter_context(one_writer(files.lock, patience=_PATIENCE))
        except HydraNetError as error:
            _log.warning("The files of %s serve this process alone: %s", engine.name, error)
            return _open_alone(source, engine, precision)
        # Another process may have made them meanwhile.
        return _open_current(source, files, precision) or _make(source, files, precision)


def _open_alone(source: ModelSource, engine: FileEngine, precision: str) -> OpenModel:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return _make(source, EngineFiles.of_run(Path(folder), engine, precision), precision)


def _open_current(source: ModelSource, files: EngineFiles, precision: str) -> OpenModel | None:
    """Return the model, if the files are those of it and whole."""
    try:
        description = files.check()
    except Damaged as error:
        _log.warning("%s; the files of %s are made anew.", error, files.engine.name)
        return None
    if description.get("model_digest") != source.digest():
        return None
    opened = _open_files(files, description, precision)
    # Or else another process has replaced some of them meanwhile.
    return opened if files.description() == description else None


def _open_files(files: EngineFiles, description: Mapping[str, Any], precision: str) -> OpenModel:
    networks, heads = files.load(description, precision)
    return OpenModel(networks, HeadSet(heads), lambda file: _as_function(file, files.engine.name))


def _as_function(file: HeadFile, engine: str) -> Head:
    if (head := file.dense()) is not None:
        return head
    raise ModelError(
        f"The head {file.task.name!r} has layers that {engine} can't run by itself: add it to the run with "
        f"`hydranet import-head`, or use the engine {REFERENCE_ENGINE}."
    )


def _make(source: ModelSource, files: EngineFiles, precision: str) -> OpenModel:
    from hydranet.inference._make_engine_files import make_engine_files

    _log.info("Making the files of %s (%s); this is done once.", files.engine.name, precision)
    digest, model = source.digest(), source.load()
    calibration = None
    if files.engine.is_calibrated(precision):
        if source.run is None:
            raise ConfigError(f"{precision} is calibrated on the pictures of a run: give the run's folder.")
        from hydranet.inference._sample import load_known_splits, read_all, sample_examples

        splits = load_known_splits(source.run.experiment.tasks.values())
        examples = sample_examples(splits.values(), "train")
        calibration = read_all(examples, model.trunk.image_size).reshape(-1, *model.trunk.image_shape)
    make_engine_files(
        model, files, precision, calibration=calibration, digest=digest, networks=_kept_networks(source)
    )
    return _open_files(files, files.description(), precision)


def _kept_networks(source: ModelSource) -> "NetworkStore | None":
    """Return where converted trunks are kept, if files can be written there."""
    from hydranet.features import FeatureStore

    # Where a run's config says so it may be anywhere, which is for the one who trusts it.
    is_own = source.run is not None and source.run.trust and source.run.config_path.is_file()
    store = FeatureStore(source.run.experiment.features.dir if source.run is not None and is_own else None)
    try:
        store.networks.folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return store.networks if os.access(store.networks.folder, os.W_OK) else None
