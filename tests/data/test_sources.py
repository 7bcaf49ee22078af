"""Where labelled pictures come from, and what is said when they are not there."""

import pytest

from hydranet.data._sources import CSV, TFDS, UNSPLIT, Drawings, Folder
from hydranet.errors import DataError


@pytest.fixture
def put(tmp_path):
    """Make empty files, with the folders above them; a source reads no pictures."""

    def put(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return put


@pytest.fixture
def put_csv(tmp_path):
    def put_csv(text, encoding="utf-8"):
        path = tmp_path / "pictures.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return put_csv


def listed(source):
    return {
        split: [(example.picture.path.name, example.label) for example in examples]
        for split, examples in source.load().items()
    }


def test_a_folder_of_class_folders_is_listed_by_class_and_name(put):
    root = put("shoes/sandal/2.jpg", "shoes/boot/b.png", "shoes/boot/a.JPEG", "shoes/sandal/1.webp")
    assert listed(Folder(str(root / "shoes"))) == {
        UNSPLIT: [("a.JPEG", "boot"), ("b.png", "boot"), ("1.webp", "sandal"), ("2.jpg", "sandal")]
    }


def test_hidden_files_and_what_is_no_picture_are_left_out(put):
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


def test_split_folders_are_the_splits(put):
    root = put("train/boot/1.jpg", "train/sandal/2.jpg", "test/boot/3.jpg", "test/sandal/4.jpg")
    assert listed(Folder(str(root))) == {
        "train": [("1.jpg", "boot"), ("2.jpg", "sandal")],
        "test": [("3.jpg", "boot"), ("4.jpg", "sandal")],
    }


def test_a_home_folder_is_expanded(put, monkeypatch):
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


def test_the_rows_of_a_csv_file_keep_their_order_and_paths_start_from_it(put_csv, tmp_path):
    source = CSV(put_csv("image,kind\nb/2.jpg,boot\n1.jpg, sandal \n/abs/3.jpg,boot\n"), label="kind")
    examples = source.load()[UNSPLIT]
    assert [example.picture.path for example in examples] == [
        tmp_path / "b" / "2.jpg",
        tmp_path / "1.jpg",
        tmp_path / "/abs/3.jpg",
    ]
    assert [example.label for example in examples] == ["boot", "sandal", "boot"]


def test_an_empty_cell_is_no_label_for_this_task_only(put_csv):
    path = put_csv("image,kind,size\n1.jpg,boot,\n2.jpg,,43\n3.jpg,sandal,38\n4.jpg\n")
    assert listed(CSV(path, "kind")) == {UNSPLIT: [("1.jpg", "boot"), ("3.jpg", "sandal")]}
    assert listed(CSV(path, "size")) == {UNSPLIT: [("2.jpg", "43"), ("3.jpg", "38")]}


def test_a_split_column_makes_the_splits(put_csv):
    path = put_csv("image,kind,part\n1.jpg,boot,train\n2.jpg,boot,test\n3.jpg,clog,train\n4.jpg,,nowhere\n")
    assert listed(CSV(path, "kind", split="part")) == {
        "train": [("1.jpg", "boot"), ("3.jpg", "clog")],
        "test": [("2.jpg", "boot")],
    }


def test_a_csv_file_from_a_spreadsheet_is_read(put_csv):
    path = put_csv('image,kind\r\n"a, b.jpg",Stiefel für 2\r\n', encoding="utf-8-sig")
    assert listed(CSV(path, "kind")) == {UNSPLIT: [("a, b.jpg", "Stiefel für 2")]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "image,kinds\n1.jpg,boot\n",
            "no column 'kind': its columns are image, kinds. Did you mean 'kinds'?",
        ),
        ("path,kind,part\n1.jpg,boot,train\n", "no column 'image'"),
        ("image,kind\n1.jpg,boot\n", "no column 'part'"),
        ("", "no column 'image': its columns are missing"),
        ("image,kind,part\n1.jpg,,train\n", "no row with a label in the column 'kind'"),
        ("image,kind,part\n1.jpg,boot,train\n,boot,train\n", "line 3: the column 'image' is empty"),
        (
            "image,kind,part\n1.jpg,boot,valid\n",
            "line 2: part is 'valid': expected one of train, validation, test",
        ),
        ("image,kind,part\n1.jpg,boot,\n", "line 2: part is '': expected one of"),
        ("image,kind,part\n1.jpg,boot,test\n", "no row whose 'part' is 'train': received test"),
    ],
)
def test_a_csv_file_that_is_not_as_expected_says_where(put_csv, text, message):
    path = put_csv(text)
    with pytest.raises(DataError) as caught:
        CSV(path, "kind", split="part").load()
    assert message in str(caught.value)
    assert path in str(caught.value)


def test_a_csv_file_in_another_encoding_or_missing_is_named(put_csv, tmp_path):
    with pytest.raises(DataError, match=r"pictures.csv is not a CSV file in UTF-8"):
        CSV(put_csv("image,kind\n1.jpg,fü\n", encoding="latin-1"), "kind").load()
    with pytest.raises(DataError, match=r"none.csv can't be read: No such file"):
        CSV(str(tmp_path / "none.csv"), "kind").load()


def test_drawings_are_listed_by_class_with_no_picture_in_two_splits():
    splits = Drawings("cats_dogs", num_train=3, num_validation=2).load()
    assert [example.label for example in splits["train"]] == ["cat"] * 3 + ["dog"] * 3
    assert [example.label for example in splits["validation"]] == ["cat"] * 2 + ["dog"] * 2
    pictures = [example.picture for examples in splits.values() for example in examples]
    assert len(set(pictures)) == len(pictures)


def test_an_unknown_collection_of_drawings_names_the_nearest():
    with pytest.raises(DataError, match=r"called 'cat_dogs': expected one of .*Did you mean 'cats_dogs'\?"):
        Drawings("cat_dogs").load()


def test_a_prepared_dataset_is_read_as_a_folder(put, monkeypatch):
    root = put("train/boot/1.jpg", "train/clog/2.jpg")
    asked = []

    def prepare(name, *, data_dir):
        asked.append((name, data_dir))
        return root

    monkeypatch.setattr("hydranet.data._sources.prepare_tfds", prepare)
    assert listed(TFDS("shoes", data_dir="/data")) == {"train": [("1.jpg", "boot"), ("2.jpg", "clog")]}
    assert asked == [("shoes", "/data")]


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
