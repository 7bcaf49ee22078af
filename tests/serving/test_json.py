"""JSON of megabytes is read as `json.loads` reads it, and lets other threads run meanwhile."""

import json
import threading
import time

import numpy as np
import pytest

from hydranet.serving._json import SMALL, read_json

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(SMALL // 3,), (SMALL,), (40, 64, 64, 3)])
@pytest.mark.parametrize("dtype", [int, float])
def test_numbers_are_read_exactly(shape, dtype):
    values = (RANDOM.normal(size=shape) * 1e3).astype(dtype)
    for indent in (None, 1):
        text = json.dumps(
            {"inputs": [{"shape": list(shape), "data": values.tolist()}]}, indent=indent
        ).encode()
        [tensor] = read_json(text)["inputs"]
        assert tensor["shape"] == list(shape)
        np.testing.assert_array_equal(tensor["data"], values.ravel())


def test_everything_else_is_as_json_has_it():
    document = {"id": "a [1, 2] b", "parameters": {"x": [1, [2.5, None]], "y": True}, "text": "x" * 2 * SMALL}
    assert read_json(json.dumps(document).encode()) == document


NUMBERS = ",".join(["12"] * SMALL)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"data": [{NUMBERS}}}',
        f'{{"data": [{NUMBERS}]]}}',
        f'{{"data": [{NUMBERS},]}}',
        f'{{"data": [{NUMBERS},,1]}}',
        f'{{"data": [{NUMBERS}][1]}}',
        f'{{"data": [{NUMBERS},[1]]}}',
        f'{{"data": [1 2,{NUMBERS}]}}',
        f'{{"data": [[{NUMBERS}]],[[1]]}}',
        f'{{"data": [{NUMBERS},1e]}}',
        f'{{"data": [{NUMBERS},01]}}',
        '{"data": [' + "[]," * 4 * SMALL + "[]]}",
        '{"data": [' + "{}," * 4 * SMALL + "{}]}",
        '{"data": [' + "null," * 4 * SMALL + "0]}",
        "[" * 10 * SMALL,
    ],
)
def test_what_is_no_array_of_numbers_is_refused(text):
    with pytest.raises((ValueError, RecursionError)):
        read_json(text.encode())


def test_other_threads_have_their_turn():
    text = ('{"data": [' + "127," * 2**22 + "127]}").encode()
    pauses, done = [], threading.Event()

    def tick():
        last = time.perf_counter()
        while not done.is_set():
            time.sleep(0.001)
            pauses.append(time.perf_counter() - last)
            last = time.perf_counter()

    thread = threading.Thread(target=tick)
    thread.start()
    read_json(text)
    done.set()
    thread.join()
    assert len(pauses) > 20  # `json.loads` would leave it two or three
