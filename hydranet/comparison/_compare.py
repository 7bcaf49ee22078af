"""One training beside another: what pretrained weights, a shared backbone and fine-tuning bring to each task."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hydranet.comparison._trial import Trial, find_or_train, join_trials, measure_trial
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment, only_trained
from hydranet.progress import progress_bar
from hydranet.settings import check
from hydranet.tasks import Metric

ComparisonName = Literal["pretrained_random", "shared_separate", "frozen_unfrozen"]
_Side = Literal["joint", "separate", "random", "frozen"]

# For each comparison, what the experiment itself is in it, and what it is compared with.
_SIDES: dict[ComparisonName, tuple[str, _Side]] = {
    "pretrained_random": ("pretrained", "random"),
    "shared_separate": ("shared", "separate"),
    "frozen_unfrozen": ("unfrozen", "frozen"),
}


@dataclass(frozen=True)
class Comparison:
    """The same tasks trained in two ways, with the same seeds.

    Args:
        name: of the comparison.
        seeds: of the trainings.
        subject: what the experiment itself is here: `pretrained`, `shared` or `unfrozen`.
        baseline: what it is compared with: `random`, `separate` or `frozen`.
        trials: of the experiment, one for each seed.
        baseline_trials: of what it is compared with, in the same order.
        main_metrics: by which each task is judged, by task name.
    """

    name: ComparisonName
    seeds: tuple[int, ...]
    subject: str
    baseline: str
    trials: list[Trial]
    baseline_trials: list[Trial]
    main_metrics: dict[str, Metric]


def compare(
    experiment: Experiment,
    run_dir: Path | str,
    *,
    num_seeds: int = 3,
    only: Sequence[ComparisonName] = (),
) -> dict[ComparisonName, Comparison]:
    """Train an experiment, and what it is compared with, with several seeds.

    - `pretrained_random`: the same on a backbone with random weights, others with each seed.
    - `shared_separate`: each task alone, in a model of its own. It has the same epochs of its own task's pictures.
      Where a phase is counted in `steps`, it has as many steps, and so more examples of its task.
    - `frozen_unfrozen`: the same without fine-tuning.

    The runs are `run_dir/joint/seed_K`, which is the experiment itself, `run_dir/random/seed_K`,
    `run_dir/separate/TASK/seed_K` and `run_dir/frozen/seed_K`. One that is there already, of the same config and
    pictures, is not trained again, so an interrupted comparison goes on where it was.

    Args:
        experiment: the joint training; of tasks whose heads come trained nothing is compared.
        run_dir: the folder to write to.
        num_seeds: how many seeds, from the experiment's own on; at least 2, because one says nothing of chance.
        only: the comparisons to make; all that the experiment has two sides for by default.

    Returns:
        The comparisons by name. Metrics are those on the test split of each task that has one; otherwise on the
        validation split, by which fine-tuning was taken over or not, so that they flatter a little.

    Raises:
        ConfigError: fewer than two seeds, or a comparison that the experiment does not have two sides for.
        HydraNetError: see `train`.

    Example:
        >>> import tempfile
        >>> from hydranet import Application, Drawings, Experiment, FeaturesConfig, SingleLabel
        >>> folder = tempfile.mkdtemp()
        >>> names = ("cats_dogs", "horse_human")
        >>> comparisons = compare(
        ...     Experiment(
        ...         tasks={name: SingleLabel(name=name, data=Drawings(name, 12, 4)) for name in names},
        ...         backbone=Application(
        ...             "MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}
        ...         ),
        ...         features=FeaturesConfig(dir=folder),
        ...     ),
        ...     folder,
        ...     num_seeds=2,
        ... )
        >>> list(comparisons)  # there is nothing pretrained or fine-tuned
        ['shared_separate']
        >>> [round(trial.relative_cost, 1) for trial in comparisons["shared_separate"].baseline_trials]
        [2.0, 2.0]
    """
    experiment = only_trained(experiment)
    names = choose_comparisons(experiment, only)
    if num_seeds < 2:
        raise ConfigError(f"A comparison needs at least 2 seeds: received {num_seeds}.")
    seeds = tuple(range(experiment.seed, experiment.seed + num_seeds))
    sides: list[_Side] = ["joint", *(_SIDES[name][1] for name in names)]
    trials: dict[_Side, list[Trial]] = {side: [] for side in sides}
    num_trainings = num_seeds * sum(len(_trainings(experiment, side)) for side in sides)
    with progress_bar("comparison", num_trainings, unit="trainings") as bar:
        for seed in seeds:
            seeded = dataclasses.replace(experiment, seed=seed)
            for side in sides:
                done = []
                for folder, trained in _trainings(seeded, side).items():
                    done.append(
                        measure_trial(find_or_train(trained, Path(run_dir) / folder / f"seed_{seed}"))
                    )
                    bar.update()
                trials[side].append(join_trials(done))
    main_metrics = {name: task.main_metric for name, task in experiment.tasks.items()}
    return {
        name: Comparison(name, seeds, subject, side, trials["joint"], trials[side], main_metrics)
        for name, (subject, side) in _SIDES.items()
        if name in names
    }


def choose_comparisons(
    experiment: Experiment, only: Sequence[ComparisonName] = ()
) -> tuple[ComparisonName, ...]:
    """Return the comparisons to make: those of `only`, or else all that `experiment` has two sides for.

    Raises:
        ConfigError: one of `only` is no comparison; the experiment does not have two sides for it, or for any.
    """
    missing = _missing(experiment)
    for name in only:
        check(ComparisonName, name, "a comparison")
    for name in only:
        if name in missing:
            raise ConfigError(f"{name} can't be compared: {missing[name]}.")
    if len(missing) == len(_SIDES):
        raise ConfigError(f"There is nothing to compare: {', '.join(missing.values())}.")
    return tuple(name for name in _SIDES if (name in only if only else name not in missing))


def _missing(experiment: Experiment) -> dict[ComparisonName, str]:
    """Return what keeps a comparison from having two sides."""
    missing: dict[ComparisonName, str] = {}
    if experiment.backbone.is_random:
        missing["pretrained_random"] = "the backbone's weights are random"
    if len(experiment.tasks) < 2:
        missing["shared_separate"] = f"it needs at least 2 tasks, received {', '.join(experiment.tasks)}"
    if not experiment.fine_tuning:
        missing["frozen_unfrozen"] = "the config has no fine_tuning"
    return missing


def _trainings(experiment: Experiment, side: _Side) -> dict[str, Experiment]:
    """Return what is trained for one side, by the folder of its runs."""
    match side:
        case "joint":
            return {side: experiment}
        case "separate":
            return {f"{side}/{name}": experiment.alone(name) for name in experiment.tasks}
        case "random":
            return {side: dataclasses.replace(experiment, backbone=experiment.backbone.randomised())}
        case "frozen":
            return {side: dataclasses.replace(experiment, fine_tuning=())}
