"""Cows, deer, elephants and other large animals of the pretext pictures, one entry each."""

from hydranet.drawings._colours import BLACK, BROWN, CREAM, GREY, PINK, RUST, TAN, WHITE, Colour
from hydranet.drawings._face import Face
from hydranet.drawings._pretraining.other_drawings.beasts import Beast, like
from hydranet.drawings._quadruped import Build

_GREEN: Colour = (96, 140, 70)
_ANY: tuple[Colour, ...] = (BROWN, BLACK, WHITE, TAN, GREY, RUST)
_LONG_FACE = Face(height=1.3, jaw=0.5, muzzle=0.5, drop=0.42, ear="round", ear_length=0.3, ear_spread=0.5)
_ROUND_FACE = Face(height=0.92, ear="round", ear_length=0.34, ear_spread=0.4, jaw=0.4, muzzle=0.32, drop=0.2)
_LEGGY = Build(
    leg=0.66, leg_width=0.07, neck=0.34, neck_width=0.16, head=0.13, muzzle=0.2, ear="long", tail=0.14
)
_HEAVY = Build(
    leg=0.34, length=0.9, chest=0.56, waist=0.5, leg_width=0.17, neck=0.1, neck_width=0.36, head=0.2
)
_LOW = Build(leg=0.12, length=0.6, chest=0.3, waist=0.36, leg_width=0.06, neck=0.04, head=0.13, muzzle=0.14)


HOOFED: dict[str, Beast] = {
    "cow": Beast(
        like(_HEAVY, leg=0.42, neck_angle=20.0, muzzle=0.28, ear="floppy", tail_angle=-60.0),
        _ANY,
        "patches",
        "short",
        _LONG_FACE,
    ),
    "pig": Beast(
        like(_HEAVY, leg=0.22, neck_angle=5.0, muzzle=0.2, ear="pointed", tail=0.2, tail_curl=300.0),
        (PINK, PINK, GREY, BROWN),
        face=Face(ear="pointed", ear_length=0.3, jaw=0.4, muzzle=0.3, drop=0.14, nose=0.1),
    ),
    "sheep": Beast(
        like(_HEAVY, leg=0.3, length=0.7, leg_width=0.09, head=0.15, muzzle=0.16, tail=0.12),
        (WHITE, CREAM, GREY, BLACK),
        "wool",
        face=_LONG_FACE,
    ),
    "ram": Beast(
        like(_HEAVY, leg=0.36, length=0.68, leg_width=0.09, tail=0.1), _ANY, "wool", "curled", _LONG_FACE
    ),
    "goat": Beast(like(_LEGGY, leg=0.46, ear="floppy", tail_angle=60.0), _ANY, "plain", "short", _LONG_FACE),
    "deer": Beast(_LEGGY, (TAN, RUST, BROWN), "spots", "antlers", _LONG_FACE, marked=WHITE),
    "moose": Beast(
        like(_HEAVY, leg=0.6, leg_width=0.1, neck_angle=20.0, muzzle=0.4, muzzle_width=0.2, tail=0.1),
        (BROWN, BLACK),
        "plain",
        "antlers",
    ),
    "giraffe": Beast(
        like(_LEGGY, leg=0.86, neck=1.0, neck_angle=66.0, slope=0.12, length=0.7, tail=0.4, tail_angle=-60.0),
        (TAN, CREAM, (224, 176, 80)),
        "patches",
        "short",
        marked=BROWN,
    ),
    "elephant": Beast(
        like(
            _HEAVY,
            leg=0.44,
            chest=0.66,
            waist=0.6,
            leg_width=0.22,
            neck_angle=25.0,
            ear="none",
            tail_angle=-70.0,
        ),
        (GREY, (110, 112, 122), (150, 140, 132)),
        horns="trunk",
    ),
    "rhino": Beast(
        like(_HEAVY, leg_width=0.2, neck_angle=5.0, muzzle=0.34, muzzle_width=0.22, ear="pointed", tail=0.2),
        (GREY, TAN),
        horns="nose",
    ),
    "hippo": Beast(
        like(
            _HEAVY,
            leg=0.18,
            leg_width=0.2,
            neck_angle=8.0,
            muzzle=0.34,
            muzzle_width=0.3,
            ear="round",
            ear_length=0.1,
        ),
        (GREY, PINK, BROWN),
        face=Face(ear="round", ear_length=0.22, jaw=0.86, muzzle=0.6, drop=0.3, nose=0.14),
    ),
    "camel": Beast(
        like(
            _LEGGY,
            leg=0.72,
            leg_width=0.1,
            neck=0.46,
            neck_angle=40.0,
            chest=0.42,
            waist=0.36,
            tail_angle=-60.0,
        ),
        (TAN, CREAM, BROWN),
        "hump",
    ),
    "llama": Beast(
        like(_LEGGY, leg=0.5, neck=0.6, neck_width=0.22, neck_angle=80.0, leg_width=0.11), _ANY, "wool"
    ),
    "boar": Beast(
        like(_HEAVY, leg=0.24, neck_angle=0.0, muzzle=0.3, ear="pointed", tail=0.2, chest=0.6, waist=0.42),
        (BROWN, BLACK, GREY),
        "spines",
        "tusks",
    ),
    "okapi": Beast(
        like(_LEGGY, neck=0.5, neck_angle=58.0, slope=0.08, ear_length=0.18),
        (BROWN, BLACK),
        "stripes",
        marked=WHITE,
    ),
    "tapir": Beast(
        like(_HEAVY, leg=0.36, muzzle=0.26, muzzle_width=0.1, ear="round", ear_length=0.1, tail=0.05),
        (BLACK, GREY),
        "saddle",
        marked=WHITE,
    ),
}
