"""Pictures that have not been read yet: files, and what tells them apart."""

import numpy as np
import pytest
from PIL import Image

from hydranet.data._drawings import Drawing
from hydranet.data._pictures import PictureFile, hash_content, hash_pictures
from hydranet.errors import DataError, ImageError


def put(path, colour="red"):
    Image.new("RGB", (8, 6), colour).save(path)
    return PictureFile(path)


def test_a_picture_file_gives_its_bytes_and_its_pixels(tmp_path):
    picture = put(tmp_path / "red.png")
    assert picture.name == str(tmp_path / "red.png")
    assert picture.content() == (tmp_path / "red.png").read_bytes()
    pixels = picture.pixels(picture.content(), (3, 4))
    assert pixels.dtype == np.float32
    assert pixels.shape == (3, 4, 3)
    np.testing.assert_allclose(pixels, np.broadcast_to([255, 0, 0], (3, 4, 3)), atol=1e-3)


def test_a_file_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone.jpg can't be read: No such file"):
        PictureFile(tmp_path / "gone.jpg").content()


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "page.jpg").write_text("<html>not found</html>")
    picture = PictureFile(tmp_path / "page.jpg")
    with pytest.raises(ImageError, match=r"page\.jpg is not a picture"):
        picture.pixels(picture.content(), (4, 4))


def test_identity_is_that_of_the_content_not_of_the_name(tmp_path):
    pictures = [put(tmp_path / "a.png"), put(tmp_path / "b.png"), put(tmp_path / "c.png", "blue")]
    hashes = hash_pictures(pictures)
    assert hashes.dtype == np.uint64
    assert hashes.shape == (3, 2)
    assert (hashes[0] == hashes[1]).all()
    assert (hashes[0] != hashes[2]).all()
    assert hashes[2].tobytes() == hash_content(pictures[2].content())


def test_hashes_come_in_the_order_of_the_pictures():
    pictures = [Drawing("cats_dogs", "cat", index, seed=0) for index in range(200)]
    expected = [hash_content(picture.content()) for picture in pictures]
    assert [row.tobytes() for row in hash_pictures(pictures)] == expected
    assert hash_pictures([]).shape == (0, 2)


def test_hashing_names_the_file_that_is_gone(tmp_path):
    with pytest.raises(DataError, match=r"gone\.png can't be read"):
        hash_pictures([put(tmp_path / "a.png"), PictureFile(tmp_path / "gone.png")])
