"""What the features of each task's training pictures have in common, from what the training has stored of them."""

from collections.abc import Callable, Mapping

import numpy as np
from threadpoolctl import threadpool_limits

from hydranet.backbones import Place
from hydranet.data import Dataset
from hydranet.domains import DomainPictures
from hydranet.experiment import Experiment
from hydranet.features import Space, Splits, feature_space, joined_space
from hydranet.heads import UsualFeatures, unit_vectors
from hydranet.model import ACTIVATION, HydraNet

# Pictures that are enough, and how many of them are read at once.
_MOST_PICTURES = 1000
_BATCH_SIZE = 64

# From what is stored to what heads read.
_Finish = Callable[[np.ndarray], np.ndarray]


def usual_features(
    model: HydraNet,
    experiment: Experiment,
    datasets: Mapping[str, Splits],
    domain: DomainPictures | None = None,
) -> dict[str, UsualFeatures]:
    """Return them by task name; a task of which too few pictures are stored has none.

    Args:
        model: trained.
        experiment: whose tasks are meant, and where features are stored.
        datasets: of each task, by split.
        domain: whose pictures are usual too; None where there is no other.
    """
    found: dict[str, UsualFeatures] = {}
    stored: dict[Place, _StoredVectors] = {}
    # Threads would wait for each other by spinning, which takes many times as long where another program runs.
    with threadpool_limits(1):
        for name in experiment.tasks:
            if "train" not in datasets[name]:  # its head comes trained, on pictures that are not here
                continue
            place = model.place(name)
            if place not in stored:
                stored[place] = _StoredVectors(model, name, experiment)
            seen = [datasets[name]["train"], *([domain.unlabelled] if domain else [])]
            usual = UsualFeatures.of(np.concatenate([stored[place].of(dataset) for dataset in seen]))
            if usual is not None:
                found[name] = usual
    return found


class _StoredVectors:
    """What heads at one place read of pictures, as vectors of length 1.

    Args:
        model: trained.
        task: the name of one whose head stands there.
        experiment: says where features are stored.
    """

    def __init__(self, model: HydraNet, task: str, experiment: Experiment) -> None:
        network, feature = model.feature_network(task), model.place(task).feature
        self._sources: list[tuple[Space, _Finish]] = [
            (joined_space(network, experiment, feature), lambda values: values)
        ]
        if (tail := network.tail) is not None:  # fine-tuning has stored what the tail starts from
            below = feature_space(model.trunk, experiment, ACTIVATION)
            self._sources.append((below, lambda values: np.asarray(tail(values)[feature])))

    def of(self, dataset: Dataset) -> np.ndarray:
        """Return the vectors of the pictures that are stored, or of enough of them, from the first to the last."""
        for space, finish in self._sources:
            rows = np.flatnonzero(space.contains(dataset.picture_hashes))
            if len(rows):
                spread = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_PICTURES)).astype(int))
                features = space.features(dataset.picture_hashes[rows[spread]])
                batches = features.batches(_BATCH_SIZE)
                return np.concatenate([unit_vectors(finish(values)) for _, values in batches])
        return np.empty((0, 1), np.float32)
