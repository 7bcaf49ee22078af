"""Requests and responses of the Open Inference Protocol: JSON, and binary data after it.

https://github.com/kserve/open-inference-protocol and its extension for binary tensor data. Whatever is wrong with
a request is an `HTTPException` with status 400 or 413.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hydranet.serving._json import read_json
from hydranet.serving._tensors import bad_request, field, read_pictures

INPUT = "images"
HEADER_LENGTH = "inference-header-content-length"


class InferRequest(NamedTuple):
    """A request whose tensors have been checked and read."""

    images: list[bytes | np.ndarray]
    outputs: list[str] | None  # None: all
    is_binary: Mapping[str, bool]  # whether an output is wanted as binary data, where the request says so
    binary_by_default: bool
    id: str | None


def read_request(
    body: bytes,
    header_length: str | None,
    image_size: tuple[int, int],
    max_images: int,
    example_shape: tuple[int, ...] = (),
) -> InferRequest:
    """Read the body of an infer request.

    Args:
        body: JSON, and the binary data after it, if any.
        header_length: the header `Inference-Header-Content-Length`: bytes of JSON; None: all.
        image_size: `(height, width)` that arrays of pixels must have.
        max_images: in one request.
        example_shape: how the pictures of one example are arranged.
    """
    header, data = _split(body, header_length)
    request = _read_json(header)
    inputs = field(request, "inputs", list, [])
    if len(inputs) != 1 or not isinstance(inputs[0], dict) or inputs[0].get("name") != INPUT:
        raise bad_request(f"inputs: expected one tensor, called {INPUT!r}.")
    outputs = [_output(output) for output in field(request, "outputs", list, [])]
    parameters = field(request, "parameters", dict, {})
    return InferRequest(
        images=read_pictures(inputs[0], data, image_size, max_images, example_shape),
        outputs=[name for name, _ in outputs] if "outputs" in request else None,
        is_binary={name: binary for name, binary in outputs if binary is not None},
        binary_by_default=field(parameters, "binary_data_output", bool, False),
        id=field(request, "id", str),
    )


def write_response(
    content: dict[str, Any], scores: Mapping[str, np.ndarray], request: InferRequest
) -> tuple[bytes, int]:
    """Return a body and how many bytes of it are JSON; a closed gate's scores are null in JSON, NaN in binary.

    Args:
        content: the fields beside `outputs`.
        scores: by task, float32 `(batch, num_columns)`.
        request: what is answered.
    """
    outputs, chunks = [], []
    for name, values in scores.items():
        output: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(values.shape)}
        if request.is_binary.get(name, request.binary_by_default):
            chunks.append(values.astype("<f4").tobytes())
            output["parameters"] = {"binary_data_size": len(chunks[-1])}
        else:
            output["data"] = [None if math.isnan(value) else value for value in values.ravel().tolist()]
        outputs.append(output)
    header = json.dumps({**content, "outputs": outputs}, allow_nan=False).encode()
    return b"".join([header, *chunks]), len(header)


def _split(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    if header_length is None:
        return body, b""
    if not (header_length.isascii() and header_length.isdigit() and len(header_length) < 12):
        raise bad_request(
            f"Inference-Header-Content-Length: expected a number of bytes, received {header_length!r}."
        )
    if int(header_length) > len(body):
        raise bad_request(
            f"Inference-Header-Content-Length is {header_length}, and the body has {len(body)} bytes."
        )
    return body[: int(header_length)], body[int(header_length) :]


def _read_json(text: bytes) -> dict[str, Any]:
    try:
        request = read_json(text)
    except (ValueError, RecursionError, OverflowError) as error:
        raise bad_request(f"The body is not JSON that can be read: {error}.") from error
    if not isinstance(request, dict):
        raise bad_request(f"The body is a JSON {type(request).__name__}: expected an object.")
    return request


def _output(output: Any) -> tuple[str, bool | None]:
    if not isinstance(output, dict):
        raise bad_request('outputs: expected objects such as {"name": "cats_dogs"}.')
    return field(output, "name", str, ""), field(
        field(output, "parameters", dict, {}), "binary_data", bool, None
    )
