"""What a phase of fine-tuning is trained and judged on: pictures of its tasks, as activations where its tails start."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.data import Dataset, Mixture
from hydranet.engines import compile_network
from hydranet.experiment import Experiment
from hydranet.features import (
    Extraction,
    Request,
    Space,
    extract_missing,
    feature_space,
    view_keys,
)
from hydranet.joint._activations import Activations, ComputedActivations, StoredActivations
from hydranet.joint._choosing import choosing_examples, without_choosing
from hydranet.joint._job import TrainingJob
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._rows import JointRows
from hydranet.joint._storing import StoringCost, seconds_per_picture
from hydranet.joint._validation import ValidationRows
from hydranet.model import ACTIVATION, Trunk

# How many pictures are timed to learn what the trunk costs.
_TIMED_PICTURES = 32

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhaseData:
    """The examples of a phase.

    Args:
        rows: the training pictures with their labels.
        mixture: which rows a step sees.
        training: activations of `rows`.
        validation: by task name; it says what the phase has brought.
        held_out: training examples that train nothing and choose the epoch, by task name; not of tasks with too few.
        stored: whether activations come from the store, and why.
        extraction: what was computed for the store.
    """

    rows: JointRows
    mixture: Mixture
    training: Activations
    validation: Mapping[str, ValidationRows]
    held_out: Mapping[str, ValidationRows]
    stored: tuple[bool, str]
    extraction: Extraction

    def choosing(self, name: str) -> ValidationRows:
        """Return the examples that choose the epoch for a task: those of validation where none are held out."""
        return self.held_out.get(name, self.validation[name])

    def kind_of_choosing(self, name: str) -> str:
        """Return what these are called in the history."""
        return "held_out" if name in self.held_out else "validation"


def load_phase_data(trunk: Trunk, plan: PhasePlan, job: TrainingJob) -> PhaseData:
    """List the rows of a phase, decide whether to store their activations, and compute them if so.

    Args:
        trunk: the whole pretrained network.
        plan: of the phase.
        job: the pictures, all of which can be decoded, and each worker's share of them.
    """
    # Of all tasks that pictures train, so that what chooses is the same in each phase.
    given = {name: splits["train"] for name, splits in job.datasets.items() if "train" in splits}
    choosing = choosing_examples({name: job.experiment.tasks[name] for name in given}, given)
    training = without_choosing(given, choosing)
    rows = JointRows(
        plan.tasks,
        {name: training[name] for name in plan.tasks},
        job.experiment.motions,
    )
    views = job.experiment.augmentation.views
    mixture = Mixture(
        rows.sizes,
        sampling=plan.settings.sampling,
        weights={name: task.sampling_weight for name, task in plan.tasks.items()},
        batch_size=plan.settings.batch_size,
        views=views,
    )
    validation = {name: job.datasets[name]["validation"] for name in plan.tasks}
    held_out = {name: given[name].where(choosing[name]) for name in plan.tasks if choosing[name].any()}
    judged = [*validation.values(), *held_out.values()]
    requests = [Request(rows.pictures, rows.picture_hashes, views), *map(Request.of, judged)]
    source = _ActivationSource(trunk.below(plan.start), job.experiment)
    wanted, reason = source.decide(plan, requests, mixture)
    # Workers that have measured other times must do the same.
    [wanted_by_chief] = job.distribution.from_chief([np.array(wanted, np.float32)])
    stored = bool(wanted_by_chief), reason
    extraction = Extraction()
    if stored[0]:
        spaces, extraction = extract_missing(source.trunk, job.experiment, requests, job.distribution)
        source.space = spaces[ACTIVATION]
    _log.info(
        "Fine-tuning above %s (layer %d); the activations of %s are %s: %s.",
        plan.cut.layer, plan.cut.index, plan.start.layer, "stored" if stored[0] else "computed each time", stored[1],
    )  # fmt: skip

    def judging(datasets: Mapping[str, Dataset]) -> dict[str, ValidationRows]:
        return {
            name: ValidationRows(
                source.activations(Request.of(dataset), stored[0]), plan.tasks[name].encode(dataset.labels)
            )
            for name, dataset in datasets.items()
        }

    return PhaseData(
        rows=rows,
        mixture=mixture,
        training=source.activations(requests[0], stored[0]),
        validation=judging(validation),
        held_out=judging(held_out),
        stored=stored,
        extraction=extraction,
    )


class _ActivationSource:
    """Where activations at a cut come from."""

    def __init__(self, trunk: Trunk, experiment: Experiment) -> None:
        self.trunk = trunk
        stored = feature_space(trunk, experiment, ACTIVATION)
        self.space: Space = stored
        self._folder, self._dtype = stored.folder, stored.dtype
        self._experiment = experiment
        self._run: Any = None

    def decide(self, plan: PhasePlan, requests: list[Request], mixture: Mixture) -> tuple[bool, str]:
        phase, start = plan.settings, plan.start
        if phase.store != "auto":
            return phase.store == "always", "as configured"
        hashes = requests[0].hashes.reshape(-1, 2)[:_TIMED_PICTURES]
        timed = Request(requests[0].pictures[:_TIMED_PICTURES], hashes)
        computed, rows = self.activations(timed, stored=False), np.arange(len(timed.pictures))
        missing = sum(
            int((~self.space.contains(self._keys(request, view).reshape(-1, 2))).sum())
            for request in requests
            for view in range(request.views)
        )
        cost = StoringCost(
            bytes_per_picture=start.num_bytes(self._experiment.features.dtype),
            num_missing=missing,
            reads_per_epoch=sum(len(request.pictures) for request in requests),
            epochs=phase.epochs if phase.steps is None else phase.steps / mixture.steps_per_epoch,
            seconds_per_picture=seconds_per_picture(lambda: computed.read(rows, 0 * rows), len(rows)),
            multiply_adds=start.multiply_adds_below,
        )
        return cost.decide(self._folder)

    def activations(self, request: Request, stored: bool) -> Activations:
        if stored:
            return StoredActivations(
                [self.space.features(self._keys(request, view)) for view in range(request.views)]
            )
        batch_size = self._experiment.features.batch_size
        self._run = self._run or compile_network(self.trunk, self.trunk.image_shape, batch_size)
        return ComputedActivations(
            self._run,
            batch_size,
            self.trunk.image_shape[:2],
            request.pictures,
            request.hashes,
            self._experiment.augmentation,
            self._experiment.seed,
            self._dtype,
        )

    def _keys(self, request: Request, view: int) -> np.ndarray:
        return view_keys(request.hashes, view, self._experiment.augmentation, self._experiment.seed)
