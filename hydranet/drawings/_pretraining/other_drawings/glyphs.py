"""Letters and signs drawn with a brush, for the pretext pictures."""

import functools

import numpy as np

from hydranet.drawings._colours import any_colour
from hydranet.drawings._geometry import Point
from hydranet.drawings._pen import Pen
from hydranet.drawings._scene import Figure

_STROKES: dict[str, tuple[tuple[Point, ...], ...]] = {
    "letter_a": (((0, 2), (0.7, 0)), ((0.7, 0), (1.4, 2)), ((0.3, 1.3), (1.1, 1.3))),
    "letter_e": (((0, 0), (0, 2)), ((0, 0), (1.1, 0)), ((0, 1), (0.9, 1)), ((0, 2), (1.1, 2))),
    "letter_h": (((0, 0), (0, 2)), ((1.2, 0), (1.2, 2)), ((0, 1), (1.2, 1))),
    "letter_k": (((0, 0), (0, 2)), ((1.1, 0), (0, 1.1)), ((0.3, 0.9), (1.1, 2))),
    "letter_n": (((0, 2), (0, 0)), ((0, 0), (1.2, 2)), ((1.2, 2), (1.2, 0))),
    "letter_s": (((1.1, 0.3), (0.6, 0), (0.05, 0.4), (0.6, 1), (1.1, 1.5), (0.6, 2), (0, 1.7)),),
    "letter_t": (((0, 0), (1.4, 0)), ((0.7, 0), (0.7, 2))),
    "letter_u": (((0, 0), (0, 1.3), (0.6, 2), (1.2, 1.3), (1.2, 0)),),
    "letter_w": (((0, 0), (0.4, 2)), ((0.4, 2), (0.8, 0.6)), ((0.8, 0.6), (1.2, 2)), ((1.2, 2), (1.6, 0))),
    "letter_x": (((0, 0), (1.3, 2)), ((1.3, 0), (0, 2))),
    "digit_3": (((0, 0.2), (0.6, 0), (1, 0.5), (0.5, 1), (1.1, 1.5), (0.6, 2), (0, 1.8)),),
    "digit_4": (((0.9, 2), (0.9, 0)), ((0.9, 0), (0, 1.3)), ((0, 1.3), (1.3, 1.3))),
    "digit_7": (((0, 0), (1.2, 0)), ((1.2, 0), (0.4, 2))),
    "arrow": (((0, 1), (2, 1)), ((2, 1), (1.4, 0.4)), ((2, 1), (1.4, 1.6))),
    "hash": (
        ((0.4, 0), (0.4, 2)),
        ((1.2, 0), (1.2, 2)),
        ((-0.2, 0.6), (1.8, 0.6)),
        ((-0.2, 1.4), (1.8, 1.4)),
    ),
}


def _add_strokes(pen: Pen, rng: np.random.Generator, strokes: tuple[tuple[Point, ...], ...]) -> None:
    colour, width = any_colour(rng), rng.uniform(0.14, 0.4)
    for stroke in strokes:
        pen.limb(np.asarray(stroke) + rng.normal(0, 0.06, (len(stroke), 2)), (width, width), colour)


GLYPHS: dict[str, Figure] = {
    name: functools.partial(_add_strokes, strokes=strokes) for name, strokes in _STROKES.items()
}
