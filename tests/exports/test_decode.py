import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hydranet.data._images import decode_image
from hydranet.exports._decode import decode_pictures

pytestmark = pytest.mark.slow

SIZE = (40, 48)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def decode():
    signature = [tf.TensorSpec((None,), tf.string)]
    return tf.function(lambda contents: decode_pictures(contents, SIZE), input_signature=signature)


@pytest.fixture(scope="module")
def picture():
    smooth = Image.fromarray(RNG.integers(0, 256, (9, 11, 3), np.uint8)).resize((403, 301))
    noise = RNG.integers(-20, 20, (301, 403, 3))
    return Image.fromarray(np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8))


def encode(picture, file_format, **options):
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def check(decode, contents):
    expected = np.stack([decode_image(content, SIZE) for content in contents])
    np.testing.assert_allclose(decode(tf.constant(contents)).numpy(), expected, atol=0.01)


@pytest.mark.parametrize("size", [(40, 40), (95, 81), (191, 163), (403, 301), (1601, 1203)])
def test_a_jpeg_of_any_size_gives_the_pixels_that_python_gives(decode, picture, size):
    resized = picture.resize(size)
    check(decode, [encode(resized, "JPEG"), encode(resized.convert("L"), "JPEG", progressive=True)])


def test_hundreds_of_real_jpegs_give_the_pixels_that_python_gives(decode, assets):
    paths = sorted((assets / "data").rglob("*.jpg"))
    contents = [path.read_bytes() for path in paths[:: len(paths) // 250]]
    assert len(contents) >= 200
    expected = np.stack([decode_image(content, SIZE) for content in contents])
    difference = np.abs(decode(tf.constant(contents)).numpy() - expected)
    assert difference.mean() < 0.001
    assert difference.max() < 0.01


@pytest.mark.parametrize("orientation", range(10))
def test_a_jpeg_is_turned_upright(decode, picture, orientation):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", orientation
    check(decode, [encode(picture, "JPEG", exif=exif)])


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif",
    [
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",  # big-endian, quarter turn
        b"MM\0*\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
        b"",
    ],
)
def test_other_and_damaged_exif_data_is_read_as_python_reads_it(decode, picture, exif):
    check(decode, [encode(picture, "JPEG", exif=b"Exif\0\0" + exif)])


def test_other_formats_give_the_pixels_that_python_gives(decode, picture):
    pixels = np.asarray(picture)
    opacity = RNG.integers(0, 256, pixels.shape[:2], np.uint8)
    sixteen_bits = Image.fromarray(RNG.integers(0, 65536, (50, 60)).astype(np.uint16))
    check(
        decode,
        [
            encode(picture, "PNG"),
            encode(picture.convert("L"), "PNG"),
            encode(picture.quantize(64), "PNG", transparency=3),
            encode(Image.fromarray(np.dstack([pixels, opacity])), "PNG"),
            encode(Image.fromarray(np.dstack([pixels[..., 0], opacity])), "PNG"),
            encode(sixteen_bits, "PNG"),
            encode(picture.quantize(128), "GIF"),
            encode(picture, "BMP"),
            encode(picture.convert("CMYK"), "JPEG"),
        ],
    )


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1", b"\x89PNG"])
def test_what_is_no_picture_is_refused(decode, content):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(tf.constant([content]))
