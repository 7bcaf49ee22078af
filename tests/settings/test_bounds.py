"""Ranges as annotations: one type, checked alike in YAML and in Python."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from annotated_types import MinLen

from hydranet.errors import ConfigError
from hydranet.settings import (
    NonNegativeFloat,
    NonNegativeInt,
    OneOf,
    PositiveFloat,
    PositiveInt,
    PositiveShare,
    Settings,
    Share,
    ShareBelowOne,
    validate,
)

DISHES = {"bread": 220}
NAN, INFINITE = float("nan"), float("inf")


@dataclass(frozen=True, kw_only=True)
class Oven(Settings):
    """A field for each type that has bounds, and for each shape that a value may have."""

    trays: PositiveInt = 1
    minutes: NonNegativeInt = 0
    degrees: PositiveFloat = 180.0
    watts: NonNegativeFloat = 0.0
    top: Share = 1.0
    open: ShareBelowOne = 0.0
    stop: str | PositiveShare | None = None
    fan: bool = False
    mode: Literal["top", "grill"] = "top"
    sizes: Annotated[tuple[PositiveInt, ...], MinLen(1)] = (1,)
    weights: Literal["equal"] | dict[str, PositiveFloat] | None = None
    dish: Annotated[str, OneOf(lambda: DISHES)] = "bread"
    anything: Any = field(default=None)


WRONG = [
    ({"trays": 0}, "at least 1"),
    ({"minutes": -1}, "at least 0"),
    ({"degrees": 0.0}, "above 0 and finite"),
    ({"degrees": INFINITE}, "above 0 and finite"),
    ({"watts": NAN}, "at least 0 and finite"),
    ({"top": 1.5}, r"in [0, 1]"),
    ({"top": NAN}, r"in [0, 1]"),
    ({"open": 1.0}, r"in [0, 1)"),
    ({"stop": 1.5}, r"in (0, 1]"),
    ({"mode": "gril"}, "'top' or 'grill'"),
    ({"sizes": []}, "at least 1 long"),
    ({"dish": "piza"}, "one of bread, pizza"),
]


@pytest.fixture(autouse=True)
def _another_dish(monkeypatch):
    """A table may grow after the class was made."""
    monkeypatch.setitem(DISHES, "pizza", 250)


@pytest.mark.parametrize(("wrong", "expected"), WRONG, ids=str)
def test_what_is_outside_its_range_is_refused_in_yaml_and_in_python(wrong, expected):
    [name] = wrong
    [error] = read(wrong)
    assert error.startswith(f"{name}: received ")
    assert expected in error
    with pytest.raises(ConfigError) as caught:
        Oven(**wrong)
    assert str(caught.value).startswith(f"{name} must be ")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trays": 1.5}, "trays must be an integer of at least 1: received 1.5."),
        ({"trays": True}, "trays must be an integer of at least 1: received True."),
        ({"degrees": "hot"}, "degrees must be a number above 0 and finite: received 'hot'."),
        ({"fan": 1}, "fan must be true or false: received 1."),
        ({"stop": 1.5}, "stop must be in (0, 1]: received 1.5."),
        ({"stop": []}, "stop must be a text or a number in (0, 1]: received []."),
        ({"sizes": 3}, "sizes must be a list at least 1 long: received 3."),
        ({"sizes": (8, 0)}, "sizes.1 must be at least 1: received 0."),
        ({"weights": {"a": 0}}, "weights.a must be above 0 and finite: received 0."),
        ({"dish": "piza"}, "dish must be one of bread, pizza: received 'piza'. Did you mean 'pizza'?"),
        ({"mode": "gril"}, "mode must be 'top' or 'grill': received 'gril'. Did you mean 'grill'?"),
        (
            {"trays": 0, "top": 2},
            "trays must be at least 1: received 0.\n  top must be in [0, 1]: received 2.",
        ),
    ],
    ids=str,
)
def test_in_python_the_message_says_field_expectation_and_value(wrong, message):
    with pytest.raises(ConfigError) as caught:
        Oven(**wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "right",
    [
        {"degrees": 200},
        {"degrees": np.float32(0.5), "trays": np.int64(3)},
        {"top": 0},
        {"stop": 1},
        {"dish": "pizza"},
        {"stop": "early"},
        {"sizes": [1, 2]},
        {"weights": "equal"},
        {"weights": {"a": 2}},
        {"anything": ("soup", 1)},
    ],
    ids=str,
)
def test_what_is_within_its_range_is_taken_as_it_is(right):
    [(name, value)] = list(right.items())[:1]
    assert getattr(Oven(**right), name) is value


def read(raw):
    errors = []
    validate(Oven, raw, errors)
    return errors
