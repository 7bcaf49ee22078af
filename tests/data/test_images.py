"""What an image is: formats, colours, orientation, size, parity with TensorFlow, and damaged files."""

import io
import math
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, features

from hydranet.data import _images as images
from hydranet.data._images import decode_image, resize_image
from hydranet.errors import ImageError

LOSSLESS = ("PNG", "BMP", "WEBP", "TIFF")
ALL_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", *(["AVIF"] if features.check("avif") else []))


def drawing(height=48, width=64, seed=0):
    """A smooth picture with some structure, uint8 `(height, width, 3)`."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def encode(picture, file_format, **options):
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    if file_format == "WEBP":
        options = {"lossless": True, "exact": True, **options}
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def png_16_bit(values):
    """Write 16-bit RGB, which Pillow can read but not write. `values`: uint16 `(height, width, 3)`."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    pieces = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + pieces


def tensorflow_image(data, image_size):
    import tensorflow as tf

    pixels = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.image.resize(pixels, image_size, antialias=True).numpy()


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_lossless_formats_give_exactly_their_pixels(file_format):
    picture = drawing()
    image = decode_image(encode(picture, file_format), (48, 64))
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, picture)


@pytest.mark.parametrize("file_format", ALL_FORMATS)
def test_decoding_equals_resizing_the_decoded_array(file_format):
    data = encode(drawing(), file_format)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    image = decode_image(data, (31, 29))
    assert image.shape == (31, 29, 3)
    np.testing.assert_array_equal(image, resize_image(pixels, (31, 29)))
    np.testing.assert_array_equal(image, resize_image(pixels.astype(np.float32), (31, 29)))


def test_resizing_takes_any_memory_layout():
    mirrored = drawing()[:, ::-1]
    np.testing.assert_array_equal(resize_image(mirrored, (48, 64)), mirrored)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), bool),
        np.zeros((4, 4, 3), complex),
        np.zeros((4, 4, 3), object),
        np.zeros((0, 4, 3), "u1"),
    ],
)
def test_resizing_refuses_other_arrays(array):
    with pytest.raises(ImageError, match=r"received .* expected whole numbers or floats"):
        resize_image(array, (2, 2))


@pytest.mark.parametrize("dtype", ["i1", "i2", ">i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
def test_numbers_of_every_type_are_the_pixels_that_they_say(dtype):
    array = drawing() // 2  # up to 127, the most that all have
    np.testing.assert_array_equal(resize_image(array.astype(dtype), (31, 29)), resize_image(array, (31, 29)))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (
            np.full((4, 4, 3), 65_535, np.uint16),
            r"uint16 holds .* to 65,535: expected \[0, 255\].*array >> 8",
        ),
        (np.full((4, 4, 3), 256, np.int64), r"int64 holds values from 256 to 256: expected \[0, 255\]"),
        (np.full((4, 4, 3), -1, np.int8), r"int8 holds values from -1 to -1: expected \[0, 255\]\.$"),
        (np.full((4, 4, 3), 2**63, np.uint64), r"9,223,372,036,854,775,808: expected \[0, 255\]"),
        (np.full((4, 4, 3), 1e300), "NaN or infinity"),
    ],
)
def test_numbers_that_are_no_pixels_are_refused(array, said):
    with pytest.raises(ImageError, match=said):
        resize_image(array, (8, 8))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_array_with_a_value_that_is_not_finite_is_refused(value):
    array = drawing().astype(np.float32)
    array[3, 5, 1] = value
    with pytest.raises(ImageError, match=r"NaN or infinity: expected values in \[0, 255\]"):
        resize_image(array, (8, 8))


def test_an_array_in_another_range_is_warned_of():
    array = drawing().astype(np.float32)
    for other in (array / 255, array / 127.5 - 1):
        with pytest.warns(UserWarning, match="If 1 stands for white, multiply by 255"):
            resize_image(other, (8, 8))
    with pytest.warns(UserWarning, match="far outside of"):
        resize_image(array * 257, (8, 8))
    for same in (array, np.zeros_like(array), array * 1.1 - 20):  # a sharpened picture overshoots
        resize_image(same, (8, 8))


