"""What all parts of a training share."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from hydranet.distribution import Distribution
from hydranet.domains import DomainPictures
from hydranet.experiment import Experiment
from hydranet.features import Extraction, Splits, readable
from hydranet.heads import ReadyHead
from hydranet.runs import Checkpoints, Log, no_checkpoints, no_log


@dataclass(frozen=True)
class TrainingJob:
    """An experiment with its pictures, and where and how it is trained.

    Args:
        experiment: its tasks, with their classes known.
        datasets: the pictures of each task, by split; of one whose head comes trained, those that measure it, if any.
        distribution: the devices.
        checkpoints: where to go on from; none are written by default.
        log: gets the rows of the history as they come.
        start: the index of the cut where tails must start; found by default.
        ready: the heads that come trained, by task name.
        domain: the pictures of the domain that heads are adapted to; None where there is no other.
    """

    experiment: Experiment
    datasets: Mapping[str, Splits]
    distribution: Distribution
    checkpoints: Checkpoints = field(default_factory=no_checkpoints)
    log: Log = no_log
    start: int | None = None
    ready: Mapping[str, ReadyHead] = field(default_factory=dict)
    domain: DomainPictures | None = None

    def without_bad_images(self, extraction: Extraction) -> Self:
        """Leave out the pictures that an extraction could not decode."""
        datasets = {
            name: {split: readable(dataset, extraction) for split, dataset in splits.items()}
            for name, splits in self.datasets.items()
        }
        domain = self.domain and self.domain.mapped(lambda dataset: readable(dataset, extraction))
        return dataclasses.replace(self, datasets=datasets, domain=domain)
