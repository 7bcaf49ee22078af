"""The FeatureStore: what was stored is what is read, and no accident makes it otherwise."""

import logging
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydranet import Augmentation
from hydranet.errors import ConfigError, DataError
from hydranet.features._chunk_file import read_header
from hydranet.features._missing import view_keys
from hydranet.features._space import FeatureSpace
from hydranet.features._store import FeatureStore, default_store_dir


def keys_and_rows(count, shape=(3,), seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**64, (count, 2), np.uint64), rng.normal(size=(count, *shape)).astype(np.float32)


@pytest.fixture
def space(tmp_path):
    return FeatureStore(tmp_path).space("fingerprint", (3,))


@given(
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    shape=st.sampled_from([(1,), (5,), (2, 2, 3)]),
    dtype=st.sampled_from(["float32", "float16"]),
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_what_was_appended_is_what_is_read_in_any_order(tmp_path_factory, sizes, shape, dtype, data):
    folder = tmp_path_factory.mktemp("space")
    space = FeatureSpace(folder, shape, dtype)
    keys, rows = keys_and_rows(sum(sizes), shape)
    for part in np.split(np.arange(len(keys)), np.cumsum(sizes)[:-1]):
        space.append(keys[part], rows[part])
    wanted = np.array(data.draw(st.lists(st.integers(0, len(keys) - 1), min_size=1, max_size=20)))
    expected = rows.astype(dtype).astype(np.float32)[wanted]

    for each in (space, FeatureSpace(folder, shape, dtype)):
        assert len(each) == len(keys)
        assert each.contains(keys).all()
        features = each.features(keys[wanted])
        np.testing.assert_array_equal(features.read(), expected)
        np.testing.assert_array_equal(features.select(np.arange(len(wanted)) % 2 == 0).read(), expected[::2])
        batches = list(features.batches(4))
        np.testing.assert_array_equal(np.concatenate([batch for _, batch in batches]), expected)
        assert [rows.start for rows, _ in batches] == list(range(0, len(wanted), 4))


def test_keys_that_are_not_stored_are_told_apart(space):
    keys, rows = keys_and_rows(6)
    assert not space.contains(keys).any()
    space.append(keys[:4], rows[:4])

    assert space.contains(keys).tolist() == [True] * 4 + [False] * 2
    with pytest.raises(KeyError, match="2 of 6 features are not stored"):
        space.features(keys)


@pytest.mark.parametrize("kept", [0, 5, 100, -1])
def test_a_chunk_that_was_cut_off_costs_its_own_rows_only(space, caplog, kept):
    keys, rows = keys_and_rows(10)
    space.append(keys[:5], rows[:5])
    (damaged,) = space.folder.iterdir()
    space.append(keys[5:], rows[5:])
    damaged.write_bytes(damaged.read_bytes()[:kept])

    with caplog.at_level(logging.WARNING):
        again = FeatureSpace(space.folder, (3,))

    assert [damaged.name in record.getMessage() for record in caplog.records] == [True]
    assert not damaged.exists()
    assert again.contains(keys).tolist() == [False] * 5 + [True] * 5
    np.testing.assert_array_equal(again.features(keys[5:]).read(), rows[5:])


def test_two_writers_side_by_side_lose_nothing(tmp_path):
    first, second = (FeatureSpace(tmp_path / "space", (3,)) for _ in range(2))
    keys, rows = keys_and_rows(9)
    for start in (0, 3):
        first.append(keys[start : start + 3], rows[start : start + 3])
    second.append(keys[3:], rows[3:])  # three of them a second time

    for space in (first, second):
        assert space.contains(keys).any()
    again = FeatureSpace(tmp_path / "space", (3,))
    np.testing.assert_array_equal(again.features(keys).read(), rows)


def test_a_writer_at_work_is_left_alone(space, monkeypatch, caplog):
    keys, rows = keys_and_rows(4)
    sync = os.fsync

    def look_while_saving(handle):
        assert len(FeatureSpace(space.folder, (3,))) == (4 if list(space.folder.glob("[!.]*.chunk")) else 0)
        sync(handle)

    monkeypatch.setattr(os, "fsync", look_while_saving)
    space.append(keys, rows)

    assert not caplog.records
    np.testing.assert_array_equal(FeatureSpace(space.folder, (3,)).features(keys).read(), rows)


def test_an_interrupted_write_leaves_nothing(space, monkeypatch):
    keys, rows = keys_and_rows(4)

    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        space.append(keys, rows)

    assert list(space.folder.glob("*")) == []
    assert len(space) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_reading_keeps_nothing_of_the_store_in_memory_and_no_file_open(space):
    keys, rows = keys_and_rows(40)
    for start in range(0, 40, 2):
        space.append(keys[start : start + 2], rows[start : start + 2])
    np.testing.assert_array_equal(space.features(keys).read(), rows)

    files = [str(file.readlink()) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    mapped = Path("/proc/self/maps").read_text().splitlines()
    assert not [line for line in (*mapped, *files) if line.endswith(".chunk")]


def test_a_chunk_that_is_cut_off_while_it_is_in_use_is_never_read_as_features(space):
    keys, rows = keys_and_rows(5)
    space.append(keys, rows)
    features = space.features(keys)
    features.read(np.arange(1))
    [path] = space.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-1])

    np.testing.assert_array_equal(features.read(np.arange(4)), rows[:4])
    for _ in range(2):
        with pytest.raises(DataError, match=r"1 stored features were damaged .* Run the command again"):
            features.read()
    np.testing.assert_array_equal(space.features(keys[:4]).read(), rows[:4])


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_no_flipped_byte_of_a_row_is_read_and_only_the_damaged_rows_are_computed_again(
    tmp_path, caplog, dtype
):
    keys, rows = keys_and_rows(12)
    rows = rows.astype(dtype).astype(np.float32)
    rng = np.random.default_rng(0)
    for trial in range(60):
        space = FeatureSpace(tmp_path / str(trial), (3,), dtype)
        space.append(keys[:8], rows[:8])
        space.append(keys[8:], rows[8:])
        computed = []

        def restore(space=space, computed=computed):
            missing = ~space.contains(keys)
            computed.extend(np.flatnonzero(missing).tolist())
            space.append(keys[missing], rows[missing])

        space.restore = restore
        features = space.features(keys)
        part = features.select(np.arange(4))
        [path] = [path for path in space.folder.iterdir() if len(read_header(path).keys) == 8]
        content = bytearray(path.read_bytes())
        row = int(rng.integers(8))
        size = 3 * np.dtype(dtype).itemsize
        content[len(content) - (8 - row) * size + int(rng.integers(size))] ^= int(rng.integers(1, 256))
        path.write_bytes(content)
        caplog.clear()
        np.testing.assert_array_equal(features.read(), rows)
        np.testing.assert_array_equal(part.read(), rows[:4])
        assert computed == [row]
        assert f"{path.name} is damaged or gone: 1 of its 8 rows ({row})" in caplog.text
        np.testing.assert_array_equal(FeatureSpace(space.folder, (3,), dtype).features(keys).read(), rows)


