"""Settings as frozen dataclasses: their types say what is allowed, in YAML and in Python alike.

A `Settings` checks the types and ranges of its fields when it is made; a `Variant` is one of a family that a config
tells apart by `kind`. `validate` makes them of nested dicts, and names everything that is wrong at once.

Example:
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Shelf(Settings):
    ...     width: PositiveInt = 1
    ...     share: ShareBelowOne = 0.0
    >>> errors: list[str] = []
    >>> validate(Shelf, {"width": 0, "share": 1}, errors, path=("shelf",))
    >>> errors
    ['shelf.width: received 0, expected at least 1.', 'shelf.share: received 1, expected in [0, 1).']
"""

from hydranet.settings._bounds import (
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PositiveShare,
    Share,
    ShareBelowOne,
)
from hydranet.settings._check import check
from hydranet.settings._expand import expand, to_config
from hydranet.settings._one_of import OneOf
from hydranet.settings._paths import PathMark, PathText
from hydranet.settings._settings import Settings
from hydranet.settings._short_forms import KeyIs, OneOrSeveral
from hydranet.settings._validate import validate
from hydranet.settings._variants import Variant
from hydranet.settings._yaml import parse_yaml_value, read_yaml, set_value, write_yaml

__all__ = [
    "KeyIs",
    "NonNegativeFloat",
    "NonNegativeInt",
    "OneOf",
    "OneOrSeveral",
    "PathMark",
    "PathText",
    "PositiveFloat",
    "PositiveInt",
    "PositiveShare",
    "Settings",
    "Share",
    "ShareBelowOne",
    "Variant",
    "check",
    "expand",
    "parse_yaml_value",
    "read_yaml",
    "set_value",
    "to_config",
    "validate",
    "write_yaml",
]
