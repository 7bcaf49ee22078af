"""CSV files of pictures, and what is said when they are not as expected."""

import pytest

from hydranet.data._csv import CSV
from hydranet.data._source import UNSPLIT
from hydranet.errors import ConfigError, DataError


def test_the_rows_of_a_csv_file_keep_their_order_and_paths_start_from_it(put_csv, tmp_path):
    source = CSV(put_csv("image,kind\nb/2.jpg,boot\n1.jpg, sandal \n/abs/3.jpg,boot\n"), label="kind")
    examples = source.load()[UNSPLIT]
    assert [example.pictures.path for example in examples] == [
        tmp_path / "b" / "2.jpg",
        tmp_path / "1.jpg",
        tmp_path / "/abs/3.jpg",
    ]
    assert [example.label for example in examples] == ["boot", "sandal", "boot"]


def test_an_empty_cell_is_no_label_for_this_task_only(put_csv, listed):
    path = put_csv("image,kind,size\n1.jpg,boot,\n2.jpg,,43\n3.jpg,sandal,38\n4.jpg\n")
    assert listed(CSV(path, "kind")) == {UNSPLIT: [("1.jpg", "boot"), ("3.jpg", "sandal")]}
    assert listed(CSV(path, "size")) == {UNSPLIT: [("2.jpg", "43"), ("3.jpg", "38")]}


def test_a_split_column_makes_the_splits(put_csv, listed):
    path = put_csv(
        "image,kind,part\n1.jpg,boot,train\n2.jpg,boot,test\n3.jpg,clog,train\n4.jpg,,nowhere\n5.jpg,clog,Val\n"
    )
    assert listed(CSV(path, "kind", split="part")) == {
        "train": [("1.jpg", "boot"), ("3.jpg", "clog")],
        "test": [("2.jpg", "boot")],
        "validation": [("5.jpg", "clog")],
    }


def test_a_csv_file_from_a_spreadsheet_is_read(put_csv, listed):
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
            "image,kind,part\n1.jpg,boot,holdout\n",
            "line 2: part is 'holdout': expected one of train, validation, test",
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


def test_more_cells_than_columns_are_an_error_with_the_line(put_csv, listed):
    with pytest.raises(
        DataError, match=r"line 3: received 3 cells, expected 2, as in the header\. Put a cell"
    ):
        CSV(put_csv("image,part\n1.jpg,head\n2.jpg,head,tail\n"), "part").load()
    assert listed(CSV(put_csv("image,part\n1.jpg,head,,\n"), "part")) == {UNSPLIT: [("1.jpg", "head")]}


@pytest.mark.parametrize(("separator", "written"), [(";", ";"), ("tab", "\t"), ("|", "|")])
def test_cells_may_be_separated_by_something_else(put_csv, listed, separator, written):
    path = put_csv(f"image{written}kind\n1.jpg{written}boot, high\n")
    assert listed(CSV(path, "kind", separator=separator)) == {UNSPLIT: [("1.jpg", "boot, high")]}
    with pytest.raises(DataError, match=r"seem to be separated by .*: give `separator`"):
        CSV(path, "kind").load()


@pytest.mark.parametrize("word", ["nan", "NaN", "NA", "N/A", "None", "null", "?", "-"])
def test_words_for_a_missing_value_are_no_label_and_are_counted(put_csv, listed, word):
    path = put_csv(f"image,kind\n1.jpg,boot\n2.jpg,{word}\n3.jpg,{word}\n4.jpg,\n")
    source = CSV(path, "kind")
    assert listed(source) == {UNSPLIT: [("1.jpg", "boot")]}
    assert source.notes() == [
        f"{path}: 2 cell(s) are taken for no label: {word!r} (2). `missing` of the data says which words are."
    ]
    kept = CSV(path, "kind", missing=())
    assert [label for _, label in listed(kept)[UNSPLIT]] == ["boot", word, word]
    assert kept.notes() == []


def test_labels_that_look_alike_to_the_eye_are_one(put_csv, listed):
    path = put_csv(
        "image,kind\n1.jpg,caf\u00e9\n2.jpg,cafe\u0301\n3.jpg,caf\u00e9\u200b\n4.jpg,\u00a0caf\u00e9 \n"
    )
    assert {label for _, label in listed(CSV(path, "kind"))[UNSPLIT]} == {"caf\u00e9"}


def test_the_labels_of_a_cell_may_be_separated_by_something_else(put_csv, listed):
    path = put_csv('image,parts\n1.jpg,"head, tail"\n2.jpg,head\n3.jpg,"tail,,nan"\n4.jpg,\n')
    labels = [label for _, label in listed(CSV(path, "parts", label_separator=","))[UNSPLIT]]
    assert labels == [("head", "tail"), ("head",), ("tail",)]


def test_columns_of_ones_and_zeros_name_the_classes(put_csv, listed):
    path = put_csv("image,cat,dog\n1.jpg,1,0\n2.jpg,0.0,1.0\n3.jpg,,\n")
    assert listed(CSV(path, one_hot=("cat", "dog"))) == {UNSPLIT: [("1.jpg", "cat"), ("2.jpg", "dog")]}
    path = put_csv("image,cat,dog\n1.jpg,1,1\n2.jpg,0,1\n3.jpg,0,0\n4.jpg,nan,\n")
    labels = [label for _, label in listed(CSV(path, one_hot=("cat", "dog")))[UNSPLIT]]
    assert labels == [("cat", "dog"), ("dog",), ()]
    with pytest.raises(DataError, match="line 2: cat is '2': expected 1 or 0"):
        CSV(put_csv("image,cat,dog\n1.jpg,2,0\n"), one_hot=("cat", "dog")).load()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "either `label`, a column, or `one_hot`"),
        ({"label": "kind", "one_hot": ("cat",)}, "either `label`"),
        ({"label": "kind", "separator": ", "}, "separator must be one character, or tab: received ', '"),
        ({"label": "kind", "label_separator": ""}, "label_separator must not be empty"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        CSV("pictures.csv", **settings)


def test_a_column_that_is_there_twice_is_an_error(put_csv):
    with pytest.raises(DataError, match="2 columns called 'kind': expected one"):
        CSV(put_csv("image,kind,kind\n1.jpg,boot,clog\n"), "kind").load()
