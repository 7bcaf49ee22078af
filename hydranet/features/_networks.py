"""Networks as files that engines run, kept by fingerprint beside the features: a conversion takes seconds.

FEATURES/networks/FINGERPRINT-ENGINE-vN/
    network.SUFFIX …  network.json
"""

import hashlib
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hydranet.data import sample_drawings
from hydranet.engines import FileEngine, as_network
from hydranet.files import Damaged, atomic_folder, file_digest, one_writer, read_note, write_note

if TYPE_CHECKING:
    from hydranet.model import FeatureNetwork, Trunk

# What they are made in; others depend on pictures, or are rare.
KEPT_PRECISION = "float32"
# Raise it with any change of how they are made.
_FORMAT = 1
_NOTE, _NETWORK = "network.json", "network"
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
        difference: largest one from what TensorFlow gives for a few drawings, as a share of the largest feature.
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

    def keep(self, network: "Trunk | FeatureNetwork", engine: FileEngine) -> KeptNetwork:
        """Return a network as a file of an engine, whole; it is converted if that is not there.

        Raises:
            HydraNetError: it can't be written, or the engine can't load it; a converter may raise anything.
        """
        folder = self.folder / f"{network_key(network)}-{engine.name}-v{_FORMAT}"
        if known := _find(folder, engine):
            return known
        with one_writer(folder.with_name(f".{folder.name}.lock"), patience=_PATIENCE):
            return _find(folder, engine) or _make(folder, network, engine)

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


def network_key(network: "Trunk | FeatureNetwork") -> str:
    """Return a digest of all that shapes what a network gives."""
    features = " ".join(f"{name} {network.fingerprint(name)}" for name in network.feature_shapes)
    return hashlib.blake2b(features.encode(), digest_size=16).hexdigest()


def _find(folder: Path, engine: FileEngine) -> KeptNetwork | None:
    try:
        note = read_note((folder / _NOTE).read_bytes())
        damaged = [name for name, digest in note["digests"].items() if file_digest(folder / name) != digest]
        if damaged:
            raise Damaged(f"{', '.join(damaged)} is not what was written")
    except (FileNotFoundError, NotADirectoryError) as error:
        if (folder / _NOTE).is_file():
            _log.warning("%s is made anew: %s.", folder, error)
        return None
    except (OSError, KeyError, Damaged) as error:
        _log.warning("%s is made anew: %s.", folder, error)
        return None
    return KeptNetwork((folder / _NETWORK).with_suffix(engine.suffixes[0]), note["difference"])


def _make(folder: Path, network: "Trunk | FeatureNetwork", engine: FileEngine) -> KeptNetwork:
    with atomic_folder(folder) as temporary:
        path = (temporary / _NETWORK).with_suffix(engine.suffixes[0])
        engine.convert(as_network(network, network.image_shape, input_name="images"), path)
        difference = _difference(network, engine, path)
        digests = {each.name: file_digest(each) for each in sorted(temporary.iterdir())}
        write_note(temporary / _NOTE, {"difference": difference, "digests": digests})
    return KeptNetwork(folder / path.name, difference)


def _difference(network: "Trunk | FeatureNetwork", engine: FileEngine, path: Path) -> float:
    height, width, _ = network.image_shape
    drawings = sample_drawings(_NUM_SAMPLES)
    images = np.stack([each.pixels(each.content(), (height, width)) for each in drawings])
    actual, expected = engine.load(path)(images), network(images)
    differences = []
    for name, values in expected.items():
        largest = np.abs(np.asarray(values)).max()
        differences.append(float(np.abs(actual[name] - values).max() / largest) if largest else 0.0)
    return max(differences)
