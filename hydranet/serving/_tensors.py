"""Tensors of the Open Inference Protocol, as JSON or binary, to pictures.

Whatever is wrong with one is an `HTTPException` with status 400 or 413.
"""

import base64
import binascii
import math
import reprlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from starlette.exceptions import HTTPException

DATATYPES: dict[str, np.dtype[Any] | None] = {
    "UINT8": np.dtype("u1"),
    "FP32": np.dtype("<f4"),
    "BYTES": None,
}


def read_pictures(
    tensor: Mapping[str, Any],
    data: bytes,
    image_size: tuple[int, int],
    max_images: int,
    example_shape: tuple[int, ...] = (),
) -> list[bytes | np.ndarray]:
    """Return the picture files (BYTES) or pixels (float32 `(height, width, 3)`) that a tensor holds, flat.

    Args:
        tensor: its JSON object.
        data: the binary data after the JSON.
        image_size: `(height, width)` that arrays of pixels must have.
        max_images: in one request.
        example_shape: how the pictures of one example are arranged.
    """
    datatype, shape = tensor.get("datatype"), tensor.get("shape")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise bad_request(f"datatype: expected {', '.join(DATATYPES)}, received {reprlib.repr(datatype)}.")
    dtype = DATATYPES[datatype]
    rest = [*example_shape, *([] if dtype is None else [*image_size, 3])]
    if (
        not isinstance(shape, list)
        or [type(size) for size in shape] != [int] * (1 + len(rest))
        or shape[1:] != rest
    ):
        expected = ", ".join(["N", *map(str, rest)])
        raise bad_request(f"shape: expected [{expected}] for {datatype}, received {reprlib.repr(shape)}.")
    if shape[0] < 1:
        raise bad_request(f"shape: expected at least one picture, received {shape[0]}.")
    num_pictures = math.prod(shape[: 1 + len(example_shape)])
    if num_pictures > max_images:
        raise HTTPException(413, f"shape: expected at most {max_images} pictures, received {num_pictures}.")
    size = field(field(tensor, "parameters", dict, {}), "binary_data_size", int)
    if size is None:
        values = tensor.get("data")
        return _strings(values, num_pictures) if dtype is None else _pixels(values, shape, datatype)
    if "data" in tensor or size != len(data):
        raise bad_request(
            f"Expected {size} bytes of binary data after the JSON and no 'data', received {len(data)}."
        )
    return _binary_strings(data, num_pictures) if dtype is None else _binary_pixels(data, shape, dtype)


def field(content: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """Return a field of a JSON object, or `default` where it is missing.

    Raises:
        HTTPException: 400, it is of another kind.
    """
    value = content.get(name, default)
    if name in content and not isinstance(value, kind):
        raise bad_request(f"{name!r}: expected a {kind.__name__}, received {reprlib.repr(value)}.")
    return value


def bad_request(message: str) -> HTTPException:
    """Return the error of a request that makes no sense."""
    return HTTPException(400, message)


def _strings(values: Any, num_images: int) -> list[bytes | np.ndarray]:
    if not isinstance(values, list) or len(values) != num_images:
        raise bad_request(f"data: expected a list of {num_images} base64 strings.")
    try:
        return [base64.b64decode(value, validate=True) for value in values]
    except (binascii.Error, ValueError, TypeError) as error:
        raise bad_request(f"data: expected the bytes of picture files as base64 strings: {error}.") from error


def _pixels(values: Any, shape: Sequence[int], datatype: str) -> list[bytes | np.ndarray]:
    try:
        array = np.asarray(values, np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise bad_request(f"data: expected numbers, flat or nested: {error}.") from error
    if array.size != math.prod(shape):
        raise bad_request(
            f"data: expected {math.prod(shape)} numbers for shape {shape}, received {array.size}."
        )
    if datatype == "UINT8" and (array != np.floor(array)).any():
        raise bad_request("data: expected whole numbers for UINT8.")
    return _rows(array.reshape(shape))


def _binary_strings(data: bytes, num_images: int) -> list[bytes | np.ndarray]:
    strings: list[bytes | np.ndarray] = []
    start = 0
    while start + 4 <= len(data) and len(strings) < num_images:
        [size] = struct.unpack_from("<I", data, start)
        strings.append(data[start + 4 : start + 4 + size])
        start += 4 + size
    if start != len(data) or len(strings) != num_images:
        raise bad_request(
            f"Binary data: expected {num_images} strings, each after its length as four bytes, little-endian."
        )
    return strings


def _binary_pixels(data: bytes, shape: Sequence[int], dtype: np.dtype[Any]) -> list[bytes | np.ndarray]:
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise bad_request(
            f"Binary data: expected {math.prod(shape) * dtype.itemsize} bytes for shape {shape}, received {len(data)}."
        )
    return _rows(np.frombuffer(data, dtype).reshape(shape))


def _rows(array: np.ndarray) -> list[bytes | np.ndarray]:
    if not ((array >= 0) & (array <= 255)).all():  # false for NaN
        raise bad_request("Pixels: expected values from 0 to 255.")
    return list(array.astype(np.float32).reshape(-1, *array.shape[-3:]))
