"""Families of dataclasses that a config tells apart by their kind."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Literal

import pytest

from hydranet.errors import ConfigError
from hydranet.heads import Head
from hydranet.settings._variants import Variant


def family():
    """A family of its own for each test, so that none sees another's classes."""

    @dataclass(frozen=True)
    class Shape(Variant):
        @abstractmethod
        def area(self): ...

    @dataclass(frozen=True)
    class Square(Shape):
        side: float = 1.0
        kind: Literal["square"] = field(default="square", kw_only=True)

        def area(self):
            return self.side**2

    return Shape, Square


def test_a_concrete_class_is_known_by_its_kind_as_soon_as_it_is_defined():
    shape, square = family()
    assert shape.variants() == {"square": square}

    @dataclass(frozen=True)
    class Circle(shape):
        kind: Literal["circle"] = field(default="circle", kw_only=True)

        def area(self):
            return 3.0

    assert shape.variants() == {"square": square, "circle": Circle}


def test_a_class_that_is_still_abstract_is_no_variant():
    shape, square = family()

    @dataclass(frozen=True)
    class Round(shape):
        kind: Literal["round"] = field(default="round", kw_only=True)

    assert shape.variants() == {"square": square}


def test_a_subclass_without_a_kind_of_its_own_does_not_take_its_parents_place():
    shape, square = family()

    class MySquare(square):
        def area(self):
            return 0.0

    assert shape.variants() == {"square": square}


def test_a_subclass_with_a_kind_of_its_own_stands_beside_its_parent():
    shape, square = family()

    @dataclass(frozen=True)
    class Tile(square):
        kind: Literal["tile"] = field(default="tile", kw_only=True)

    assert shape.variants() == {"square": square, "tile": Tile}


def test_two_classes_of_one_kind_are_an_error_that_names_both():
    shape, _ = family()

    @dataclass(frozen=True)
    class Quadrat(shape):
        kind: Literal["square"] = field(default="square", kw_only=True)

        def area(self):
            return 1.0

    with pytest.raises(ConfigError, match=r"kind 'square': .*Square and .*Quadrat"):
        shape.variants()


def test_a_class_defined_again_replaces_the_one_before_as_in_a_notebook():
    shape, _ = family()
    classes = []
    for _ in range(2):

        @dataclass(frozen=True)
        class Circle(shape):
            kind: Literal["circle"] = field(default="circle", kw_only=True)

            def area(self):
                return 3.0

        classes.append(Circle)
    assert shape.variants()["circle"] is classes[-1]


def test_the_heads_that_come_with_hydranet():
    assert {"linear", "mlp", "flatten", "custom"} <= set(Head.variants())
