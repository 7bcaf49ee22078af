"""Verification: a head is ok exactly as long as nothing under it or in it has moved."""

import numpy as np
import pytest

from hydranet import HydraNet, ModelError, SingleLabel, verify
from hydranet.backbones import Place
from hydranet.heads import UsualFeatures
from hydranet.model._tail import Tail
from hydranet.runs import _verify as verification
from hydranet.runs._verify import probe_images, record_head, record_heads

CATS_DOGS = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"))


@pytest.fixture(scope="module")
def own_trunk(new_trunk):
    return new_trunk()


@pytest.fixture
def model(own_trunk):
    """A model whose backbone is put back after the test."""
    weights = own_trunk.get_weights()
    model = HydraNet(own_trunk, [CATS_DOGS, COAT])
    for task in model.tasks:
        record_head(model, task)
    yield model
    own_trunk.set_weights(weights)


@pytest.fixture
def tailed(new_trunk):
    """A model with a tail for each task, and of its own."""
    trunk = new_trunk()
    cut = trunk.find_cut("1 block")
    model = HydraNet(
        trunk.below(cut),
        [CATS_DOGS, COAT],
        tails={group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "coat")},
        tail_groups={"cats_dogs": "shared", "coat": "coat"},
    )
    for task in model.tasks:
        record_head(model, task)
    return model


def statuses(model):
    return {check.task: check.status for check in verify(model)}


def move(layer):
    statistic = next(weight for weight in layer.weights if weight.path.endswith("moving_mean"))
    statistic.assign_add(np.full(statistic.shape, 1e-6, np.float32))


@pytest.mark.slow
def test_heads_are_ok_when_recorded_saved_and_joined_or_left_by_others(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = HydraNet.load(tmp_path / "model.keras")
    larger = loaded.with_task(SingleLabel(name="sharp", classes=("blurred", "sharp")))

    for check in verify(loaded):
        assert (check.status, check.largest_difference, check.exact) == ("ok", 0.0, True)
    assert statuses(larger) == {"cats_dogs": "ok", "coat": "ok", "sharp": "unrecorded"}
    assert statuses(larger.without_task("coat")) == {"cats_dogs": "ok", "sharp": "unrecorded"}


@pytest.mark.slow
def test_heads_noted_together_are_noted_as_one_by_one(tailed):
    one_by_one = tailed.records
    record_heads(tailed, tailed.tasks)

    assert tailed.records == one_by_one
    assert one_by_one["coat"]["fingerprint"] == tailed.fingerprints()[Place("coat", "pooled")]


def test_heads_are_stale_once_a_weight_under_them_has_moved(model):
    move(model.trunk)

    assert statuses(model) == {"cats_dogs": "stale", "coat": "stale"}


@pytest.mark.slow
def test_only_the_heads_on_a_tail_that_has_moved_are_stale_and_all_are_if_the_trunk_has(tailed):
    assert statuses(tailed) == {"cats_dogs": "ok", "coat": "ok"}
    assert statuses(tailed.without_task("cats_dogs")) == {"coat": "ok"}

    move(tailed.tails["coat"])
    assert statuses(tailed) == {"cats_dogs": "ok", "coat": "stale"}

    move(tailed.trunk)
    assert statuses(tailed) == {"cats_dogs": "stale", "coat": "stale"}


def test_only_the_head_that_has_changed_differs(model):
    kernel = model.head("coat").weights[0]
    kernel.assign_add(np.full(kernel.shape, 1e-3, np.float32))

    assert statuses(model) == {"cats_dogs": "ok", "coat": "differs"}
    assert next(check for check in verify(model) if check.task == "coat").largest_difference > 1e-5


@pytest.mark.slow
def test_a_head_that_gives_no_number_differs(model):
    bias = model.head("coat").weights[1]
    bias.assign(np.full(bias.shape, np.nan, np.float32))

    assert statuses(model)["coat"] == "differs"


@pytest.mark.slow
def note_outputs_moved_by(model, task, difference):
    record = model.records[task]
    model.set_record(
        task, {**record, "probe_outputs": (np.array(record["probe_outputs"]) + difference).tolist()}
    )


def test_rounding_is_forgiven_on_another_machine_only(model, monkeypatch):
    note_outputs_moved_by(model, "coat", 3e-6)
    assert statuses(model) == {"cats_dogs": "ok", "coat": "differs"}

    monkeypatch.setattr(verification, "_environment", lambda: "elsewhere")
    assert {(check.status, check.exact) for check in verify(model)} == {("ok", False)}
    note_outputs_moved_by(model, "coat", 3e-5)
    assert statuses(model) == {"cats_dogs": "ok", "coat": "differs"}


def test_other_weights_of_a_head_are_seen_whatever_the_machine_and_the_outputs(model, monkeypatch):
    monkeypatch.setattr(verification, "_environment", lambda: "elsewhere")
    bias = model.head("coat").weights[1]
    bias.assign_add(np.full(bias.shape, 1e-7, np.float32))
    assert statuses(model) == {"cats_dogs": "ok", "coat": "differs"}


def with_usual(model):
    """Note with the head `coat` what training pictures have in common, which have the features of drawings."""
    features = np.random.default_rng(0).random((40, *model.feature_shape("coat"))).astype(np.float32)
    record_heads(model, model.tasks, {"coat": UsualFeatures.of(features)})
    return model


def test_a_head_that_knows_its_training_pictures_is_ok_when_saved_and_loaded(model, tmp_path):
    with_usual(model).save(tmp_path / "model.keras")
    loaded = HydraNet.load(tmp_path / "model.keras")

    assert statuses(loaded) == {"cats_dogs": "ok", "coat": "ok"}
    assert loaded.records == model.records


def test_a_head_differs_whose_knowledge_of_its_training_pictures_has_changed(model):
    record = with_usual(model).records["coat"]
    other = UsualFeatures.of(np.random.default_rng(1).random((40, *model.feature_shape("coat"))))
    model.set_record("coat", {**record, "usual": other.as_data()})
    assert statuses(model) == {"cats_dogs": "ok", "coat": "differs"}

    model.set_record("coat", {**record, "usual": {**record["usual"], "rows": "AAAA"}})
    with pytest.raises(ModelError, match="What the head 'coat' knows of its training pictures is damaged"):
        verify(model)


def test_probe_pictures_are_pictures_that_differ():
    images = probe_images((48, 64))

    assert images.shape == (4, 48, 64, 3)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 255
    assert len({image.tobytes() for image in images}) == 4
    assert min(image.std() for image in images) > 10
