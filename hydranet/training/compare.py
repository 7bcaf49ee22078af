"""Joint training beside separate training: what each task gains or loses by sharing a backbone with the others."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.progress import progress_bar
from hydranet.training.trial import find_or_train, measure_run

Metrics = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """The metrics of one joint model and of separate ones, one model per task, with several seeds.

    Args:
        seeds: of the trainings.
        joint: for each seed, the metrics of each task in the joint model, by task name.
        separate: the same in a model of its own.
    """

    seeds: tuple[int, ...]
    joint: list[Metrics]
    separate: list[Metrics]


def compare(experiment: Experiment, run_dir: Path | str, *, num_seeds: int = 3) -> Comparison:
    """Train all tasks together, and each one alone with the same config, with several seeds.

    A separate model has the same epochs of its own task's pictures. Where a phase is counted in `steps`, it has as
    many steps, and so more examples of its task than the joint model.

    The runs are `run_dir/joint/seed_K` and `run_dir/separate/TASK/seed_K`. One that is there already, of the same
    config and pictures, is not trained again, so an interrupted comparison goes on where it was.

    Args:
        experiment: the joint training.
        run_dir: the folder to write to.
        num_seeds: how many seeds, from the experiment's own on; at least 2, because one says nothing of chance.

    Returns:
        Metrics on the test split of each task that has one; otherwise on the validation split, by which the epoch
        of fine-tuning was chosen, so that they flatter both sides a little.

    Raises:
        ConfigError: fewer than two seeds or two tasks.
        HydraNetError: see `train`.

    Example:
        >>> import tempfile
        >>> from hydranet import Drawings, Experiment, SingleLabel
        >>> from hydranet.experiment import BackboneConfig, FeaturesConfig
        >>> folder = tempfile.mkdtemp()
        >>> names = ("cats_dogs", "horse_human")
        >>> comparison = compare(
        ...     Experiment(
        ...         tasks={name: SingleLabel(name=name, data=Drawings(name, 12, 4)) for name in names},
        ...         backbone=BackboneConfig(
        ...             name="MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}
        ...         ),
        ...         features=FeaturesConfig(dir=folder),
        ...     ),
        ...     folder,
        ...     num_seeds=2,
        ... )
        >>> comparison.joint == comparison.separate  # on a frozen backbone they share nothing that is trained
        True
    """
    if num_seeds < 2:
        raise ConfigError(f"A comparison needs at least 2 seeds: received {num_seeds}.")
    if len(experiment.tasks) < 2:
        raise ConfigError(f"A comparison needs at least 2 tasks: received {', '.join(experiment.tasks)}.")
    seeds = tuple(range(experiment.seed, experiment.seed + num_seeds))
    joint: list[Metrics] = []
    separate: list[Metrics] = []
    with progress_bar("comparison", num_seeds * (1 + len(experiment.tasks)), unit="trainings") as bar:

        def metrics(trained: Experiment, name: str) -> Metrics:
            run = find_or_train(trained, Path(run_dir) / name / f"seed_{trained.seed}")
            bar.update()
            return measure_run(run)

        for seed in seeds:
            seeded = dataclasses.replace(experiment, seed=seed)
            joint.append(metrics(seeded, "joint"))
            alone = [
                dataclasses.replace(seeded, tasks={name: dataclasses.replace(task, when={})})
                for name, task in seeded.tasks.items()
            ]
            separate.append(
                {name: metrics(each, f"separate/{name}")[name] for each in alone for name in each.tasks}
            )
    return Comparison(seeds, joint, separate)
