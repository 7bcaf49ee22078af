"""How good tasks are while they are trained: every row counts once, and the present weights do."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from hydranet.distribution import choose_distribution
from hydranet.evaluation._measure import measure
from hydranet.joint._validation import JointEvaluation, ValidationRows

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "training" / "steps_on_replicas.py"))


class MadeUp:
    """Activations that are there already."""

    def __init__(self, values):
        self.values = values

    def read(self, rows, views):
        return self.values[rows]


@pytest.fixture(scope="module")
def world():
    return SCRIPT["World"](choose_distribution())


@pytest.mark.parametrize("num_rows", [1, 64, 150])
def test_a_task_is_measured_as_on_all_its_rows_at_once(world, num_rows):
    rng, model = np.random.default_rng(num_rows), world.model
    shape = next(iter(model.tails.values())).activation_shape
    evaluation = JointEvaluation(model, world.distribution)
    for name, labels in {"kind": rng.integers(0, 3, num_rows), "size": rng.normal(3, 2, num_rows)}.items():
        task, activations = model.tasks[name], rng.normal(size=(num_rows, *shape)).astype(np.float32)
        labels = labels.astype(task.encode([]).dtype)
        for _ in range(2):
            outputs = np.asarray(
                model.outputs(name, model.features(task.tail_group, activations), training=False)
            )
            expected = measure(task, labels, [(slice(0, num_rows), outputs)])
            measured = evaluation(task, ValidationRows(MadeUp(activations), labels))

            assert measured == pytest.approx(expected, rel=1e-5, abs=1e-6)
            assert isinstance(measured["num_examples"], int)
            model.heads[name].set_weights([weight + 0.1 for weight in model.heads[name].get_weights()])
