"""A checkpoint comes back exactly, or not at all; what is on the disk is the last good one."""

import resource

import numpy as np
import pytest

from hydranet.errors import ConfigError, HydraNetError, ModelError
from hydranet.runs._checkpoint import Checkpoints

STATE = {"step": 3, "losses": [0.1, float("inf")], "phase": None, "best": {"cats_dogs": 1e-300}}
ARRAYS = {
    "now": {"tail shared/1": [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32([np.nan])]},
    "optimizer": [np.int64(7), np.zeros((0, 2), np.float32)],
    "nothing": {"of a list": [], "of a dict": {}},
    "numbered": {"0": np.uint32([1]), "1": np.float16([0.1])},
}


@pytest.fixture
def saved(tmp_path):
    """Checkpoints with one section, and what it holds."""
    checkpoints = Checkpoints(tmp_path, "this training")
    checkpoints.save("phase", STATE, ARRAYS)
    return checkpoints


def load(folder, identity="this training"):
    checkpoints = Checkpoints(folder, identity)
    checkpoints.load()
    return checkpoints


def assert_same(first, second):
    assert type(first) is type(second) or not isinstance(first, dict | list)
    if isinstance(first, dict):
        assert list(first) == list(second)
        first, second = list(first.values()), list(second.values())
    if isinstance(first, list):
        for one, two in zip(first, second, strict=True):
            assert_same(one, two)
    else:
        assert np.asarray(first).dtype == np.asarray(second).dtype
        np.testing.assert_array_equal(first, second)


def assert_is_saved(checkpoints, state=STATE):
    section = checkpoints["phase"]
    assert section.state == state
    assert_same(section.arrays, ARRAYS)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_states_and_nested_arrays_come_back_bit_for_bit(saved, tmp_path):
    assert_is_saved(load(tmp_path))
    assert load(tmp_path)["heads"] is None
    assert names(tmp_path) == ["checkpoint.npz"]


def test_replacing_one_section_keeps_the_others(saved, tmp_path):
    loaded = load(tmp_path)
    loaded.save("heads", {}, {})
    loaded.save("phase", {"step": 4}, ARRAYS)

    assert_is_saved(load(tmp_path), {"step": 4})
    assert load(tmp_path)["heads"] == ({}, {})


def test_without_a_file_there_is_nothing_to_go_on_from(tmp_path):
    assert load(tmp_path)["phase"] is None


def test_the_checkpoint_of_another_training_is_refused(saved, tmp_path):
    with pytest.raises(ConfigError, match="another config, other pictures or other versions"):
        load(tmp_path, "another training")


def test_a_damaged_file_is_refused_or_read_correctly_but_never_wrongly(saved, tmp_path):
    good = saved.path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [good[:length] for length in rng.integers(0, len(good), 40)]
    for place in rng.integers(0, len(good), 400):
        damaged.append(good[:place] + bytes([good[place] ^ rng.integers(1, 256)]) + good[place + 1 :])
    num_refused = 0
    for content in damaged:
        saved.path.write_bytes(content)
        try:
            loaded = load(tmp_path)
        except ModelError:
            num_refused += 1
        else:  # a time stamp, padding
            assert_is_saved(loaded)
    assert num_refused > 200


def test_a_damaged_file_is_named_and_how_to_go_on(saved, tmp_path):
    saved.path.write_bytes(b"no zip file")
    with pytest.raises(
        ModelError, match=r"checkpoint.npz is damaged .*: remove it, or train without --resume"
    ):
        load(tmp_path)


def test_reading_executes_nothing(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("code was executed",))

    with saved.path.open("wb") as file:
        np.savez(file, text=np.array(Trap(), dtype=object))
    with pytest.raises(ModelError, match="is damaged"):
        load(tmp_path)


def test_a_disk_that_is_full_leaves_the_previous_checkpoint(saved, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(HydraNetError, match=r"Could not write .*checkpoint.npz"):
            saved.save("phase", {"step": 4}, {"large": np.zeros(100_000, np.float32)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert_is_saved(load(tmp_path))
    assert names(tmp_path) == ["checkpoint.npz"]


def test_removing_takes_away_the_checkpoint_and_nothing_else(saved, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"model")

    saved.remove()

    assert names(tmp_path) == ["model.keras"]
    assert saved["phase"] is None
    saved.remove()


def test_a_worker_that_does_not_write_reads_what_the_chief_has_written(saved, tmp_path):
    worker = Checkpoints(tmp_path, "this training", writes=False)
    worker.load()
    worker.save("phase", {"step": 4}, ARRAYS)
    worker.remove()

    assert_is_saved(load(tmp_path))


def test_within_an_epoch_one_is_due_when_the_last_is_old_enough(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path, "this training")
    assert not checkpoints.is_due
    monkeypatch.setattr(Checkpoints, "seconds", 0.0)
    assert checkpoints.is_due