@given(
    row=st.integers(0, 99),
    bit=st.integers(0, 8 * 12 - 1),
    cut=st.integers(0, 99) | st.none(),
    wanted=st.lists(st.integers(0, 99), min_size=1, max_size=20)
    | st.tuples(st.integers(0, 99), st.integers(1, 100)).map(
        lambda part: list(range(part[0], min(sum(part), 100)))
    ),
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_row_is_found_whichever_rows_are_read_with_it_and_no_other_is_taken_for_one(
    tmp_path_factory, row, bit, cut, wanted
):
    space = FeatureSpace(tmp_path_factory.mktemp("space"), (3,))
    keys, rows = keys_and_rows(100)
    space.append(keys, rows)
    features = space.features(keys)
    [path] = space.folder.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) - rows.nbytes + 12 * row + bit // 8] ^= 1 << bit % 8
    path.write_bytes(content if cut is None else content[: len(content) - 12 * (100 - cut)])

    if row in wanted or (cut is not None and max(wanted) >= cut):
        with pytest.raises(DataError, match="stored features were damaged"):
            features.read(np.array(wanted))
    else:
        np.testing.assert_array_equal(features.read(np.array(wanted)), rows[wanted])


def test_every_flipped_byte_of_a_header_is_found(space, caplog):
    keys, rows = keys_and_rows(4)
    space.append(keys, rows)
    [path] = space.folder.iterdir()
    whole = path.read_bytes()
    for place in range(len(whole) - rows.nbytes):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 + place % 255)]) + whole[place + 1 :])
        caplog.clear()
        assert len(FeatureSpace(space.folder, (3,))) == 0
        assert path.name in caplog.text
        assert not path.exists()


