"""Short forms and paths are found by walking the types, whatever the fields are called."""

from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import pytest

from hydranet.settings import (
    KeyIs,
    OneOrSeveral,
    PathMark,
    PathText,
    Settings,
    Variant,
    expand,
    to_config,
    validate,
)


class Wheel(Variant):
    @abstractmethod
    def turn(self): ...


@dataclass(frozen=True)
class Rubber(Wheel):
    photo: PathText | None = None
    kind: Literal["rubber"] = field(default="rubber", kw_only=True)

    def turn(self): ...


class Engine(Variant):
    default_kind = "steam"

    @abstractmethod
    def start(self): ...


@dataclass(frozen=True)
class Steam(Engine):
    manuals: tuple[PathText, ...] = ()
    kind: Literal["steam"] = field(default="steam", kw_only=True)

    def start(self): ...


@dataclass(frozen=True, kw_only=True)
class Part(Settings):
    name: str
    wheels: Annotated[tuple[Wheel, ...], OneOrSeveral()] = ()


@dataclass(frozen=True, kw_only=True)
class Car(Settings):
    engine: Engine = field(default_factory=Steam)
    paint: Annotated[str, PathMark(words=("red", "blue"))] = "red"
    scripts: tuple[Annotated[str, PathMark(suffix=".py")], ...] = ()
    parts: Annotated[dict[str, Part], KeyIs("name")] = field(default_factory=dict)
    labels: dict[str, Annotated[tuple[str, ...], OneOrSeveral()]] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"engine": "steam"}, {"engine": {"kind": "steam"}}),
        ({"engine": {"manuals": []}}, {"engine": {"kind": "steam", "manuals": []}}),
        ({"parts": {"axle": {}}}, {"parts": {"axle": {"name": "axle"}}}),
        (
            {"parts": {"axle": {"wheels": "rubber"}}},
            {"parts": {"axle": {"name": "axle", "wheels": [{"kind": "rubber"}]}}},
        ),
        ({"labels": {"a": "x", "b": ["y"]}}, {"labels": {"a": ["x"], "b": ["y"]}}),
    ],
    ids=str,
)
def test_a_short_form_becomes_the_long_one_and_a_long_one_stays(short, long):
    assert expand(Car, short) == long
    assert expand(Car, long) == long


@pytest.mark.parametrize(
    ("given", "located"),
    [
        ({"paint": "red"}, {"paint": "red"}),
        ({"paint": "red.txt"}, {"paint": "/cars/red.txt"}),
        ({"paint": "~/red"}, {"paint": str(Path("~/red").expanduser())}),
        ({"scripts": ["a.py", "package.module"]}, {"scripts": ["/cars/a.py", "package.module"]}),
        (
            {"engine": {"kind": "steam", "manuals": ["../a"]}},
            {"engine": {"kind": "steam", "manuals": ["/a"]}},
        ),
        (
            {"parts": {"x": {"wheels": [{"kind": "rubber", "photo": "p"}]}}},
            {"parts": {"x": {"name": "x", "wheels": [{"kind": "rubber", "photo": "/cars/p"}]}}},
        ),
    ],
    ids=str,
)
def test_paths_start_from_the_folder_that_is_given_wherever_they_stand(given, located):
    assert expand(Car, given, base_dir=Path("/cars")) == located


@pytest.mark.parametrize(
    "wrong", [3, [1], {"engine": 3}, {"engine": {"kind": []}}, {"parts": [1]}, {"wings": 2}], ids=str
)
def test_what_is_wrong_is_left_for_the_validation_to_name(wrong):
    assert expand(Car, wrong, base_dir=Path("/cars")) == wrong
    errors = []
    assert validate(Car, wrong, errors) is None
    assert len(errors) == 1


def test_settings_survive_as_json_types_and_a_key_is_not_written_twice():
    car = Car(
        engine=Steam(manuals=("/m",)),
        parts={"axle": Part(name="axle", wheels=(Rubber("/r"),))},
        labels={"a": ("x",)},
    )
    config = to_config(car)
    assert "name" not in config["parts"]["axle"]
    assert validate(Car, config, []) == car
