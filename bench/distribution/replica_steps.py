"""Train on several replicas or workers whenever asked to, in a process of its own.

    python -m hydranet_bench.distribution.replica_steps FOLDER CONFIG WEIGHTS NUM_REPLICAS TASK=PATH…

`all` replicas are the GPUs, or the workers of `TF_CONFIG`. Every line of the input is a request, `steps` or
`extract`, which is answered with a line. What the first few steps add to the weights, and the features, go to
`FOLDER/results.npz`.
"""

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from hydranet import FineTuning, load_config
from hydranet.data._dataset import Dataset
from hydranet.distribution import Distribution, choose_distribution
from hydranet.experiment import Experiment, FeaturesConfig
from hydranet.features._joined import Space
from hydranet.features._missing import Request
from hydranet.features._prepare import Splits, extract_missing, load_splits, resolve_tasks
from hydranet.model._trunk import Trunk
from hydranet_bench.joint_steps import JointSteps
from hydranet_bench.sizes import SIZE

COMPARED_STEPS = 5


class Job:
    """A training, of which parts are done when they are asked for.

    Args:
        experiment: its tasks, with their classes known.
        datasets: the pictures of each task.
        distribution: where it runs.
        folder: which all workers see; features are extracted to a new folder in it each time.
    """

    def __init__(
        self,
        experiment: Experiment,
        datasets: Mapping[str, Splits],
        distribution: Distribution,
        folder: Path,
    ) -> None:
        self._experiment, self._distribution, self._folder = experiment, distribution, folder
        self._trunk = Trunk(experiment.backbone)
        keras.utils.set_random_seed(0)
        phase = FineTuning(
            unfreeze=SIZE.distributed_unfreeze, warmup=0.0, store="always", precision="float32"
        )
        self._steps = JointSteps(experiment, datasets, self._trunk, phase, distribution)
        self._requests = [
            Request(dataset.pictures, dataset.hashes)
            for splits in datasets.values()
            for dataset in splits.values()
        ]
        self._extracted = 0

    def steps(self, count: int = SIZE.fine_tuning_steps) -> None:
        """Make steps of joint training."""
        self._steps.make(count)

    def extract(self) -> Space:
        """Extract the features of all pictures, whether they have been extracted before or not."""
        self._extracted += 1
        store = self._folder / f"extracted_{self._extracted}"
        experiment = dataclasses.replace(self._experiment, features=FeaturesConfig(dir=str(store)))
        return extract_missing(self._trunk, experiment, self._requests, self._distribution)[0]["pooled"]

    def results(self) -> dict[str, np.ndarray]:
        """Return how far the steps that are compared move the weights, all in a row, and all features."""
        before = self._weights()
        self.steps(COMPARED_STEPS)
        hashes = np.concatenate([request.hashes for request in self._requests])
        return {"steps": self._weights() - before, "extract": self.extract().features(hashes).read()}

    def _weights(self) -> np.ndarray:
        parts = self._steps.model.arrays().values()
        return np.concatenate([array.ravel() for arrays in parts for array in arrays])


def load(
    config: str, data: Mapping[str, str], weights: str, store: Path
) -> tuple[Experiment, dict[str, Splits]]:
    """Return an experiment and a part of its pictures."""
    overrides = {
        "backbone.weights": weights,
        "backbone.image_size": SIZE.training_image_size,
        "features.dir": str(store),
    }
    experiment = load_config(config, overrides=overrides, data=data)
    datasets = {name: load_splits(task) for name, task in experiment.tasks.items()}
    num_pictures = sum(len(dataset) for splits in datasets.values() for dataset in splits.values())
    return resolve_tasks(experiment, datasets), {
        name: {split: _thinned(dataset, num_pictures) for split, dataset in splits.items()}
        for name, splits in datasets.items()
    }


def _thinned(dataset: Dataset, num_pictures: int) -> Dataset:
    step = max(num_pictures // SIZE.distributed_pictures, 1)
    return dataset.where(np.arange(len(dataset)) % step == 0)


def main() -> None:
    folder, config, weights, num_replicas, *data = sys.argv[1:]
    distribution = choose_distribution(None if num_replicas == "all" else int(num_replicas))
    paths = dict(text.split("=", 1) for text in data)
    experiment, datasets = load(config, paths, weights, Path(folder).parent / "activations")
    job = Job(experiment, datasets, distribution, Path(folder))
    results = job.results()
    if distribution.is_chief:
        np.savez(Path(folder) / "results.npz", **results)
    num_pictures = len(results["extract"])
    print(num_pictures, flush=True)
    for request in sys.stdin:
        {"steps": job.steps, "extract": job.extract}[request.strip()]()
        print("done", flush=True)


if __name__ == "__main__":
    main()
