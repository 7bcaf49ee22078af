"""Nested dicts → dataclasses: every error at once, with its path."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Literal

import pydantic
import pytest

from hydranet.errors import ConfigError
from hydranet.heads import Head, Linear
from hydranet.settings import PositiveInt, Settings, validate
from hydranet.settings._variants import Variant


@dataclass(frozen=True, kw_only=True)
class Shelf(Settings):
    """A config with everything that configs have."""

    width: PositiveInt = 1
    height: float = 1.0
    wood: Literal["oak", "pine"] = "oak"
    labels: tuple[str, ...] = ()
    share: Literal["equal"] | dict[str, float] | None = None
    head: Head = field(default_factory=Linear)
    boxes: dict[str, "Box"] = field(default_factory=dict)
    anything: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Box(Settings):
    """A nested one with a required field."""

    size: int
    lid: bool = False
    contents: str = ""

    def __post_init__(self):
        super().__post_init__()
        if self.contents and not self.lid:
            raise ConfigError("a box with contents needs a lid.")


def errors_of(raw, path=()):
    errors = []
    assert validate(Shelf, raw, errors, path=path) is None
    return errors


def test_a_valid_config_becomes_the_dataclass():
    errors = []
    shelf = validate(
        Shelf,
        {
            "height": 2,
            "labels": ["a"],
            "head": {"kind": "linear", "dropout": 0.5},
            "boxes": {"x": {"size": 3}},
        },
        errors,
    )
    assert not errors
    assert shelf == Shelf(height=2.0, labels=("a",), head=Linear(dropout=0.5), boxes={"x": Box(3)})


def test_an_unknown_key_names_its_path_and_the_nearest_match():
    [error] = errors_of({"boxes": {"x": {"size": 1, "lit": True}}})
    assert error == "boxes.x.lit: unknown key. Did you mean 'lid'? Known: contents, lid, size."


def test_an_unknown_key_of_a_variant_lists_only_the_keys_of_its_kind():
    [error] = errors_of({"head": {"kind": "flatten", "hidden": [1]}})
    assert error == "head.hidden: unknown key. Known: dropout, feature, kind."


def test_every_error_comes_at_once():
    errors = errors_of(
        {
            "width": "3",
            "wod": "oak",
            "wood": "elm",
            "labels": [1],
            "boxes": {"x": {}},
            "head": {"kind": "linaer"},
        }
    )
    assert [error.split(":")[0] for error in errors] == [
        "width",
        "wood",
        "labels.0",
        "head.kind",
        "boxes.x.size",
        "wod",
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"width": "3"}, 'width: received "3", expected an integer of at least 1.'),
        ({"width": 3.0}, "width: received 3.0, expected an integer of at least 1."),
        ({"width": True}, "width: received true, expected an integer of at least 1."),
        ({"width": None}, "width: received null, expected an integer of at least 1."),
        ({"height": "high"}, 'height: received "high", expected a number.'),
        ({"wood": "elm"}, "wood: received \"elm\", expected 'oak' or 'pine'."),
        ({"labels": "a"}, 'labels: received "a", expected a list.'),
        ({"boxes": [1]}, "boxes: received [1], expected a mapping."),
        ({"boxes": {"x": 3}}, "boxes.x: received 3, expected a mapping."),
        ({"labels": [1]}, "labels.0: received 1, expected a text: put quotes around it."),
        ({"head": 3}, "head: received 3, expected a mapping."),
        ({"boxes": {"x": {}}}, "boxes.x.size: is missing."),
        ({"width": 0}, "width: received 0, expected at least 1."),
    ],
)
def test_a_wrong_type_says_what_was_received_and_what_was_expected(raw, expected):
    assert errors_of(raw) == [expected]


def test_a_missing_kind_lists_the_kinds():
    [error] = errors_of({"head": {"dropout": 0.5}})
    assert error.startswith(
        "head.kind: is missing, expected one of attention, coordinates, custom, flatten, linear, map, mlp"
    )


@pytest.mark.parametrize("kind", ["linaer", 3, ["linear"]])
def test_an_unknown_kind_lists_the_kinds(kind):
    [error] = errors_of({"head": {"kind": kind}})
    assert error.startswith(
        f"head.kind: received {kind!r}, expected one of attention, coordinates, custom, flatten, linear, map, mlp"
    )


def test_a_field_of_several_types_keeps_their_names_out_of_the_path():
    assert errors_of({"share": "equl"}) == ["share: received \"equl\", expected 'equal' or a mapping."]
    assert errors_of({"share": {"a": "much"}}) == ['share.a: received "much", expected a number.']


def test_a_dataclass_that_checks_itself_is_reported_with_the_path_to_it():
    assert errors_of({"boxes": {"x": {"size": 1, "contents": "pens"}}}, path=("shelves", "left")) == [
        "shelves.left.boxes.x: a box with contents needs a lid."
    ]


@pytest.mark.parametrize("key", [1, None, ("a", "b")])
def test_keys_that_are_no_text_are_reported_as_any_unknown_key(key):
    [error] = errors_of({key: 3})
    assert error.startswith(f"{key}: unknown key.")


def test_a_free_mapping_is_kept_as_it_is():
    errors = []
    raw = {"kind": "x", "alpha": 0.35, "nested": {"kind": [1, None, "yes"]}}
    assert validate(Shelf, {"anything": raw}, errors).anything == raw


def test_a_kind_defined_after_a_validation_is_known_to_the_next_one():
    class Handle(Variant):
        @abstractmethod
        def grip(self): ...

    @dataclass(frozen=True)
    class Knob(Handle):
        kind: Literal["knob"] = field(default="knob", kw_only=True)

        def grip(self): ...

    errors = []
    assert validate(Handle, {"kind": "lever"}, errors) is None
    assert errors == ["config.kind: received 'lever', expected one of knob."]

    @dataclass(frozen=True)
    class Lever(Handle):
        kind: Literal["lever"] = field(default="lever", kw_only=True)

        def grip(self): ...

    assert validate(Handle, {"kind": "lever"}, []) == Lever()


def test_the_validator_is_made_once_for_many_values(monkeypatch):
    validate(Shelf, {}, [])
    monkeypatch.setattr(pydantic, "TypeAdapter", None)

    assert [validate(Shelf, {"width": width}, []).width for width in (1, 2, 3)] == [1, 2, 3]
