"""One training among those of a comparison: done once, and measured."""

from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.training.fit import evaluate, train
from hydranet.training.run import Run


def find_or_train(experiment: Experiment, run_dir: Path) -> Run:
    """Return the run of `experiment`: the one that is there already, or that is begun, or a new one."""
    try:
        return train(experiment, run_dir, resume=True)
    except ConfigError:
        # The checkpoint of another training is in the way, or the config is wrong, which is then said again.
        return train(experiment, run_dir)


def measure_run(run: Run) -> dict[str, dict[str, Any]]:
    """Return each task's metrics on its test split where it has one, else on its validation split; see `split`."""
    tasks = run.experiment.tasks.items()
    tested = [name for name, task in tasks if task.data and "test" in task.data.load()]
    return {**run.metrics["tasks"], **(evaluate(run, split="test", tasks=tested) if tested else {})}
