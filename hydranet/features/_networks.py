"""Networks as files that engines run, kept by fingerprint beside the features: a conversion takes seconds.

FEATURES/networks/FINGERPRINT-ENGINE-vN/
    network.SUFFIX …  network.json
"""

import hashlib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hydranet.backbones import reading_once
from hydranet.data import read_pixels, sample_arrays, sample_drawings
from hydranet.engines import FileEngine, as_network
from hydranet.files import Damaged, atomic_folder, file_digest, one_writer, read_note, write_note

if TYPE_CHECKING:
    from hydranet.model import FeatureNetwork, Trunk

# What they are made in; others depend on pictures, or are rare.
KEPT_PRECISION = "float32"
# Raise it with any change of how they are made.
_FORMAT = 2
_NOTE = "network.json"
# Of features, as a share of the largest one: rounding stays below a tenth of it.
_TOLERANCE = 1e-4
_NUM_SAMPLES = 4
# Seconds to wait for another process that converts the same network, which takes about as long as converting it.
_PATIENCE = 120.0

_log = logging.getLogger(__name__)


class KeptNetwork(NamedTuple):
    """A network as a file.

    Args:
        path: with the engine's first suffix; files with others stand beside it.
        difference: largest one from what TensorFlow gives for a few samples, as a share of the largest feature.
    """

    path: Path
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether it gives the same features but for rounding."""
        return self.difference <= _TOLERANCE


class NetworkStore:
    """All networks that were converted, in `KEPT_PRECISION`.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(
        self,
        network: "Trunk | FeatureNetwork",
        engine: FileEngine,
        fingerprints: Mapping[str, str] | None = None,
    ) -> KeptNetwork:
        """Return a network as a file of an engine, whole; it is converted if that is not there.

        One that gives more features than this one, over the same layers, is as good.

        Args:
            network: what is kept.
            engine: that runs the file.
            fingerprints: of its features, where they have been asked for just now.

        Raises:
            HydraNetError: it can't be written, or the engine can't load it; a converter may raise anything.
        """
        fingerprints = fingerprints or fingerprints_of(network)
        if known := self._find(fingerprints, engine):
            return known
        folder = self.folder / f"{network_key(fingerprints)}{_ending(engine)}"
        with one_writer(folder.with_name(f".{folder.name}.lock"), patience=_PATIENCE):
            return self._find(fingerprints, engine) or _make(folder, network, engine, fingerprints)

    def _find(self, fingerprints: Mapping[str, str], engine: FileEngine) -> KeptNetwork | None:
        notes = {path.parent: _read(path) for path in self.folder.glob(f"*{_ending(engine)}/{_NOTE}")}
        able = {
            folder: note for folder, note in notes.items() if fingerprints.items() <= note["features"].items()
        }
        for folder, note in sorted(able.items(), key=lambda item: len(item[1]["features"])):
            if _is_whole(folder, note):
                return KeptNetwork(_network_path(folder, engine), note["difference"])
        return None

    def num_bytes(self) -> int:
        """Return how much they hold."""
        return sum(path.stat().st_size for path in self.folder.glob("*/*"))

    def clear(self) -> int:
        """Remove them, and nothing else, and return how many bytes that were."""
        freed = 0
        for note in self.folder.glob(f"*-v*/{_NOTE}"):
            freed += sum(path.stat().st_size for path in note.parent.iterdir())
            shutil.rmtree(note.parent)
        return freed


def fingerprints_of(network: "Trunk | FeatureNetwork") -> dict[str, str]:
    """Return the fingerprint of each feature that a network gives: all its weights are read."""
    with reading_once():
        return {name: network.fingerprint(name) for name in network.feature_shapes}


def network_key(fingerprints: Mapping[str, str]) -> str:
    """Return a digest of all that shapes what a network gives, whose features have these fingerprints."""
    return hashlib.blake2b(repr(sorted(fingerprints.items())).encode(), digest_size=16).hexdigest()


def _ending(engine: FileEngine) -> str:
    return f"-{engine.name}-v{_FORMAT}"


def _network_path(folder: Path, engine: FileEngine) -> Path:
    return (folder / "network").with_suffix(engine.suffixes[0])


def _read(path: Path) -> dict[str, Any]:
    """Return what is noted of a network; that it has no feature, if the note can't be used."""
    try:
        return read_note(path.read_bytes())
    except Damaged as error:
        _drop(path.parent, str(error))
    except OSError:  # another process has just replaced it
        pass
    return {"features": {}}


def _is_whole(folder: Path, note: Mapping[str, Any]) -> bool:
    for name, digest in note["digests"].items():
        try:
            if file_digest(folder / name) == digest:
                continue
            reason = f"{name} is not what was written"
        except OSError as error:
            reason = f"{name} can't be read: {error.strerror}"
        _drop(folder, reason)
        return False
    return True


def _drop(folder: Path, reason: str) -> None:
    _log.warning("%s is damaged and made anew when it is needed: %s.", folder, reason)
    shutil.rmtree(folder, ignore_errors=True)


def _make(
    folder: Path, network: "Trunk | FeatureNetwork", engine: FileEngine, fingerprints: Mapping[str, str]
) -> KeptNetwork:
    with atomic_folder(folder) as temporary:
        path = _network_path(temporary, engine)
        engine.convert(as_network(network, network.image_shape, input_name="images"), path)
        difference = _difference(network, engine, path)
        digests = {each.name: file_digest(each) for each in sorted(temporary.iterdir())}
        note = {"features": fingerprints, "difference": difference, "digests": digests}
        write_note(temporary / _NOTE, note)
    return KeptNetwork(folder / path.name, difference)


def _samples(image_size: tuple[int, ...]) -> np.ndarray:
    if len(image_size) != 2:
        return sample_arrays(_NUM_SAMPLES, image_size)
    drawings = sample_drawings(_NUM_SAMPLES)
    return np.stack([read_pixels(each, each.content(), image_size) for each in drawings])


def _difference(network: "Trunk | FeatureNetwork", engine: FileEngine, path: Path) -> float:
    images = _samples(network.image_size)
    actual, expected = engine.load(path)(images), network(images)
    differences = []
    for name, values in expected.items():
        largest = np.abs(np.asarray(values)).max()
        differences.append(float(np.abs(actual[name] - values).max() / largest) if largest else 0.0)
    return max(differences)
