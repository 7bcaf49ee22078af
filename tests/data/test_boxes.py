"""Boxes in the columns of a CSV file become shares of each picture as it is seen."""

import pytest
from PIL import Image

from hydranet import Boxes
from hydranet.data._picture_size import picture_size
from hydranet.errors import ConfigError, DataError
from hydranet.testing import check_source

EXIF_ORIENTATION = 0x0112


@pytest.fixture
def folder(tmp_path):
    for name in ("train/a.png", "train/b.png", "test/c.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (200, 100)).save(path)
    return tmp_path


def boxes(folder, *rows, header="image,x_min,y_min,x_max,y_max", **settings):
    (folder / "boxes.csv").write_text("\n".join([header, *rows]))
    return Boxes(str(folder / "boxes.csv"), str(folder / "pictures"), **settings)


def labels(source):
    return {split: [example.label for example in examples] for split, examples in source.load().items()}


def test_pixels_become_shares_and_the_first_folder_is_the_split(folder):
    source = boxes(folder, "train/a.png,20,10,100,100", "train/b.png,,,,", "test/c.png,0,0,200,50")
    check_source(source)
    assert labels(source) == {"train": ["0.1 0.1 0.5 1"], "test": ["0 0 1 0.5"]}
    assert source.notes() == [f"{folder / 'boxes.csv'}: 1 row(s) have no box, and are left out."]


def test_columns_splits_and_units_are_as_is_said(folder):
    header = "file;part;l;t;r;b"
    settings = {"image": "file", "split": "part", "box": ("l", "t", "r", "b"), "separator": ";"}
    rows = ["train/a.png;val;0.1;0.2;0.3;0.4", "test/c.png;train;0;0;1;1"]
    source = boxes(folder, *rows, header=header, in_pixels=False, **settings)
    assert labels(source) == {"validation": ["0.1 0.2 0.3 0.4"], "train": ["0 0 1 1"]}


def test_paths_are_relative_to_the_file_where_no_folder_is_given_and_need_no_split(folder):
    (folder / "boxes.csv").write_text("image,x_min,y_min,x_max,y_max\npictures/train/a.png,0,0,50,50\n")
    assert labels(Boxes(str(folder / "boxes.csv"))) == {"all": ["0 0 0.25 0.5"]}


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_that_is_stored_turned_is_measured_as_it_is_seen(tmp_path, file_format, orientation):
    exif, path = Image.Exif(), tmp_path / "picture"
    exif[EXIF_ORIENTATION] = orientation
    Image.new("RGB", (64, 48)).save(path, file_format, exif=exif)
    assert picture_size(path) == ((64, 48) if orientation < 5 else (48, 64))


def test_a_picture_that_is_not_there_is_left_to_the_reading_of_pictures(folder):
    [example] = boxes(folder, "train/missing.png,0,0,1,1").load()["train"]
    assert example.pictures.name.endswith("missing.png")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["train/a.png,1,2,,4"], r"line 2: x_min, y_min, x_max, y_max are \['1', '2', '', '4'\]: expected four"),
        (["train/a.png,,,,"], "has no row with a box in the columns x_min, y_min, x_max, y_max"),
        (["test/c.png,0,0,1,1"], "has no row of the split 'train': received test"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(folder, rows, message):
    with pytest.raises(DataError, match=message):
        boxes(folder, *rows).load()


def test_a_column_that_is_missing_is_named(folder):
    with pytest.raises(DataError, match=r"has no column 'y_max': its columns are .*y_maks"):
        boxes(folder, header="image,x_min,y_min,x_max,y_maks").load()
    with pytest.raises(ConfigError, match="separator must be one character"):
        boxes(folder, separator="; ")
