"""The base of every frozen dataclass that a config describes."""

from typing import Any

from hydranet.errors import ConfigError
from hydranet.settings._check import problems
from hydranet.settings._hints import field_hints


class Settings:
    """Base of such a dataclass: what the type of a field says holds in Python as it does in YAML.

    A `__post_init__` of one's own calls this one first.

    Raises:
        ConfigError: a field is not of its type, or outside its range; all that are, are named.

    Example:
        >>> from dataclasses import dataclass
        >>> from hydranet.settings import PositiveInt
        >>> @dataclass(frozen=True)
        ... class Shelf(Settings):
        ...     width: PositiveInt = 1
        >>> Shelf(width=0)
        Traceback (most recent call last):
            ...
        hydranet.errors.ConfigError: width must be at least 1: received 0.
    """

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Return what `value` stands for in a config; a class that has a short form says here which it is."""
        return value

    def __post_init__(self) -> None:
        """Check every field."""
        found = [
            line
            for name, hint in field_hints(type(self)).items()  # type: ignore[arg-type]
            for line in problems(hint, getattr(self, name), name)
        ]
        if found:
            raise ConfigError("\n  ".join(found))