def test_grey_is_repeated_in_all_channels():
    grey = drawing()[..., 0]
    image = decode_image(encode(grey, "PNG"), (48, 64))
    np.testing.assert_array_equal(image, np.repeat(grey[..., None], 3, axis=-1))


def test_black_and_white_is_0_and_255():
    bits = Image.fromarray(drawing()[..., 0] > 128).convert("1")
    assert set(np.unique(decode_image(encode(bits, "PNG"), (48, 64)))) == {0.0, 255.0}


def test_palette():
    picture = Image.fromarray(drawing()).quantize(16)
    image = decode_image(encode(picture, "PNG"), (48, 64))
    np.testing.assert_array_equal(image, np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_transparent_palette_entry_is_white(file_format):
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([10, 20, 30, 200, 0, 0])
    picture.paste(0, (0, 0, 2, 4))
    image = decode_image(encode(picture, file_format, transparency=0), (4, 4))
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[0, 3].tolist() == [200, 0, 0]


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_alpha_is_laid_on_white(file_format):
    picture = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    picture.paste((100, 0, 0, 255), (0, 0, 2, 4))
    picture.paste((0, 0, 0, 128), (2, 0, 3, 4))
    image = decode_image(encode(picture, file_format), (4, 4))
    assert image[0, 0].tolist() == [100, 0, 0]
    assert image[0, 2].tolist() == [127, 127, 127]
    assert image[0, 3].tolist() == [255, 255, 255]


def test_16_bit_pngs_give_their_high_byte():
    values = np.random.default_rng(0).integers(0, 65536, (5, 7, 3), dtype=np.uint16)
    np.testing.assert_array_equal(decode_image(png_16_bit(values), (5, 7)), values >> 8)
    grey = encode(Image.fromarray(values[..., 0]), "PNG")
    np.testing.assert_array_equal(decode_image(grey, (5, 7))[..., 1], values[..., 0] >> 8)


def test_16_bit_pngs_equal_tensorflow():
    import tensorflow as tf

    data = png_16_bit(np.random.default_rng(1).integers(0, 65536, (5, 7, 3), dtype=np.uint16))
    np.testing.assert_array_equal(decode_image(data, (5, 7)), tf.io.decode_png(data, channels=3))


def test_cmyk_jpeg_equals_tensorflow_within_a_level():
    data = encode(Image.fromarray(drawing()).convert("CMYK"), "JPEG", quality=95)
    image = decode_image(data, (48, 64))
    np.testing.assert_allclose(image, tensorflow_image(data, (48, 64)), atol=1.01)


def upright_of(picture, orientation):
    """Turn pixels as EXIF says."""
    image = Image.fromarray(picture)
    image.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(image)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(file_format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(drawing(), file_format, exif=exif)
    upright = np.asarray(upright_of(drawing(), orientation))
    tolerance = 30 if file_format == "JPEG" else 1e-3
    np.testing.assert_allclose(decode_image(data, (31, 29)), resize_image(upright, (31, 29)), atol=tolerance)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_impossible_orientation_is_ignored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = drawing()
    np.testing.assert_array_equal(decode_image(encode(picture, "PNG", exif=exif), (48, 64)), picture)


def test_damaged_exif_is_ignored():
    data = encode(drawing(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(
            decode_image(data, (48, 64)), decode_image(encode(drawing(), "JPEG"), (48, 64))
        )


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_animations_give_their_first_frame(file_format):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encode(frames[0], file_format, save_all=True, append_images=frames[1:])
    assert decode_image(data, (8, 8))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "options", [{"quality": 90}, {"quality": 75, "progressive": True}, {"subsampling": 0}]
)
@pytest.mark.parametrize("size", [(48, 64), (200, 301), (17, 400), (1, 1)])
@pytest.mark.parametrize("image_size", [(160, 160), (96, 128)])
def test_generated_jpegs_equal_tensorflow(options, size, image_size):
    data = encode(drawing(*size), "JPEG", **options)
    np.testing.assert_allclose(decode_image(data, image_size), tensorflow_image(data, image_size), atol=0.01)


def test_real_jpegs_equal_tensorflow(assets):
    paths = sorted((assets / "data").glob("*/*/*/*.jpg"))
    paths = paths[:: len(paths) // 50]
    assert len(paths) >= 50
    for path in paths:
        data = path.read_bytes()
        np.testing.assert_allclose(
            decode_image(data, (160, 160)), tensorflow_image(data, (160, 160)), atol=0.01, err_msg=path.name
        )


@pytest.fixture(scope="module")
def large_photo(assets):
    """A real picture enlarged to about 12 megapixels, with the noise of a camera."""
    path = sorted((assets / "data" / "cats_dogs").glob("*/*/*.jpg"))[7]
    enlarged = np.asarray(Image.open(path).convert("RGB").resize((4001, 2999), Image.Resampling.BICUBIC))
    noise = np.random.default_rng(0).normal(0, 6, (2999, 4001, 1))
    return (enlarged + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("image_size", [(160, 160), (224, 224), (300, 480)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_large_jpegs_look_the_same_at_reduced_scale(large_photo, image_size, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(large_photo, "JPEG", quality=90, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    difference = np.abs(decode_image(data, image_size) - resize_image(np.asarray(upright), image_size))
    assert difference.mean() < 0.6
    assert difference.max() < 8


@pytest.mark.parametrize(
    ("size", "scale"),
    [
        ((639, 2000), 1),
        ((640, 640), 2),
        ((1279, 1300), 2),
        ((1280, 1300), 4),
        ((2560, 2600), 8),
        ((5200, 5200), 8),
    ],
)
def test_a_reduced_picture_is_at_least_twice_the_size(size, scale):
    file = Image.open(io.BytesIO(encode(drawing(*size), "JPEG")))
    images._reduce_scale(file, (160, 160))
    assert file.size == tuple(math.ceil(side / scale) for side in reversed(size))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cat.jpg is empty: received 0 bytes, expected a JPEG, PNG, GIF, BMP, WebP, TIFF"),
        (b"<html>not found", "cat.jpg is not a picture that can be read: received 15 bytes .* b'<html>no'"),
        (encode(drawing(), "PPM"), "cat.jpg is not a picture that can be read"),
        (encode(Image.new("F", (4, 4)), "TIFF"), "cat.jpg can't be used: it has samples of 32 bits"),
        (encode(drawing(), "JPEG")[:400], "cat.jpg is (truncated|not a picture)"),
        (encode(drawing(), "PNG")[:400], "cat.jpg is truncated or damaged: received 400 bytes"),
    ],
)
def test_errors_name_the_picture_and_what_was_received(data, message):
    with pytest.raises(ImageError, match=message):
        decode_image(data, (8, 8), name="cat.jpg")


@pytest.mark.parametrize("warning_action", ["error", "ignore"])
@pytest.mark.parametrize("side", [9_460, 14_000])  # above MAX_PIXELS, and above twice as many
def test_bombs_are_refused_from_their_header(side, warning_action):
    bomb = png_16_bit(np.zeros((1, 1, 3), np.uint16))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    header += struct.pack(">I", zlib.crc32(b"IHDR" + header))
    bomb = bomb[:16] + header + bomb[33:]
    with warnings.catch_warnings():
        warnings.simplefilter(warning_action)
        with pytest.raises(ImageError, match=f"bomb.png .*{images.MAX_PIXELS:,}"):
            decode_image(bomb, (8, 8), name="bomb.png")


def decodes_or_is_refused(data):
    try:
        image = decode_image(data, (9, 7))
    except ImageError:
        return
    assert image.shape == (9, 7, 3)
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 255


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_decode_or_are_refused(data):
    decodes_or_is_refused(data)


VALID_FILES = [encode(drawing(seed=1), file_format) for file_format in ALL_FORMATS] + [
    encode(drawing(seed=2), "JPEG", progressive=True),
    encode(Image.fromarray(drawing()).convert("RGBA"), "PNG"),
    encode(Image.fromarray(drawing()).quantize(16), "PNG"),
    encode(Image.fromarray(drawing()), "WEBP", lossless=False, quality=60),
]


@given(st.data())
@settings(deadline=None, max_examples=400)
def test_damaged_files_decode_or_are_refused(draw):
    data = bytearray(draw.draw(st.sampled_from(VALID_FILES)))
    for position in draw.draw(st.lists(st.integers(0, len(data) - 1), max_size=4)):
        data[position] ^= draw.draw(st.integers(1, 255))
    # Headers are where most of the decoders' decisions are made.
    for position in draw.draw(st.lists(st.integers(0, 40), max_size=2)):
        data[position] = draw.draw(st.integers(0, 255))
    decodes_or_is_refused(
        bytes(data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.booleans()) else data)
    )


def made_of(file_format):
    """Noisy pictures: of those, nearly every byte matters."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    return encode(Image.fromarray(noise).quantize(64) if file_format == "GIF" else noise, file_format)


@pytest.mark.parametrize("file_format", ALL_FORMATS)
def test_a_file_whose_second_half_is_missing_or_was_never_written_is_refused(file_format):
    whole = made_of(file_format)
    decode_image(whole, (8, 8))
    half = whole[: len(whole) // 2]
    for damaged in (half, half + bytes(len(whole) - len(half))):
        with pytest.raises(ImageError, match="truncated or damaged"):
            decode_image(damaged, (8, 8))


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(deadline=None)
def test_a_byte_of_a_png_that_has_changed_is_found_out(place, change):
    data = bytearray(made_of("PNG"))
    data[place % len(data)] ^= change
    with pytest.raises(ImageError):
        decode_image(bytes(data), (8, 8))


def mutated(data, random):
    """Change, cut off, insert or clear some bytes."""
    start = int(random.integers(len(data)))
    stop = min(start + int(random.integers(1, 60)), len(data))
    match int(random.integers(4)):
        case 0:
            return data[:start] + bytes([data[start] ^ int(random.integers(1, 256))]) + data[start + 1 :]
        case 1:
            return data[:start]
        case 2:
            return data[:start] + random.bytes(stop - start) + data[start:]
        case _:
            return data[:start] + bytes(stop - start) + data[stop:]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "BMP"])
def test_what_tensorflow_refuses_is_refused(file_format):
    import tensorflow as tf

    decode = getattr(tf.io, f"decode_{file_format.lower()}")
    random, whole, num_refused = np.random.default_rng(7), made_of(file_format), 0
    for _ in range(150):
        data = mutated(whole, random)
        try:
            decode(data)
        except tf.errors.InvalidArgumentError:
            num_refused += 1
            with pytest.raises(ImageError):
                decode_image(data, (8, 8))
    assert num_refused > 20


def progressive(height, width, num_scans):
    """Write a grey progressive JPEG with next to nothing in its scans."""

    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    start = b"\xff\xd8" + segment(0xDB, bytes([0, *[1] * 64]))
    start += segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0]))
    start += segment(0xC4, bytes([0x00, 1, *[0] * 15, 0])) + segment(
        0xC4, bytes([0x10, 1, 1, *[0] * 14, 0xE0, 0])
    )
    first = segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(height * width // 512 + 1)
    return start + first + num_scans * (segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + b"\x3f\xff") + b"\xff\xd9"


def test_a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded():
    assert decode_image(progressive(64, 64, 20), (8, 8)).shape == (8, 8, 3)
    with pytest.raises(
        ImageError, match=r"heavy.jpg can't be used: it has 10,001 scans, expected at most 100"
    ):
        decode_image(progressive(4000, 4000, 10_000), (8, 8), name="heavy.jpg")


def test_a_progressive_jpeg_counts_at_its_full_size():
    large = progressive(4000, 4000, 5)
    assert decode_image(large, (8, 8)).shape == (8, 8, 3)
    with pytest.raises(ImageError, match=r"received 4000 x 4000 pixels"):
        decode_image(large, (8, 8), max_pixels=10_000_000)


@pytest.mark.parametrize("action", ["error", "ignore"])
def test_a_jpeg_of_108_megapixels_is_decoded_at_a_reduced_scale(action):
    data = encode(Image.new("RGB", (12_000, 9_000), (200, 30, 40)), "JPEG", quality=20)
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        image = decode_image(data, (16, 16), max_pixels=4_000_000)
    np.testing.assert_allclose(image, np.broadcast_to([200, 30, 40], (16, 16, 3)), atol=8)


def test_heic_is_read_where_its_package_is_installed():
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    file = io.BytesIO()
    heif.from_pillow(Image.new("RGB", (64, 48), (200, 30, 40))).save(file, quality=95)
    np.testing.assert_allclose(decode_image(file.getvalue(), (4, 4))[0, 0], [200, 30, 40], atol=6)
