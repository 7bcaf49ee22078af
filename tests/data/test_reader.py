"""The reader: pictures in their order, a bounded number ahead, bad ones as errors or raised."""

import threading
from itertools import islice

import numpy as np
import pytest

from hydranet.data import _reader as reading
from hydranet.data._augment import Augmentation, augment, view_rng
from hydranet.data._pictures import hash_content
from hydranet.data._reader import Reader, Wanted
from hydranet.errors import DataError, ImageError


class Numbered:
    """A picture whose pixels are its number; some can't be decoded."""

    begun = 0
    lock = threading.Lock()

    def __init__(self, number, error=None):
        self.number = number
        self.error = error
        self.name = f"picture {number}"

    def content(self):
        return self.name.encode()

    def pixels(self, content, image_size):
        with Numbered.lock:
            Numbered.begun += 1
        if self.error is not None:
            raise self.error
        return np.full((*image_size, 3), self.number, np.float32)

    @property
    def hash(self):
        return np.frombuffer(hash_content(self.content()), np.uint64)


def numbers(outcomes):
    return [outcome if isinstance(outcome, DataError) else int(outcome[0][0, 0, 0]) for outcome in outcomes]


def test_pictures_come_in_their_order():
    with Reader((4, 6)) as reader:
        images = list(reader.read(Wanted(Numbered(number)) for number in range(200)))
    assert numbers(images) == list(range(200))
    assert images[0][0].shape == (4, 6, 3)


def test_no_more_is_read_ahead_than_memory_holds(monkeypatch):
    monkeypatch.setattr(reading, "_PICTURES_AHEAD", 5)
    Numbered.begun = 0
    asked = []

    def wanted():
        for number in range(100):
            asked.append(number)
            yield Wanted(Numbered(number))

    with Reader((2, 2)) as reader:
        taken = reader.read(wanted())
        assert numbers(islice(taken, 3)) == [0, 1, 2]
        assert len(asked) == 8
        taken.close()
    assert Numbered.begun <= 8


def test_a_bad_picture_is_given_as_its_error_or_raised():
    bad = ImageError("picture 1 is damaged")
    wanted = [Wanted(Numbered(0)), Wanted(Numbered(1, bad)), Wanted(Numbered(2))]
    with Reader((2, 2)) as reader:
        assert numbers(reader.try_read(wanted)) == [0, bad, 2]
        with pytest.raises(ImageError, match="picture 1"):
            list(reader.read(wanted))


def test_a_picture_that_has_changed_is_raised_unless_asked_for():
    wanted = [Wanted(Numbered(0), Numbered(1).hash), Wanted(Numbered(2), Numbered(2).hash)]
    with Reader((2, 2)) as reader:
        with pytest.raises(DataError, match="picture 0 has changed"):
            list(reader.try_read(wanted))
        changed, number = numbers(reader.try_read(wanted, errors=DataError))
    assert (str(changed)[:9], number) == ("picture 0", 2)


def test_views_are_those_of_the_content():
    noise = np.random.default_rng(0).uniform(0, 255, (8, 8, 3)).astype(np.float32)
    picture = Numbered(0)
    picture.pixels = lambda content, image_size: noise
    augmentation = Augmentation(views=3, rotation=20)
    with Reader((8, 8), augmentation=augmentation, seed=5) as reader:
        [views] = reader.read([Wanted(picture, views=(2, 0))])
    expected = augment(noise, augmentation, view_rng(hash_content(picture.content()), 2, 5))
    np.testing.assert_array_equal(views, [expected, noise])


def test_content_that_is_known_is_not_read_again():
    picture = Numbered(7)
    picture.content = lambda: pytest.fail("read again")
    with Reader((2, 2)) as reader:
        assert numbers([reader.submit(Wanted(picture, content=b"known")).result()]) == [7]
