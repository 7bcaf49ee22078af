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
    source = Folder(str(root))
    assert listed(source) == {UNSPLIT: [("1.jpg", "boot"), ("4.jpg", "sandal")]}
    left_out, beside = source.notes()
    assert left_out == f"{root}: 2 files left out: 1 .db, 1 .txt."
    assert beside == f"{root} has 1 picture(s) beside the class folders, which are left out."


def test_the_pictures_of_a_class_may_lie_deeper_and_have_any_name_of_their_format(put, listed):
    root = put("cat/1.jfif", "cat/more/2.JPE", "cat/more/scans/3.tif", "dog/4.webp", "dog/5")
    (root / "dog/5").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "dog/README").write_text("no picture")
    source = Folder(str(root))
    assert listed(source) == {
        UNSPLIT: [("1.jfif", "cat"), ("2.JPE", "cat"), ("3.tif", "cat"), ("4.webp", "dog"), ("5", "dog")]
    }
    left_out, deeper = source.notes()
    assert left_out == f"{root}: 1 file left out: 1 without a suffix."
    assert deeper.startswith("2 picture(s) lie deeper in a class folder and count for it, as ")


def test_folders_that_lead_back_to_themselves_are_listed_once(put, listed):
    root = put("cat/1.jpg", "dog/2.jpg")
    (root / "cat/again").symlink_to(root / "cat")
    assert listed(Folder(str(root))) == {UNSPLIT: [("1.jpg", "cat"), ("2.jpg", "dog")]}


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


def test_class_folders_without_pictures_are_left_out_and_named(put, listed):
    root = put("boot/1.jpg", "clog/readme.txt", "sandal/.hidden.jpg")
    source = Folder(str(root))
    assert [label for _, label in listed(source)[UNSPLIT]] == ["boot"]
    assert f"{root} has class folders without pictures, which are left out: clog, sandal." in source.notes()
    (root / "boot/1.jpg").unlink()
    with pytest.raises(DataError, match=r"class folders without pictures: boot, clog, sandal.*1 \.txt"):
        source.load()


def test_splits_without_a_training_split_say_so(put):
    root = put("validation/boot/1.jpg", "test/boot/1.jpg")
    with pytest.raises(DataError, match="has validation and test but no 'train'"):
        Folder(str(root)).load()


def test_a_class_without_a_training_picture_is_an_error_that_names_the_nearest(put):
    root = put("train/boot/1.jpg", "train/clog/1.jpg", "validation/boot/1.jpg", "validation/bot/1.jpg")
    with pytest.raises(DataError, match=r"not in 'train': bot\. Did you mean 'boot'\?"):
        Folder(str(root)).load()


def test_a_validation_split_may_lack_a_class(put, listed):
    root = put("train/boot/1.jpg", "train/clog/1.jpg", "validation/boot/1.jpg")
    assert listed(Folder(str(root)))["validation"] == [("1.jpg", "boot")]


@pytest.mark.parametrize("other", ["holdout", "unsorted", "bus"])
def test_pictures_beside_the_training_split_are_never_passed_by(put, other):
    root = put("train/a/1.jpg", "train/b/1.jpg", f"{other}/a/1.jpg", "notes/readme.txt")
    with pytest.raises(DataError, match=rf"pictures in '{other}' beside 'train'.*split_folders: false"):
        Folder(str(root)).load()


def test_a_class_may_be_called_as_a_split_is(put, listed):
    root = put("bus/1.jpg", "car/1.jpg", "train/1.jpg", "valid/1.jpg")
    source = Folder(str(root))
    assert [label for _, label in listed(source)[UNSPLIT]] == ["bus", "car", "train", "valid"]
    [note] = source.notes()
    assert note.startswith("'train', 'valid' is read as a class")
    assert Folder(str(root), split_folders=False).notes() == []


def test_the_config_decides_whether_folders_are_splits(put, listed):
    root = put("train/steam/1.jpg", "train/diesel/1.jpg", "bus/1.jpg")
    assert [label for _, label in listed(Folder(str(root), split_folders=False))[UNSPLIT]] == [
        *("bus", "train", "train")
    ]
    with pytest.raises(DataError, match="holds no class folders"):
        Folder(str(put("flat/train/1.jpg") / "flat"), split_folders=True).load()


@pytest.mark.parametrize("name", ["val", "valid", "Val", "DEV"])
def test_other_names_of_the_validation_folder_are_known(tmp_path, name):
    for split in ("train", name):
        for label in ("cat", "dog"):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "0.jpg").touch()
    assert sorted(Folder(str(tmp_path)).load()) == ["train", "validation"]
    (tmp_path / "validation" / "cat").mkdir(parents=True, exist_ok=True)
    with pytest.raises(DataError, match=r"has both .* and .*: keep one of them"):
        Folder(str(tmp_path)).load()


def test_a_path_alone_is_a_folder():
    assert source_at("pictures/shoes") == Folder("pictures/shoes")