def test_a_chunk_that_another_process_has_removed_is_computed_again(space, caplog):
    keys, rows = keys_and_rows(4)
    space.append(keys, rows)
    space.restore = lambda: space.append(keys, rows)
    features = space.features(keys)
    [path] = space.folder.iterdir()
    path.unlink()
    np.testing.assert_array_equal(features.read(), rows)
    assert f"{path.name} is damaged or gone" in caplog.text


def test_what_a_killed_writer_has_left_goes_when_the_space_is_opened(space):
    space.append(*keys_and_rows(4))
    (space.folder / ".0f-writing-abc.chunk").write_bytes(b"half")
    FeatureSpace(space.folder, (3,))
    assert [path.name for path in space.folder.glob(".*")] == []


def test_features_of_another_shape_are_refused(space):
    space.append(*keys_and_rows(2))

    with pytest.raises(ConfigError, match=r"features of shape \(3,\) in float32: expected \(4,\) in float32"):
        FeatureSpace(space.folder, (4,))
    with pytest.raises(ConfigError, match=r"in float32: expected \(3,\) in float16"):
        FeatureSpace(space.folder, (3,), "float16")


def test_usage_counts_rows_and_bytes_of_each_space(tmp_path):
    store = FeatureStore(tmp_path)
    assert store.usage() == []
    store.space("aa", (3,)).append(*keys_and_rows(5))
    store.space("aa", (3,)).append(*keys_and_rows(2))
    store.space("bb", (3,), "float16").append(*keys_and_rows(4))

    assert [(usage.name, usage.num_rows) for usage in store.usage()] == [
        ("aa-float32-v3", 7),
        ("bb-float16-v3", 4),
    ]
    sizes = [sum(file.stat().st_size for file in folder.iterdir()) for folder in sorted(tmp_path.iterdir())]
    assert [usage.num_bytes for usage in store.usage()] == sizes


def test_clear_removes_every_stored_feature_and_nothing_else(tmp_path):
    store = FeatureStore(tmp_path)
    store.space("aa", (3,)).append(*keys_and_rows(5))
    store.space("bb", (3,)).append(*keys_and_rows(5))
    (tmp_path / "bb-float32-v3" / ".killed-123.chunk").write_bytes(b"half written")
    (tmp_path / "aa-float32-v3" / "damaged.chunk").write_bytes(b"damaged")
    others = [
        tmp_path / "notes.txt",
        tmp_path / "photos" / "cat.jpg",
        tmp_path / "aa-float32-v3" / "mine.txt",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_text("keep me")
    num_bytes = sum(usage.num_bytes for usage in store.usage())

    assert store.clear() == num_bytes > 0
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(others)
    assert store.usage() == []
    assert store.clear() == 0


def test_the_folder_is_that_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HYDRANET_FEATURES_DIR", str(tmp_path))
    assert default_store_dir() == FeatureStore().folder == tmp_path
    monkeypatch.delenv("HYDRANET_FEATURES_DIR")
    assert default_store_dir() == Path.home() / ".cache/hydranet/features"


def test_the_key_of_a_view_says_all_that_shapes_it():
    hashes, _ = keys_and_rows(3)
    plain, turned = Augmentation(views=3), Augmentation(views=3, rotation=10)
    variants = [(1, plain, 0), (2, plain, 0), (1, turned, 0), (1, plain, 1)]

    assert len({view_keys(hashes, *variant).tobytes() for variant in variants}) == len(variants)
    np.testing.assert_array_equal(view_keys(hashes, 0, turned, 5), hashes)
    np.testing.assert_array_equal(
        view_keys(hashes, 1, plain, 0), view_keys(hashes, 1, Augmentation(views=9), 0)
    )
    np.testing.assert_array_equal(view_keys(hashes[1:], 1, plain, 0), view_keys(hashes, 1, plain, 0)[1:])


def test_features_come_in_the_shape_of_the_examples(space):
    keys, rows = keys_and_rows(6)
    space.append(keys, rows)
    pairs = space.features(keys[[5, 0, 1, 1, 3, 4]].reshape(3, 2, 2))
    assert (len(pairs), pairs.shape) == (3, (2, 3))
    np.testing.assert_array_equal(pairs.read(), rows[[5, 0, 1, 1, 3, 4]].reshape(3, 2, 3))
    np.testing.assert_array_equal(pairs.select(np.array([2])).read(), rows[[3, 4]][None])
    unknown = np.array([[keys[0], keys[1]], [keys[2], [7, 7]]], np.uint64)
    assert space.contains(unknown).tolist() == [True, False]
