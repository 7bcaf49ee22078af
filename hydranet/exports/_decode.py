"""The same pixels as `hydranet.data._images`, computed by a TensorFlow graph that needs no Python.

It differs from `decode_image` in this: only JPEG, PNG, GIF and BMP files are read, and damage is found
only where it keeps them from being decoded; the EXIF orientation is read from JPEGs only; of a GIF the
transparent part is not laid on white; 8-bit BMPs are taken as grey, whatever their palette; and there is no limit
to a picture's size.
"""

from typing import Any

import tensorflow as tf

from hydranet.exports._exif import orientation_of

# What Pillow's draft mode and libjpeg know.
_JPEG_SCALES = (8, 4, 2, 1)

_FIRST_TRANSPOSED_ORIENTATION = 5  # 5 to 8 are stored with rows and columns exchanged

# Of files, by their first bytes; every other one is taken for a PNG, whose decoder says what it is not.
_JPEG, _GIF, _BMP = b"\xff\xd8\xff", b"GIF8", b"BM"


def decode_pictures(contents: Any, image_size: tuple[int, int]) -> Any:
    """Return the pixels of pictures, as tensors.

    Args:
        contents: string `(batch,)`: the bytes of JPEG, PNG, GIF or BMP files.
        image_size: `(height, width)` of the result, in pixels.

    Returns:
        float32 `(batch, height, width, 3)`, values in [0, 255].
    """
    shape = tf.TensorSpec((*image_size, 3), tf.float32)
    return tf.map_fn(lambda content: _decode(content, image_size), contents, fn_output_signature=shape)


def _decode(content: Any, image_size: tuple[int, int]) -> Any:
    def begins_with(signature: bytes) -> Any:
        return tf.equal(tf.strings.substr(content, 0, len(signature)), signature)

    pixels = tf.case(
        [
            (begins_with(_JPEG), lambda: _decode_jpeg(content, image_size)),
            (begins_with(_GIF), lambda: _resize(_rgb(tf.io.decode_gif(content)[0]), image_size)),
            (begins_with(_BMP), lambda: _resize(_rgb(tf.io.decode_bmp(content)), image_size)),
        ],
        default=lambda: _resize(_on_white(tf.io.decode_png(content, channels=4)), image_size),
    )
    return tf.ensure_shape(pixels, (*image_size, 3))


def _decode_jpeg(content: Any, image_size: tuple[int, int]) -> Any:
    """Decode at the smallest scale that keeps twice the wanted size, resize, and turn upright."""
    height, width = image_size
    orientation = orientation_of(content)
    transposed = orientation >= _FIRST_TRANSPOSED_ORIENTATION
    stored_size = tf.where(transposed, [width, height], [height, width])
    full_size = tf.io.extract_jpeg_shape(content)[:2]
    largest = tf.reduce_min(full_size // (2 * stored_size))

    def at_scale(scale: int) -> Any:
        pixels = tf.io.decode_jpeg(content, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE")
        return _resize(tf.cast(pixels, tf.float32), stored_size, tf.cast(full_size, tf.float32) / scale)

    pixels = tf.case(
        [(largest >= scale, lambda scale=scale: at_scale(scale)) for scale in _JPEG_SCALES[:-1]],
        default=lambda: at_scale(_JPEG_SCALES[-1]),
    )
    return _orient(pixels, orientation, transposed)


def _resize(pixels: Any, image_size: Any, covered: Any = None) -> Any:
    """Resample as `tf.image.resize(antialias=True)` does, of which only the area `covered` can be less than all."""
    if covered is None:
        covered = tf.cast(tf.shape(pixels)[:2], tf.float32)
    resized = tf.raw_ops.ScaleAndTranslate(
        images=pixels[None],
        size=image_size,
        scale=tf.cast(image_size, tf.float32) / covered,
        translation=tf.zeros(2),
        kernel_type="triangle",
        antialias=True,
    )
    return resized[0]


def _rgb(pixels: Any) -> Any:
    """Return grey, colour or colour with a fourth channel as float32 colour."""
    pixels = tf.cast(pixels, tf.float32)
    return tf.cond(
        tf.shape(pixels)[2] == 1, lambda: tf.image.grayscale_to_rgb(pixels[..., :1]), lambda: pixels[..., :3]
    )


def _on_white(pixels: Any) -> Any:
    """Lay colour and opacity on white, in whole grey levels."""
    pixels = tf.cast(pixels, tf.float32)
    opacity = pixels[..., 3:]
    return tf.floor((pixels[..., :3] * opacity + 255 * (255 - opacity)) / 255 + 0.5)


def _orient(pixels: Any, orientation: Any, transposed: Any) -> Any:
    """Turn upright, as EXIF describes it."""
    pixels = tf.cond(transposed, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels)
    for axis, orientations in ((0, (3, 4, 7, 8)), (1, (2, 3, 6, 7))):
        mirrored = tf.reduce_any(orientation == tf.constant(orientations))
        pixels = tf.cond(
            mirrored,
            lambda axis=axis, pixels=pixels: tf.reverse(pixels, [axis]),
            lambda pixels=pixels: pixels,
        )
    return pixels
