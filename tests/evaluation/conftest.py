"""Fixtures that the tests of what is made of an assessment share."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def assessed():
    """Assess a task on pictures with these labels, as if its head had given these outputs."""
    from hydranet.data._dataset import Dataset
    from hydranet.data._pictures import PictureFile
    from hydranet.evaluation._assess import make_assessment

    def assess(task, labels, outputs):
        outputs = np.asarray(outputs, np.float32).reshape(len(labels), task.num_outputs)
        pictures = [PictureFile(Path(f"{row}.png")) for row in range(len(labels))]
        dataset = Dataset(pictures, list(labels), np.zeros((len(labels), 2), np.uint64))
        return make_assessment(task, "validation", {"validation": dataset}, [(slice(None), outputs)], ())

    return assess


@pytest.fixture(scope="session")
def own_kind(assessed):
    """The assessment of a kind of task that someone has written: a direction, in degrees."""
    from dataclasses import dataclass, field
    from typing import Literal

    import keras

    from hydranet import Prediction, Task
    from hydranet.tasks import Estimates, Metric

    @dataclass(frozen=True, kw_only=True)
    class Direction(Task):
        kind: Literal["direction"] = field(default="direction", repr=False)
        num_outputs = 2
        is_resolved = True
        main_metric = Metric("loss", larger_is_better=False)

        def resolve(self, labels):
            return self

        def encode(self, labels):
            return np.array(labels, np.float32)

        def targets(self, labels):
            return np.stack([np.cos(np.deg2rad(labels)), np.sin(np.deg2rad(labels))], axis=1)

        def loss(self, labels, outputs):
            return keras.ops.sum(keras.ops.square(self.targets(labels) - outputs), axis=1)

        def metrics(self):
            return []

        def decode(self, outputs, top_k=5):
            return [Prediction(float(np.rad2deg(np.arctan2(y, x)))) for x, y in outputs]

        def score_tensors(self, outputs):
            return outputs

        def judge(self, labels, outputs):
            return Estimates(labels, np.rad2deg(np.arctan2(outputs[:, 1], outputs[:, 0])), unit="degrees")

        def metric_values(self, labels, outputs):
            return np.asarray(self.loss(labels, outputs), np.float64)

    return assessed(Direction(name="wind"), ["0", "90", "180"], [[1, 0], [0, 0], [1, 0]])
