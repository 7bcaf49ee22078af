"""JSON of megabytes, read so that other threads get their turn.

`json.loads` lets no other thread run until it is done, which takes seconds for millions of numbers, and makes lists of
them that are many times as large. So long arrays of numbers are set aside first and read piece by piece.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np

# Bytes of a body up to which reading it at once holds nobody up.
SMALL = 2**16
# Of what is left once arrays of numbers are set aside: values, lists and objects.
_MOST_TOKENS = 2**18
_OF_NUMBERS = b"[]0123456789.,eE+- \t\r\n"
_BRACKETS_TO_SPACES = bytes.maketrans(b"[]", b"  ")


def read_json(text: bytes) -> Any:
    """Return what JSON holds, long arrays of numbers as float64 `(num_numbers,)`, however they are nested.

    Raises:
        ValueError: it is no JSON, or has too many values.
        RecursionError: it is nested too deeply.
    """
    if len(text) <= SMALL:
        return json.loads(text)
    arrays: dict[str, np.ndarray] = {}
    rest, start = [], 0
    for begin, end in _find_arrays(text):
        name = secrets.token_hex(16)  # so that no text of the body can be taken for it
        arrays[name] = _read_numbers(text[begin:end])
        rest += [text[start:begin], b'"%s"' % name.encode()]
        start = end
    text = b"".join([*rest, text[start:]])
    num_tokens = sum(map(text.count, (b",", b"[", b"{")))
    if num_tokens > _MOST_TOKENS:
        raise ValueError(f"{num_tokens:,} values or more that are no array of numbers")
    return _filled(json.loads(text), arrays)


def _find_arrays(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where arrays of numbers begin and end: those in which a whole piece of the text has nothing else."""
    pieces = [text[start : start + SMALL] for start in range(0, len(text), SMALL)]
    number = 0
    while number < len(pieces):
        first = number
        while number < len(pieces) and not pieces[number].translate(None, _OF_NUMBERS):
            number += 1
        if number > first:
            begin, end = first * SMALL, min(number * SMALL, len(text))
            if first:
                begin -= len(pieces[first - 1]) - len(pieces[first - 1].rstrip(_OF_NUMBERS))
            if number < len(pieces):
                end += len(pieces[number]) - len(pieces[number].lstrip(_OF_NUMBERS))
            begin, end = text.find(b"[", begin, end), text.rfind(b"]", begin, end) + 1
            if 0 <= begin < end:
                yield begin, end
        number += 1


def _read_numbers(text: bytes) -> np.ndarray:
    """Return the numbers of an array, all of which stand equally deep."""
    pieces, start, depth, depths = [], 0, 0, set()
    while start < len(text):
        end = text.find(b",", start + SMALL)
        end = len(text) if end < 0 else end
        piece = text[start:end]
        pieces.append(np.array(json.loads(b"[%b]" % piece.translate(_BRACKETS_TO_SPACES)), np.float64))
        codes = np.frombuffer(piece, np.uint8)
        steps = (codes == ord("[")).astype(np.int32) - (codes == ord("]"))
        within = depth + np.cumsum(steps)
        depths |= set(np.unique(within[(codes >= ord("0")) & (codes <= ord("9"))]).tolist())
        depth = int(within[-1])
        if within[:-1].min(initial=1) < 1 or (depth < 1) != (end == len(text)):
            raise ValueError("an array of numbers whose brackets do not fit together")
        start = end + 1
    if depth or len(depths) != 1:
        raise ValueError("an array of numbers that are not all equally deep")
    return np.concatenate(pieces)


def _filled(node: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return JSON with the arrays in their places."""
    if isinstance(node, dict):
        return {key: _filled(value, arrays) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, arrays) for value in node]
    return arrays.get(node, node) if isinstance(node, str) else node
