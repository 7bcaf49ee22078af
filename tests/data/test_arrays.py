"""Features that were computed before: rows of arrays, their labels, and what is said when they are not as expected."""

from pathlib import Path

import numpy as np
import pytest

from hydranet import Arrays, ConfigError, DataError
from hydranet.data import (
    UNSPLIT,
    ArrayRow,
    Reader,
    Wanted,
    absent_rows,
    check_rows,
    find_rows,
    load_dataset,
    sample_drawings,
    source_at,
)
from hydranet.errors import ImageError
from hydranet.testing import check_source

FEATURES = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
COLOURS = np.array(["red", "blue", "", "red", "NaN", "blue"])


@pytest.fixture
def put(tmp_path):
    def put(name, save=np.savez, **arrays):
        save(tmp_path / name, **arrays)
        return str(tmp_path / name)

    return put


def listed(source):
    """Return by split the values and the label of each example."""
    return {
        split: [(read(example.pictures), example.label) for example in examples]
        for split, examples in source.load().items()
    }


def read(row):
    return row.pixels(row.content(), row.shape).tolist()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("features", "labels", "settings"),
    [
        ("{}", "labels_{}", {}),
        ("{}", "{}_breed", {"label": "breed"}),
        ("x_{}", "y_{}", {"array": "x", "label": "y"}),
    ],
)
def test_arrays_named_after_splits_are_the_splits(put, save, features, labels, settings):
    sizes = {"train": 3, "valid": 2, "test": 1}
    arrays = {features.format(split): FEATURES[:size] for split, size in sizes.items()}
    arrays |= {labels.format(split): np.arange(size) for split, size in sizes.items()}

    splits = listed(Arrays(put("bottleneck.npz", save, **arrays), **settings))

    assert {split: [label for _, label in rows] for split, rows in splits.items()} == {
        "train": ["0", "1", "2"],
        "validation": ["0", "1"],
        "test": ["0"],
    }
    assert [values for values, _ in splits["train"]] == FEATURES[:3].tolist()


def test_a_column_divides_one_array_and_a_row_without_a_label_is_left_out(put):
    fold = np.array(["train", "Val", "train", "train", "train", "test"])
    path = put("one.npz", embedding=FEATURES, colour=COLOURS, fold=fold, size=np.arange(6) * 1.5)

    by_colour = listed(Arrays(path, "colour", array="embedding", split="fold"))
    by_size = listed(Arrays(path, "size", array="embedding"))

    assert by_colour == {
        "train": [(FEATURES[0].tolist(), "red"), (FEATURES[3].tolist(), "red")],
        "validation": [(FEATURES[1].tolist(), "blue")],
        "test": [(FEATURES[5].tolist(), "blue")],
    }
    assert [float(label) for _, label in by_size[UNSPLIT]] == [0, 1.5, 3, 4.5, 6, 7.5]


def test_labels_in_the_order_of_a_csv_file(put, tmp_path):
    (tmp_path / "labels.csv").write_text(
        "name,colour\n" + "".join(f"{n},{c}\n" for n, c in enumerate(COLOURS))
    )
    np.save(tmp_path / "features.npy", FEATURES)

    source = Arrays(str(tmp_path / "features.npy"), "colour", labels=str(tmp_path / "labels.csv"))

    assert [label for _, label in listed(source)[UNSPLIT]] == ["red", "blue", "red", "blue"]
    assert source.load()[UNSPLIT][2].pictures.name == f"{tmp_path / 'features.npy'}[3]"


def test_a_csv_file_says_the_split_of_arrays_by_split(put, tmp_path):
    path = put("x.npz", train=FEATURES[:2], valid=FEATURES[2:3])
    (tmp_path / "labels.csv").write_text("labels,part\nlate,valid\nfirst,train\nsecond,train\n")

    assert listed(Arrays(path, labels=str(tmp_path / "labels.csv"), split="part")) == {
        "train": [(FEATURES[0].tolist(), "first"), (FEATURES[1].tolist(), "second")],
        "validation": [(FEATURES[2].tolist(), "late")],
    }


def test_columns_of_ones_and_whole_numbers_have_the_names_of_the_classes(put):
    names = ("cat", "dog", "eel")
    alone, several = np.eye(3)[[0, 2, 1]], np.array([[1, 1, 0], [0, 0, 0], [0, 0, 1]])
    path = put("x.npz", x=FEATURES[:3], alone=alone, several=several, number=np.array([2.0, np.nan, 0]))

    def labels(label):
        return [each for _, each in listed(Arrays(path, label, array="x", class_names=names))[UNSPLIT]]

    assert labels("alone") == ["cat", "eel", "dog"]
    assert labels("several") == [("cat", "dog"), (), ("eel",)]
    assert labels("number") == ["eel", "cat"]


def test_columns_of_a_parquet_file(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = str(tmp_path / "x.parquet")
    colours = [colour or None for colour in COLOURS]
    table = {
        "text": list("abcdef"),
        "embedding": list(FEATURES),
        "colour": colours,
        "age": [1, 2, None, 4, 5, 6],
    }
    parquet.write_table(arrow.table(table), path)

    assert listed(Arrays(path, "colour")) == listed(Arrays(path, "colour", array="embedding"))
    assert [label for _, label in listed(Arrays(path, "age"))[UNSPLIT]] == ["1", "2", "4", "5", "6"]
    assert listed(Arrays(path, "colour"))[UNSPLIT][0] == (FEATURES[0].tolist(), "red")
    with pytest.raises(
        DataError, match=r"no array 'colours': it has text, embedding, colour, age. Did you mean"
    ):
        Arrays(path, "colours").load()


def test_a_row_is_the_same_whatever_file_and_type_of_numbers_it_comes_from(put, tmp_path):
    whole = np.round(FEATURES * 10)
    for name, dtype in (("f4", "float32"), ("f8", ">f8"), ("i2", "int16")):
        np.save(tmp_path / f"{name}.npy", whole.astype(dtype))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(whole))
    put("stored.npz", x=whole)

    contents = {tuple(row.content() for row in find_rows(path, (4,))) for path in tmp_path.iterdir()}

    assert len(contents) == 1


