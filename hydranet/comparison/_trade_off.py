"""The cut as a dial: what accuracy costs, from one frozen backbone for all tasks to a network for each."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from hydranet.comparison._trial import find_or_train, measure_run
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment, only_trained
from hydranet.fine_tuning import FineTuning
from hydranet.model import backbone_multiply_adds, build_trunk, model_multiply_adds
from hydranet.progress import progress_bar
from hydranet.tasks import Metric

Tails = Literal["frozen", "shared", "own"]


@dataclass(frozen=True)
class TradeOff:
    """One position of the dial, with one seed.

    Args:
        cut: how much of the top was trained, as `FineTuning.unfreeze` has it; `none` for the frozen backbone.
        tails: whether the tasks share the trained layers, or each has its own.
        seed: of the training.
        multiply_adds: of all tasks' answers about one picture.
        relative_cost: the same, as a multiple of the backbone's multiply-adds.
        metrics: by task name.
        main_metrics: by which each task is judged, by task name.

    Example:
        >>> from hydranet.tasks import ACCURACY
        >>> metrics = {"cats_dogs": {"accuracy": 0.75, "loss": 0.5}, "breed": {"accuracy": 0.5, "loss": 2.0}}
        >>> judged_by = {"cats_dogs": ACCURACY, "breed": ACCURACY}
        >>> TradeOff("4 blocks", "own", 0, 7_500_000, 1.25, metrics, judged_by).means()[ACCURACY]
        0.625
    """

    cut: str
    tails: Tails
    seed: int
    multiply_adds: int
    relative_cost: float
    metrics: dict[str, dict[str, Any]]
    main_metrics: dict[str, Metric]

    def main_values(self) -> dict[Metric, dict[str, float]]:
        """Return the tasks' values of their main metric, by that and the task's name."""
        values: defaultdict[Metric, dict[str, float]] = defaultdict(dict)
        for task, metrics in self.metrics.items():
            metric = self.main_metrics[task]
            values[metric][task] = metrics[metric.name]
        return dict(values)

    def means(self) -> dict[Metric, float]:
        """Return the mean of each main metric over the tasks that are judged by it."""
        return {metric: fmean(values.values()) for metric, values in self.main_values().items()}


def trade_off(
    experiment: Experiment, run_dir: Path | str, cuts: Sequence[str | float], *, num_seeds: int = 1
) -> list[TradeOff]:
    """Train with a frozen backbone, and with each cut, once with one tail for all tasks and once with one for each.

    `all` with own tails is a whole network for each task. The runs are `run_dir/cuts/TAILS/CUT/seed_K`; one that is
    there already, of the same config and pictures, is not trained again.

    Args:
        experiment: what is trained; its last phase, at another cut, stands for all its phases.
        run_dir: the folder to write to.
        cuts: values of `FineTuning.unfreeze`, such as `1 block`, `4 blocks`, `all`.
        num_seeds: how many seeds, from the experiment's own on.

    Returns:
        The frozen backbone first, then cut by cut; each with all seeds. Metrics are those of `compare`. The cost is
        that of the trained model: a task that fine-tuning has not made better keeps the pretrained tail.

    Raises:
        ConfigError: no cut or seed, or a cut that the backbone does not have.
        HydraNetError: see `train`.
    """
    if num_seeds < 1:
        raise ConfigError(f"A trade-off needs at least 1 seed: received {num_seeds}.")
    experiment = only_trained(experiment)
    check_cuts(experiment, cuts)
    settings = list(_settings(experiment, cuts))
    judged_by = {name: task.main_metric for name, task in experiment.tasks.items()}
    points = []
    with progress_bar("trade-off", num_seeds * len(settings), unit="trainings") as bar:
        for cut, tails, setting in settings:
            folder = Path(run_dir) / "cuts" / tails / _as_name(cut)
            for seed in range(experiment.seed, experiment.seed + num_seeds):
                run = find_or_train(dataclasses.replace(setting, seed=seed), folder / f"seed_{seed}")
                cost = model_multiply_adds(run.model)
                relative_cost = cost / backbone_multiply_adds(run.model)
                points.append(TradeOff(cut, tails, seed, cost, relative_cost, measure_run(run), judged_by))
                bar.update()
    return points


def check_cuts(experiment: Experiment, cuts: Sequence[str | float]) -> None:
    """Raise ConfigError if there is no cut, or one that the backbone does not have; trains nothing."""
    if not cuts:
        raise ConfigError("A trade-off needs at least 1 cut: received none.")
    trunk = build_trunk(experiment.backbone.without_download(), experiment.tasks.values())
    trunk = trunk.giving(experiment.features_tuned)
    for cut in cuts:
        trunk.find_cut(cut)


def _settings(experiment: Experiment, cuts: Sequence[str | float]) -> Iterator[tuple[str, Tails, Experiment]]:
    """Yield what is trained at each position of the dial."""
    yield "none", "frozen", dataclasses.replace(experiment, fine_tuning=())
    last = experiment.fine_tuning[-1] if experiment.fine_tuning else FineTuning()
    all_tails: tuple[Tails, ...] = ("shared", "own")
    for cut, tails in product(cuts, all_tails):
        tasks = {name: dataclasses.replace(task, tail=tails) for name, task in experiment.tasks.items()}
        phase = dataclasses.replace(last, unfreeze=cut, fine_tune_at=None)
        yield str(cut), tails, dataclasses.replace(experiment, tasks=tasks, fine_tuning=(phase,))


def _as_name(cut: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "_", cut)
