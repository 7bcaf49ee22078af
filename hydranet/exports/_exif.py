"""The EXIF orientation of a JPEG, read by a TensorFlow graph.

A JPEG is a row of segments, each a marker `FF xx` and its length; the one marked `FF E1` that begins with `Exif`
holds a TIFF header and a table of 12-byte entries (JEITA CP-3451, Exif 2.32, section 4.5 and 4.6).
"""

from typing import Any

import tensorflow as tf

# Segments before the picture hold a few kilobytes; no thumbnail is larger than one segment.
_MOST_BYTES = 1 << 17
_EXIF_SEGMENT, _FIRST_SCAN = 0xE1, 0xDA
_ORIENTATION = 0x0112


def orientation_of(content: Any) -> Any:
    """Return the orientation that a JPEG notes, 1 to 8: 1 also where it notes none or one that makes no sense.

    Args:
        content: a scalar string tensor: the bytes of a JPEG file.
    """
    head = tf.strings.substr(content, 0, _MOST_BYTES)
    data = tf.cast(tf.io.decode_raw(head, tf.uint8), tf.int32)
    tiff = _find_tiff(data)
    orientation = tf.cond(tiff > 0, lambda: _read_orientation(data, tiff), lambda: 1)
    return tf.where((orientation >= 1) & (orientation <= 8), orientation, 1)


def _find_tiff(data: Any) -> Any:
    """Return where the TIFF header within the Exif segment begins, or 0."""
    exif = tf.constant(list(b"Exif\0\0"), tf.int32)

    def is_exif(place: Any) -> Any:
        return (_byte(data, place + 1) == _EXIF_SEGMENT) & tf.reduce_all(_bytes(data, place + 4, 6) == exif)

    def is_other_segment(place: Any) -> Any:
        marked = (_byte(data, place) == 0xFF) & (_byte(data, place + 1) != _FIRST_SCAN)
        return marked & (place < tf.size(data)) & ~is_exif(place)

    def following(place: Any) -> Any:
        return place + 2 + tf.maximum(_number(data, place + 2, 2, big_endian=True), 2)

    [place] = tf.while_loop(is_other_segment, lambda place: [following(place)], [tf.constant(2)])
    return tf.where(is_exif(place), place + 10, 0)


def _read_orientation(data: Any, tiff: Any) -> Any:
    """Return the value of the orientation's entry in the first table, or 1."""
    big_endian = _byte(data, tiff) == ord("M")

    def number(place: Any, size: int) -> Any:
        return tf.where(
            big_endian,
            _number(data, place, size, big_endian=True),
            _number(data, place, size, big_endian=False),
        )

    table = tiff + number(tiff + 4, 4)
    entries = table + 2 + 12 * tf.range(tf.minimum(number(table, 2), 1000))
    wanted = tf.boolean_mask(entries, tf.map_fn(lambda entry: number(entry, 2), entries) == _ORIENTATION)
    return tf.cond(tf.size(wanted) > 0, lambda: number(wanted[0] + 8, 2), lambda: 1)


def _number(data: Any, place: Any, size: int, *, big_endian: bool) -> Any:
    powers = [256**power for power in range(size)]
    return tf.reduce_sum(_bytes(data, place, size) * tf.constant(powers[::-1] if big_endian else powers))


def _byte(data: Any, place: Any) -> Any:
    return _bytes(data, place, 1)[0]


def _bytes(data: Any, place: Any, count: int) -> Any:
    """Return some bytes as int32; beyond the end they are 0."""
    places = place + tf.range(count)
    inside = (places >= 0) & (places < tf.size(data))
    return tf.where(inside, tf.gather(data, tf.where(inside, places, 0)), 0)
