"""Batches: whatever the number of replicas and workers, all together they get the rows of the step, each once."""

from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hydranet import Regression
from hydranet.data._dataset import Dataset
from hydranet.data._mixture import Mixture
from hydranet.joint._batches import JointBatches
from hydranet.joint._rows import JointRows

TASKS = {name: Regression(name=name, mean=0.0, standard_deviation=1.0) for name in ("age", "size")}


class Place(NamedTuple):
    """What batches need to know of a `Distribution`."""

    num_replicas: int = 1
    local_replicas: range = range(1)


class RowNumbers:
    """Activations that say of which row and view they are."""

    def read(self, rows, views):
        return np.stack([rows + 1, views], axis=1).astype(np.float32)


def table(num_rows, labelled):
    """Return rows of which some are labelled for `size` too."""
    hashes = np.random.default_rng(0).integers(0, 2**64, (num_rows, 2), np.uint64)
    sizes = [row for row in range(num_rows) if row in labelled]
    return JointRows(
        TASKS,
        {
            "age": Dataset([None] * num_rows, [str(row + 1) for row in range(num_rows)], hashes),
            "size": Dataset([None] * len(sizes), [str(row + 2) for row in sizes], hashes[sizes]),
        },
    )


@st.composite
def worlds(draw):
    num_rows = draw(st.integers(1, 40))
    rows = table(num_rows, draw(st.sets(st.integers(0, num_rows - 1))))
    mixture = Mixture(rows.sizes, batch_size=draw(st.integers(1, 45)), views=draw(st.integers(1, 3)))
    return rows, mixture, draw(st.integers(0, 2 * mixture.steps_per_epoch - 1))


def parts_of(rows, mixture, step, places):
    """Return what every replica gets, in order, as NumPy arrays; workers are asked one after the other."""
    parts = []
    for place in places:
        batch = JointBatches(rows, RowNumbers(), 3, place).make(mixture, step, ("age", "size"))
        assert list(batch.of_replica) == list(place.local_replicas)
        for part in batch.of_replica.values():
            parts.append(
                {
                    "activations": part["activations"].numpy(),
                    **{f"label {name}": part["labels"][name].numpy() for name in TASKS},
                    **{f"weight {name}": part["weights"][name].numpy() for name in TASKS},
                }
            )
        present = batch.present
    return parts, present


@given(worlds(), st.integers(1, 9), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_the_rows_of_a_step_do_not_depend_on_replicas_and_workers(world, per_worker, num_workers):
    num_replicas = per_worker * num_workers
    workers = [
        Place(num_replicas, range(worker * per_worker, (worker + 1) * per_worker))
        for worker in range(num_workers)
    ]
    [whole], present = parts_of(*world, [Place()])
    parts, present_there = parts_of(*world, workers)
    plan = world[1].plan(3, world[2])

    np.testing.assert_array_equal(present_there, present)
    np.testing.assert_array_equal(present, [whole[f"weight {name}"].any() for name in TASKS])
    assert {len(part["activations"]) for part in parts} == {-(-world[1].batch_size // num_replicas)}
    for name, expected in whole.items():
        together = np.concatenate([part[name] for part in parts])
        num_rows = len(plan.row)
        np.testing.assert_array_equal(together[:num_rows], expected[:num_rows], err_msg=name)
        assert not together[num_rows:].any()
        assert not expected[num_rows:].any()


def test_a_row_comes_with_its_own_view_labels_and_weights():
    rows = table(5, {1, 3})
    mixture = Mixture(rows.sizes, batch_size=5, views=2)
    [part], present = parts_of(rows, mixture, 1, [Place()])
    row, view = part["activations"].T

    np.testing.assert_array_equal(view, mixture.plan(3, 1).view)
    np.testing.assert_array_equal(part["label age"], row)
    np.testing.assert_array_equal(part["weight age"], np.ones(5))
    np.testing.assert_array_equal(part["weight size"], np.isin(row, [2, 4]))
    np.testing.assert_array_equal(part["label size"], np.where(np.isin(row, [2, 4]), row + 1, 0))
    assert present.tolist() == [True, True]
