"""A task's pictures by split: divided by content, so that nothing leaks and nothing moves."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.data._dataset import Dataset, hash_examples, load_dataset
from hydranet.data._dividing import VALIDATION_SHARE, held_out
from hydranet.data._drawings import Drawing, Drawings
from hydranet.data._pictures import PictureArray, PictureFile, hash_pictures
from hydranet.data._source import UNSPLIT, Example, Source
from hydranet.errors import DataError, ImageError


@dataclass(frozen=True)
class Text:
    """A picture whose content is its text, under any name."""

    text: str
    name: str = "picture"

    def content(self):
        return self.text.encode()


class Listed(Source):
    """A source that gives what it is told to."""

    example_shape = ()

    def __init__(self, **splits):
        object.__setattr__(self, "splits", splits)

    def load(self):
        return self.splits


def examples(*texts, name="picture"):
    return [Example(Text(text, f"{name} {i}"), f"label of {text}") for i, text in enumerate(texts)]


def numbered(count):
    return examples(*map(str, range(count)))


def texts(dataset):
    return [picture.text for picture in dataset.pictures]


@given(st.lists(st.integers(0, 30).map(str), min_size=40, max_size=120))
def test_identical_pictures_never_land_on_both_sides(contents):
    try:
        splits = load_dataset(Listed(all=examples(*contents)), task="t")
    except DataError:
        return  # by chance, nothing was left for one side
    assert not set(texts(splits["train"])) & set(texts(splits["validation"]))
    assert sorted(texts(splits["train"]) + texts(splits["validation"])) == sorted(contents)


def test_a_picture_that_is_added_moves_no_other():
    few, more = (load_dataset(Listed(all=numbered(count)), task="t") for count in (200, 300))
    for split in ("train", "validation"):
        assert set(texts(few[split])) <= set(texts(more[split]))


def test_the_order_of_the_pictures_makes_no_difference_to_their_side():
    forwards = load_dataset(Listed(all=numbered(100)), task="t")
    backwards = load_dataset(Listed(all=numbered(100)[::-1]), task="t")
    assert texts(forwards["validation"]) == texts(backwards["validation"])[::-1]


def test_about_a_fifth_of_the_pictures_validates():
    splits = load_dataset(Listed(all=numbered(2000)), task="t")
    assert len(splits["validation"]) == pytest.approx(2000 * VALIDATION_SHARE, rel=0.15)


def test_pictures_labels_and_hashes_stay_together():
    for dataset in load_dataset(Listed(all=numbered(50)), task="t").values():
        assert dataset.labels == [f"label of {text}" for text in texts(dataset)]
        np.testing.assert_array_equal(dataset.hashes, hash_pictures(dataset.pictures))


def test_given_splits_are_kept():
    given_splits = {split: examples(split, f"{split} 2") for split in ("test", "validation", "train")}
    splits = load_dataset(Listed(**given_splits), task="t")
    assert list(splits) == ["train", "validation", "test"]
    assert texts(splits["test"]) == ["test", "test 2"]


def test_only_the_training_pictures_are_divided_where_no_validation_split_is_given():
    splits = load_dataset(Listed(train=numbered(100), test=examples("a", "b")), task="t")
    assert texts(splits["test"]) == ["a", "b"]
    assert len(splits["train"]) + len(splits["validation"]) == 100


@pytest.mark.parametrize(
    ("source", "empty"),
    [
        (Listed(all=examples("a")), "validation|train"),
        (Listed(train=[], validation=examples("a")), "train"),
        (Listed(train=examples("a"), validation=[]), "validation"),
    ],
)
def test_a_split_without_pictures_is_an_error(source, empty):
    with pytest.raises(
        DataError, match=rf"The task 'shoes' has no pictures in its ({empty}) split: give it more"
    ):
        load_dataset(source, task="shoes")


def test_pictures_in_more_than_one_split_are_noted():
    source = Listed(train=examples("a", "b", name="here"), validation=examples("c", "b", "a", name="there"))
    assert load_dataset(source, task="shoes").notes == (
        "2 picture(s) are in more than one split, so the evaluation is too good; first: here 1 = there 1.",
    )


def test_a_picture_that_is_twice_in_one_split_is_none_of_them():
    assert load_dataset(Listed(train=examples("a", "a"), validation=examples("b")), task="t").notes == ()


def test_what_a_source_has_to_say_is_noted():
    class Talking(Listed):
        def notes(self):
            return ["Two files are left out."]

    source = Talking(train=examples("a"), validation=examples("b"))
    assert load_dataset(source, task="t").notes == ("Two files are left out.",)


def test_classes_without_a_validation_picture_are_noted():
    source = Listed(train=examples("a", "b", "c"), validation=examples("a2"))
    notes = load_dataset(source, task="t", classes_of=lambda label: [label[-1:]]).notes
    assert notes == (
        "The validation split has no example of 3 of 3 classes, so that nothing is measured on a, b, c.",
    )


@given(
    st.lists(st.tuples(*[st.integers(0, 2**64 - 1)] * 2)), st.floats(0, 1), st.floats(0, 1), st.integers(0, 1)
)
def test_a_larger_share_holds_out_all_that_a_smaller_one_does(hashes, one, other, word):
    rows = np.array(hashes, np.uint64).reshape(-1, 2)
    smaller, larger = (held_out(rows, share, word=word) for share in sorted([one, other]))
    assert not (smaller & ~larger).any()
    assert not held_out(rows, 0.0, word=word).any()


def test_the_two_divisions_are_independent():
    hashes = hash_pictures([Text(str(number)) for number in range(4000)])
    first, second = held_out(hashes, 0.5, word=0), held_out(hashes, 0.5, word=1)
    assert (first & second).mean() == pytest.approx(0.25, abs=0.03)
    assert held_out(hashes, 1.0, word=0).all()


def test_where_keeps_the_order():
    dataset = Dataset(
        [Text("a"), Text("b"), Text("c")], ["x", "y", "z"], np.arange(6, dtype=np.uint64).reshape(3, 2)
    )
    kept = dataset.where(np.array([True, False, True]))
    assert (texts(kept), kept.labels, kept.hashes.tolist()) == (["a", "c"], ["x", "z"], [[0, 1], [4, 5]])
    assert len(kept) == 2


class ListedPairs(Listed):
    """Examples of two pictures each."""

    example_shape = (2,)


def pairs(*contents):
    return [Example([Text(first), Text(second)], first + second) for first, second in contents]


def test_the_pictures_of_an_example_stay_together_and_in_their_order():
    whole = pairs("ab", "cd", "ba")
    train = load_dataset(ListedPairs(train=whole, validation=pairs("ef")), task="t")["train"]
    assert (len(train), train.example_shape, texts(train)) == (3, (2,), list("abcdba"))
    assert train.picture_hashes.shape == (3, 2, 2)
    np.testing.assert_array_equal(train.picture_hashes[0], train.picture_hashes[2, ::-1])
    assert (
        len({digest.tobytes() for digest in train.hashes}) == 3
    )  # an example is its pictures in their order
    kept = train.where(np.array([False, True, True]))
    assert (texts(kept), kept.labels, [picture.text for picture in kept.pictures_of(1)]) == (
        list("cdba"),
        ["cd", "ba"],
        ["b", "a"],
    )


def test_examples_not_pictures_are_divided_and_found_twice():
    splits = load_dataset(ListedPairs(all=pairs(*[f"{n // 9}{n % 9}" for n in range(81)])), task="t")
    assert sum(map(len, splits.values())) == 81
    assert not splits.notes
    splits = load_dataset(ListedPairs(train=pairs("ab", "cd"), validation=pairs("ad", "ab")), task="t")
    assert "1 picture(s) are in more than one split" in splits.notes[0]
    assert "first: picture, picture = picture, picture." in splits.notes[0]


@pytest.mark.parametrize("pictures", [Text("a"), [Text("a")], [Text("a")] * 3])
def test_an_example_of_another_shape_than_its_source_gives_is_an_error(pictures):
    with pytest.raises(DataError, match=r"received .*, expected 2 of shape \(\)"):
        load_dataset(ListedPairs(all=[Example(pictures, "label")]), task="t")


def test_pictures_that_cannot_be_read_stop_or_get_identities_of_their_own(tmp_path):
    Drawing("cats_dogs", "cat", 1, 0).save(tmp_path / "1.png")
    there, gone, gone_too = (PictureFile(tmp_path / f"{number}.png") for number in (1, 2, 3))
    with pytest.raises(ImageError, match=r"2\.png can't be read: No such file.*--skip-bad-images"):
        hash_pictures([there, gone, gone_too])
    hashes = hash_pictures([there, gone, gone_too], skip_bad_images=True)
    assert len({row.tobytes() for row in hashes}) == 3
    np.testing.assert_array_equal(hashes[:1], hash_pictures([there]))


def test_drawings_need_no_files():
    splits = load_dataset(Drawings("cats_dogs", 4, 2), task="t")
    assert {split: len(dataset) for split, dataset in splits.items()} == {"train": 8, "validation": 4}
    assert UNSPLIT not in splits


def test_examples_of_many_pictures_are_thinned_from_the_first_to_the_last():
    pictures = [PictureArray(np.full((1, 1, 3), number)) for number in range(24)]
    examples = [Example(pictures[:12], "a"), Example(pictures[12:], "b")]
    dataset = hash_examples(examples, (12,))
    thin = dataset.thinned(4)
    assert thin.example_shape == (4,)
    assert [picture.array[0, 0, 0] for picture in thin.pictures_of(1)] == [12, 16, 19, 23]
    np.testing.assert_array_equal(thin.picture_hashes[1], dataset.picture_hashes[1][[0, 4, 7, 11]])
    assert dataset.thinned(12) is dataset
    assert dataset.name(0).endswith(" and 4 more")
