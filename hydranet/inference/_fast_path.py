"""The engine where nobody has named one: the fast one, where it gives the same answers."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines import REFERENCE_ENGINE, FileEngine, fast_engine
from hydranet.errors import HydraNetError
from hydranet.files import Damaged, atomic_path, read_note, write_note
from hydranet.inference._open_model import OpenModel, open_model
from hydranet.runs import ModelSource, Run, find_source, noted_outputs, probe_examples, probe_outputs

# The largest difference of a probability from the default engine's, or of a regression's number in standard deviations.
TOLERANCE = 1e-4

_NOTE = "auto.json"

_log = logging.getLogger(__name__)


def prepare(run: Run) -> str:
    """Make what the first prediction would wait for, and return the name of the engine that it will use.

    It takes a fraction of a second while the model of a run that was just written is in memory.

    Raises:
        ModelError: the run is damaged.
    """
    return choose_fast_path(find_source(run))


def choose_fast_path(source: ModelSource) -> str:
    """Return the fast engine, or the default one where that has a GPU, the fast one is not there, or they disagree.

    Whether they agree is noted in the run's folder for this model. A model that is no run has no place for files, and
    is computed by the default engine.
    """
    engine = fast_engine()
    if engine is None or source.engines_dir is None:
        return REFERENCE_ENGINE
    path, circumstances = source.engines_dir / _NOTE, {"model_digest": source.digest(), "tried": engine.name}
    note = read_choice(path)
    if note.get("circumstances") != circumstances:
        note = {"engine": _engine_that_agrees(source, engine), "circumstances": circumstances}
        note_choice(path, note)
    return str(note["engine"])


def read_choice(path: Path) -> dict[str, Any]:
    """Return the note of a choice; nothing where there is none that can be used."""
    try:
        return read_note(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, Damaged) as error:
        _log.warning("%s can't be used (%s); the engine is chosen anew.", path, error)
        return {}


def note_choice(path: Path, note: Mapping[str, Any]) -> None:
    """Write the note of a choice, if that can be done."""
    try:
        with atomic_path(path) as temporary:
            write_note(temporary, note)
    except HydraNetError as error:
        _log.warning("The choice of the engine is not noted: %s", error)


def scores(model: OpenModel, images: np.ndarray, places: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return what all heads say of examples, whose pictures follow each other, or are at these places."""
    places = model.networks.places(len(images)) if places is None else places
    answers = model.heads.answer(model.networks, images, [None] * len(places), places)
    return {name: answers.scores(name) for name in model.heads.tasks}


def largest_difference(
    model: OpenModel, expected: Mapping[str, np.ndarray], actual: Mapping[str, np.ndarray]
) -> float:
    """Return the largest difference of a score; where a gate is closed for one of the two there is none."""
    largest = 0.0
    for name, values in actual.items():
        unit = model.heads.tasks[name].score_unit
        both = np.isfinite(values) & np.isfinite(expected[name])
        largest = max(largest, float(np.abs(values - expected[name])[both].max(initial=0.0)) / unit)
    return largest


def _engine_that_agrees(source: ModelSource, engine: FileEngine) -> str:
    model = source.load()
    images, places = probe_examples(model.trunk.image_size, model.trunk.example_shape)
    try:
        opened = open_model(source, engine=engine.name, precision="float32", batch_size=len(images))
        answers = scores(opened, images, places)
        difference = _difference(opened, noted_outputs(model), answers)
        if difference > TOLERANCE:  # the model may have been changed since its heads were recorded
            difference = _difference(opened, probe_outputs(model, model.tasks), answers)
    except Exception as error:  # converters and runtimes fail with any error on a layer they do not know
        _log.warning("%s answers, as %s can't: %s", REFERENCE_ENGINE, engine.name, error)
        return REFERENCE_ENGINE
    if difference <= TOLERANCE:
        return engine.name
    _log.warning(
        "%s answers, as the answers of %s differ by %.2g.", REFERENCE_ENGINE, engine.name, difference
    )
    return REFERENCE_ENGINE


def _difference(
    model: OpenModel, outputs: Mapping[str, np.ndarray], answers: Mapping[str, np.ndarray]
) -> float:
    """Return the largest difference of answers from what raw outputs mean; see `largest_difference`."""
    expected = {name: model.heads.tasks[name].scores(values) for name, values in outputs.items()}
    return largest_difference(model, expected, answers)
