"""CSV files of pictures, and what is said when they are not as expected."""

import pytest

from hydranet.data._csv import CSV
from hydranet.data._source import UNSPLIT
from hydranet.errors import DataError


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
