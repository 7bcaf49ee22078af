"""A text that names an entry of a table, which may grow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hydranet.naming import nearest_match


@dataclass(frozen=True)
class OneOf:
    """Marks a text as the name of something in a table; `Literal` is for names that are known when code is written.

    Args:
        names: gives those of the table as it is when a value is checked.

    Example:
        >>> from typing import Annotated
        >>> from hydranet.settings import check
        >>> table = {"red": 1, "blue": 2}
        >>> check(Annotated[str, OneOf(lambda: table)], "bleu", "colour")
        Traceback (most recent call last):
            ...
        hydranet.errors.ConfigError: colour must be one of blue, red: received 'bleu'. Did you mean 'blue'?
    """

    names: Callable[[], Iterable[str]]

    @property
    def in_words(self) -> str:
        """What is expected."""
        return f"one of {', '.join(sorted(self.names()))}"

    def nearest(self, value: Any) -> str:
        """Return the nearest name as a hint, or an empty text."""
        return nearest_match(str(value), self.names())

    def keeps(self, value: Any) -> bool:
        """Return whether `value` is a name of the table."""
        return value in set(self.names())

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Check it in YAML too."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: str) -> str:
        if not self.keeps(value):
            raise ValueError(f"received {value!r}, expected {self.in_words}.{self.nearest(value)}")
        return value
