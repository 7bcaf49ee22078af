import numpy as np
import pytest

from hydranet import HydraNet, MultiLabel, Regression, SingleLabel
from hydranet.exports._graph import scored
from hydranet.model._tail import Tail

pytestmark = pytest.mark.slow

TASKS = [
    SingleLabel(name="two", classes=("cat", "dog")),
    SingleLabel(name="many", classes=("curly", "long", "short")),
    MultiLabel(name="several", classes=("rain", "snow", "sun")),
    MultiLabel(name="one_label", classes=("rain",)),
    MultiLabel(name="two_labels", classes=("rain", "snow")),
    Regression(name="age", mean=30.0, standard_deviation=12.0),
]


@pytest.fixture(scope="module")
def model(trunk):
    return HydraNet(trunk, TASKS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_keras_computes_the_scores_that_the_task_does(task, model, images):
    received = np.asarray(scored(model)(images)[task.name])
    expected = task.scores(np.asarray(model(images)[task.name]))
    assert received.shape == expected.shape == (len(images), *task.score_shape)
    np.testing.assert_allclose(received, expected, rtol=1e-6, atol=1e-6)


def test_trunk_and_tails_are_in_the_graph_once(trunk):
    cut = trunk.find_cut("1 block")
    tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "many")}
    tasks = [TASKS[0], TASKS[2], SingleLabel(name="many", classes=("a", "b", "c"), tail="own")]
    graph = scored(HydraNet(trunk.below(cut), tasks, tails=tails))
    names = [layer.name for layer in graph.layers]
    assert [names.count(name) for name in ("backbone", "tail_shared", "tail_many", "two")] == [1, 1, 1, 1]
    assert list(graph.output) == ["two", "several", "many"]
