"""Which engine is the fastest here of those that give the same answers."""

import logging
import platform
import shutil
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np

from hydranet.engines import (
    AUTO,
    ENGINES,
    FASTEST,
    REFERENCE_ENGINE,
    FileEngine,
    available_cores,
    installed_engines,
)
from hydranet.errors import ConfigError, HydraNetError
from hydranet.inference._engine_files import EngineFiles
from hydranet.inference._fast_path import (
    TOLERANCE,
    choose_fast_path,
    largest_difference,
    note_choice,
    read_choice,
    scores,
)
from hydranet.inference._open_model import OpenModel, open_model
from hydranet.runs import ModelSource

_NOTE = "fastest.json"
_SAMPLE_PICTURES = 64
_ROUNDS = 5

_log = logging.getLogger(__name__)


def find_engine(source: ModelSource, engine: str, precision: str, batch_size: int) -> str:
    """Return the engine that is meant, which for `auto` and `fastest` has to be chosen.

    Raises:
        ConfigError: one of these in another precision than float32.
    """
    if engine not in (AUTO, FASTEST):
        return engine
    if precision != "float32":
        raise ConfigError(f"engine: {engine} chooses in float32: to compute in {precision}, name an engine.")
    return choose_fast_path(source) if engine == AUTO else choose_fastest(source, batch_size)


def check_gives_maps(engine: str, precision: str) -> str:
    """Return the engine that gives feature maps beside what heads read.

    Raises:
        ConfigError: another one is asked for, or another precision than float32.
    """
    if engine not in (AUTO, REFERENCE_ENGINE) or precision != "float32":
        raise ConfigError(
            f"Heat maps are computed by {REFERENCE_ENGINE} in float32: received engine {engine}, precision {precision}."
        )
    return REFERENCE_ENGINE


def choose_fastest(source: ModelSource, batch_size: int) -> str:
    """Return the fastest engine installed that agrees with the default one on the run's own pictures, in float32.

    The choice is noted in the run's folder for this model, batch size, machine and these engines, so it is made once.
    Files made for engines that were not chosen are removed again.

    Args:
        source: of the model.
        batch_size: pictures in one pass.
    """
    path = None if source.engines_dir is None else source.engines_dir / _NOTE
    circumstances = _circumstances(source, batch_size)
    known = {} if path is None else read_choice(path)
    if known.get("circumstances") == circumstances:
        return str(known["engine"])
    engine, milliseconds = _fastest(source, batch_size)
    if path is not None:
        note_choice(path, {"engine": engine, "circumstances": circumstances, "milliseconds": milliseconds})
    listed = ", ".join(f"{name} {value:.0f} ms" for name, value in milliseconds.items())
    _log.info("Engine: %s, the fastest here with %d pictures (%s).", engine, batch_size, listed)
    return engine


def _fastest(source: ModelSource, batch_size: int) -> tuple[str, dict[str, float]]:
    reference = open_model(source, engine=REFERENCE_ENGINE, precision="float32", batch_size=batch_size)
    images = _sample(source, reference)
    expected = scores(reference, images)
    opened, made = {REFERENCE_ENGINE: reference}, []
    for engine in _candidates():
        files = _kept_files(source, engine)
        if files is not None and not files.folder.exists():
            made.append(files)
        try:
            candidate = open_model(source, engine=engine, precision="float32", batch_size=batch_size)
            difference = largest_difference(reference, expected, scores(candidate, images))
        # Converters and runtimes fail with any error on a layer they do not know, and others may know it.
        except Exception as error:
            _log.warning("The engine %s is left out: %s", engine, error)
            continue
        if difference <= TOLERANCE:
            opened[engine] = candidate
        else:
            _log.warning("The engine %s is left out: its answers differ by %.2g.", engine, difference)
    milliseconds = _time(opened, images[:batch_size])
    chosen = min(milliseconds, key=milliseconds.__getitem__)
    for files in made:
        if files.engine.name != chosen:
            shutil.rmtree(files.folder, ignore_errors=True)
    return chosen, milliseconds


def _candidates() -> list[str]:
    return [engine for engine in installed_engines() if engine != REFERENCE_ENGINE]


def _kept_files(source: ModelSource, name: str) -> EngineFiles | None:
    engine = ENGINES[name]
    if source.engines_dir is None or not isinstance(engine, FileEngine):
        return None
    return EngineFiles.of_run(source.engines_dir, engine, "float32")


def _sample(source: ModelSource, model: OpenModel) -> np.ndarray:
    from hydranet.data import sample_drawings
    from hydranet.inference._sample import load_known_splits, read_all, sample_examples, unlabelled

    examples = unlabelled(sample_drawings(_SAMPLE_PICTURES), model.networks.example_shape)
    if source.run is not None:
        try:
            splits = load_known_splits(source.run.experiment.tasks.values())
            examples = sample_examples(splits.values(), "validation", count=_SAMPLE_PICTURES)
        except HydraNetError as error:
            _log.warning("Engines are checked on drawings, as the run's pictures can't be read: %s", error)
    images = read_all(examples, model.networks.image_size)
    return images.reshape(-1, *images.shape[-3:])


def _time(opened: Mapping[str, OpenModel], images: np.ndarray) -> dict[str, float]:
    """Return the median milliseconds of each engine's trunk, measured in turns."""
    seconds: dict[str, list[float]] = {engine: [] for engine in opened}
    for _ in range(1 + _ROUNDS):  # the first one warms up
        for engine, model in opened.items():
            start = time.perf_counter()
            model.networks.trunk(images)
            seconds[engine].append(time.perf_counter() - start)
    return {engine: round(1e3 * median(values[1:]), 2) for engine, values in seconds.items()}


def _circumstances(source: ModelSource, batch_size: int) -> dict[str, Any]:
    return {
        "model_digest": source.digest(),
        "batch_size": batch_size,
        "engines": _candidates(),
        "machine": [platform.machine(), platform.node(), available_cores()],
    }