def test_rows_are_divided_by_their_values(put):
    many = np.random.default_rng(1).normal(size=(100, 4))
    path = put("x.npz", x=many, labels=np.arange(100) % 2)
    first = load_dataset(Arrays(path), task="even")
    with_more = put("more.npz", x=np.concatenate([many, FEATURES]), labels=np.arange(106) % 2)
    second = load_dataset(Arrays(with_more), task="even")

    for split in ("train", "validation"):
        assert {row.tobytes() for row in first[split].hashes} <= {
            row.tobytes() for row in second[split].hashes
        }


def test_the_source_keeps_the_contract(put):
    check_source(Arrays(put("x.npz", x=FEATURES, labels=COLOURS)))


def test_a_path_alone_is_read_by_its_suffix():
    assert source_at("features.npz") == Arrays("features.npz")
    assert source_at("pictures").kind == "folder"
    assert source_at("new.npz", like=Arrays("old.npz", "breed")) == Arrays("new.npz", "breed")
    assert source_at("new", like=Arrays("old.npz", "breed")).kind == "folder"


@pytest.mark.parametrize(
    ("arrays", "settings", "message"),
    [
        ({"x": FEATURES, "labels": COLOURS[:5]}, {}, "has 6 rows, and .* 5: expected a label for each row"),
        ({"x": FEATURES, "z": FEATURES, "labels": COLOURS}, {}, "`array` of the data says which holds"),
        ({"x": FEATURES, "labels": COLOURS}, {"array": "y"}, "has no array 'y': it has x, labels"),
        ({"x": FEATURES}, {}, "no array 'labels': it has x. .*`label` of the data says"),
        ({"x": COLOURS, "labels": COLOURS}, {}, "expected numbers, one row of features for each"),
        ({"x": FEATURES, "labels": FEATURES}, {"array": "x"}, "expected 1 and 0 in them"),
        ({"x": FEATURES, "labels": np.arange(6)}, {"class_names": ("a", "b")}, "holds 2: expected 0 to 1"),
        (
            {"x": FEATURES, "labels": COLOURS, "s": COLOURS},
            {"array": "x", "split": "s"},
            "'red': expected one of",
        ),
        ({"train": FEATURES, "val": FEATURES, "valid": FEATURES}, {}, "has both 'val' and 'valid'"),
        (
            {"train": FEATURES, "val": FEATURES, "train_labels": COLOURS},
            {},
            "features of train, validation, and",
        ),
        ({"x": FEATURES, "labels": np.full(6, "?")}, {}, "no label 'labels' of a training row"),
        ({"x": FEATURES, "labels": np.array([{}] * 6)}, {}, "Python objects|Object arrays"),
    ],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_is_wrong_is_said(put, save, arrays, settings, message):
    with pytest.raises(DataError, match=message):
        Arrays(put("x.npz", save, **arrays), **settings).load()


def test_a_file_that_is_missing_damaged_or_of_another_kind_is_said(put, tmp_path):
    path = Path(put("x.npz", x=FEATURES, labels=COLOURS))
    (tmp_path / "half.npz").write_bytes(path.read_bytes()[:200])
    (tmp_path / "half.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    for name, message in (
        ("y.npz", "No such file or directory.* Did you mean 'x.npz'"),
        ("half.npz", "can't be read"),
        ("half.npy", "can't be read"),
        ("x.parquet", "can't be read"),
        ("x.mat", "is no file of arrays: expected a name ending in .npz, .npy, .parquet"),
    ):
        with pytest.raises(DataError, match=message):
            Arrays(str(tmp_path / name)).load()


def test_a_picture_is_no_row_and_a_row_no_picture():
    row, [drawing] = ArrayRow(FEATURES, 0), sample_drawings(1)[:1]
    with (
        pytest.raises(ImageError, match=r"array of shape \(4,\): this model reads pictures"),
        Reader((8, 8)) as reader,
    ):
        list(reader.read([Wanted(row)]))
    with pytest.raises(ImageError, match="is a picture: this model reads features"), Reader((4,)) as reader:
        list(reader.read([Wanted(drawing)]))


def test_values_that_are_not_finite_are_named():
    rows = np.array([[1.0, np.inf], [1e300, 0], [1, 2]])
    for row in (0, 1):
        bad = ArrayRow(rows, row, f"x[{row}]")
        with pytest.raises(ImageError, match=rf"x\[{row}\] holds values that are not finite"):
            bad.pixels(bad.content(), (2,))


def test_another_shape_is_said_before_anything_is_read(put):
    examples = Arrays(put("x.npz", x=FEATURES, labels=COLOURS)).load()[UNSPLIT]
    with pytest.raises(
        DataError, match=r"x\.npz\[x\]\[0\] is of shape \[4\]: the backbone's `shape` is \[5\]"
    ):
        check_rows(examples, (5,))


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="path must be a text"):
        Arrays(3)


def test_a_row_of_negative_values_is_there():
    rows = np.array([[-1, -2], [-1, 3], [-5, -5]], np.float32)
    assert not absent_rows(rows).any()
