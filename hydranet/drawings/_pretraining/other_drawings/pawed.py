"""Bears, rabbits, tortoises and other animals with paws of the pretext pictures, one entry each."""

from hydranet.drawings._colours import BLACK, BROWN, CREAM, GREY, RUST, TAN, WHITE, Colour
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


PAWED: dict[str, Beast] = {
    "bear": Beast(
        like(
            _HEAVY, leg=0.3, neck_angle=15.0, head=0.22, muzzle=0.18, ear="round", ear_length=0.14, tail=0.08
        ),
        (BROWN, BLACK, RUST, WHITE),
        face=_ROUND_FACE,
    ),
    "panda": Beast(
        like(_HEAVY, leg=0.28, length=0.7, neck_angle=20.0, head=0.26, muzzle=0.12, ear="round", tail=0.08),
        (WHITE, CREAM),
        "saddle",
        face=_ROUND_FACE,
    ),
    "koala": Beast(
        like(_LOW, leg=0.2, head=0.24, muzzle=0.06, ear="round", ear_length=0.26, tail=0.02),
        (GREY, (150, 140, 140)),
        face=Face(
            height=0.85, ear="round", ear_length=0.66, ear_spread=0.56, jaw=0.16, muzzle=0.36, nose=0.1
        ),
    ),
    "rabbit": Beast(
        like(
            _LOW,
            slope=-0.08,
            waist=0.46,
            ear="long",
            ear_length=0.4,
            head=0.17,
            muzzle=0.06,
            tail=0.1,
            tail_width=0.14,
        ),
        _ANY,
        face=Face(
            height=1.0,
            ear="long",
            ear_length=0.9,
            ear_spread=0.2,
            jaw=0.3,
            muzzle=0.22,
            nose=0.05,
            whiskers=0.3,
        ),
    ),
    "mouse": Beast(
        like(_LOW, ear="round", ear_length=0.2, tail=0.8, tail_width=0.03, tail_angle=0.0),
        (GREY, BROWN, WHITE),
        face=Face(
            height=1.0,
            ear="round",
            ear_length=0.7,
            ear_spread=0.5,
            jaw=0.2,
            muzzle=0.3,
            nose=0.06,
            whiskers=0.4,
        ),
    ),
    "squirrel": Beast(
        like(
            _LOW,
            leg=0.16,
            ear="pointed",
            ear_length=0.14,
            tail=0.7,
            tail_width=0.16,
            tail_angle=85.0,
            tail_curl=-30.0,
        ),
        (RUST, GREY, BROWN),
        "belly",
        bushy_tail=True,
    ),
    "hedgehog": Beast(
        like(_LOW, ear="round", ear_length=0.1, muzzle=0.22, muzzle_width=0.08, tail=0.02),
        (TAN, BROWN),
        "spines",
    ),
    "badger": Beast(
        like(_LOW, length=0.8, leg_width=0.1, head_angle=24.0, ear="round", ear_length=0.08, tail=0.2),
        (GREY, BLACK),
        "belly",
        face=Face(height=1.2, ear="round", ear_length=0.2, jaw=0.3, muzzle=0.4, drop=0.4, blaze=True),
    ),
    "skunk": Beast(
        like(_LOW, length=0.6, tail=0.7, tail_width=0.14, tail_angle=70.0),
        (BLACK,),
        "saddle",
        marked=WHITE,
        bushy_tail=True,
    ),
    "tortoise": Beast(
        like(_LOW, leg_width=0.12, neck=0.2, neck_angle=30.0, ear="none", muzzle=0.06, tail=0.1),
        (_GREEN, TAN),
        "shell",
        marked=BROWN,
    ),
    "crocodile": Beast(
        like(
            _LOW,
            length=1.3,
            chest=0.22,
            waist=0.2,
            leg_width=0.09,
            neck_angle=5.0,
            head=0.1,
            muzzle=0.5,
            muzzle_width=0.1,
            ear="none",
            tail=0.9,
            tail_width=0.16,
            tail_angle=0.0,
            tail_curl=15.0,
        ),
        (_GREEN, (70, 100, 60), BROWN),
        "spines",
        marked=_GREEN,
    ),
    "anteater": Beast(
        like(
            _LOW,
            leg=0.3,
            length=0.9,
            muzzle=0.6,
            muzzle_width=0.08,
            tail=0.6,
            tail_width=0.16,
            ear="round",
            ear_length=0.06,
        ),
        (BROWN, GREY),
        "saddle",
        bushy_tail=True,
    ),
}
