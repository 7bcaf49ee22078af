"""Folders of class folders, and what is said when they are not as expected."""

import pytest

from hydranet.data._folder import Folder
from hydranet.data._source import UNSPLIT, source_at
from hydranet.errors import DataError


def test_a_folder_of_class_folders_is_listed_by_class_and_name(put, listed):
    root = put("shoes/sandal/2.jpg", "shoes/boot/b.png", "shoes/boot/a.JPEG", "shoes/sandal/1.webp")
    assert listed(Folder(str(root / "shoes"))) == {
        UNSPLIT: [("a.JPEG", "boot"), ("b.png", "boot"), ("1.webp", "sandal"), ("2.jpg", "sandal")]
    }


def test_hidden_files_and_what_is_no_picture_are_left_out(put, listed):
    root = put(
        "boot/1.jpg",
        "boot/.2.jpg",
        "boot/notes.txt",
        "boot/Thumbs.db",
        ".cache/3.jpg",
        "sandal/4.jpg",
        "5.jpg",
    )
    (root / "boot" / "folder.jpg").mkdir()
    assert listed(Folder(str(root))) == {UNSPLIT: [("1.jpg", "boot"), ("4.jpg", "sandal")]}


def test_split_folders_are_the_splits(put, listed):
    root = put("train/boot/1.jpg", "train/sandal/2.jpg", "test/boot/3.jpg", "test/sandal/4.jpg")
    assert listed(Folder(str(root))) == {
        "train": [("1.jpg", "boot"), ("2.jpg", "sandal")],
        "test": [("3.jpg", "boot"), ("4.jpg", "sandal")],
    }


def test_a_home_folder_is_expanded(put, monkeypatch, listed):
    monkeypatch.setenv("HOME", str(put("boot/1.jpg")))
    assert listed(Folder("~")) == {UNSPLIT: [("1.jpg", "boot")]}


def test_a_missing_folder_names_the_nearest_one(put):
    root = put("pictures/boot/1.jpg")
    with pytest.raises(DataError, match=r"pictuers is not a folder: expected .*Did you mean 'pictures'\?"):
        Folder(str(root / "pictuers")).load()
    with pytest.raises(DataError, match=r"is not a folder: expected PATH/CLASS/\*.jpg\.$"):
        Folder(str(root / "none" / "nowhere")).load()


def test_a_folder_without_class_folders_says_what_is_expected(put):
    root = put("1.jpg", "2.jpg")
    with pytest.raises(DataError, match=r"holds no class folders: expected .*/CLASS/\*.jpg"):
        Folder(str(root)).load()


def test_class_folders_without_pictures_are_all_named(put):
    root = put("boot/1.jpg", "clog/readme.txt", "sandal/.hidden.jpg")
    with pytest.raises(DataError, match=r"without pictures: clog, sandal\. Remove them"):
        Folder(str(root)).load()


def test_splits_without_a_training_split_say_so(put):
    root = put("validation/boot/1.jpg", "test/boot/1.jpg")
    with pytest.raises(DataError, match="has validation and test but no 'train'"):
        Folder(str(root)).load()


def test_class_folders_that_differ_between_splits_are_named(put):
    root = put("train/boot/1.jpg", "train/clog/1.jpg", "validation/boot/1.jpg", "validation/bot/1.jpg")
    with pytest.raises(DataError) as caught:
        Folder(str(root)).load()
    assert "'validation' differ from those of 'train'; missing: clog; not in 'train': bot." in str(
        caught.value
    )


@pytest.mark.parametrize("name", ["val", "valid"])
def test_other_names_of_the_validation_folder_are_known(tmp_path, name):
    for split in ("train", name):
        for label in ("cat", "dog"):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "0.jpg").touch()
    assert sorted(Folder(str(tmp_path)).load()) == ["train", "validation"]
    (tmp_path / "validation").mkdir()
    with pytest.raises(DataError, match=rf"has both 'validation' and '{name}': keep one of them"):
        Folder(str(tmp_path)).load()


def test_a_path_alone_is_a_folder():
    assert source_at("pictures/shoes") == Folder("pictures/shoes")
