"""What there is of a family, by name: built in, registered by code, or offered by an installed package.

A package offers a member through an entry-point group; it is found by name at once and imported only when it is asked
for, so that names can be listed without importing anything.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Named(Protocol):
    """What has a name of its own."""

    @property
    def name(self) -> str:
        """The name that people type."""
        ...


Member = TypeVar("Member", bound=Named)


class Registry(Collection[str], Generic[Member]):
    """The members of a family by name, in the order in which they came.

    Args:
        noun: what messages call a member, such as `engine`.
        group: the entry-point group through which installed packages offer members.
        family: the class that all members are of.
        built_in: members that are always there.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Colour:
        ...     name: str
        >>> colours = Registry("colour", "my_package.colours", Colour, [Colour("red"), Colour("green")])
        >>> colours.register(Colour("blue")).name, list(colours), colours["red"]
        ('blue', ['red', 'green', 'blue'], Colour(name='red'))
    """

    def __init__(self, noun: str, group: str, family: type[Any], built_in: Iterable[Member] = ()) -> None:
        self._noun = noun
        self._group = group
        self._family = family
        self._members: dict[str, Member] = {member.name: member for member in built_in}
        self._origins = {name: _origin(member) for name, member in self._members.items()}

    def __len__(self) -> int:
        return len(self.origins())

    def __iter__(self) -> Iterator[str]:
        return iter(self.origins())

    def __str__(self) -> str:
        """Return the names, for a text."""
        return ", ".join(self)

    def __contains__(self, name: object) -> bool:
        return name in self.origins()

    def __getitem__(self, name: str) -> Member:
        """Return the member called `name`, or raise ConfigError, which lists those there are."""
        if name not in self._members:
            self._load(name)
        return self._members[name]

    def values(self) -> list[Member]:
        """Return all members; those of installed packages are imported."""
        return [self[name] for name in self]

    def origins(self) -> dict[str, str]:
        """Return where each member comes from, as `{name: "module:name"}`, importing none of them."""
        return {**self._origins, **{name: point.value for name, point in self._entry_points().items()}}

    def register(self, member: Member) -> Member:
        """Add a member, and return it.

        Raises:
            ConfigError: its name is no name, or another member has it.
        """
        name, origin = member.name, _origin(member)
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise ConfigError(f"The name of the {self._noun} {origin} must match {_NAME.pattern}: {name!r}.")
        point = self._entry_points().get(name)
        if point is not None and _package(point.value) != _package(origin):
            raise self._clash(name, point.value, origin)
        if name in self._members and not _is_again(member, self._members[name]):
            raise self._clash(name, self._origins[name], origin)
        self._members[name], self._origins[name] = member, origin
        return member

    def _load(self, name: str) -> None:
        point = self._entry_points().get(name)
        if point is None:
            raise ConfigError(unknown_name(self._noun, name, self))
        try:
            member = point.load()
        except Exception as error:  # an installed package may fail in any way
            raise ConfigError(
                f"The {self._noun} {name!r} of {point.value} can't be imported: {error}. "
                "Repair or uninstall its package."
            ) from error
        if not isinstance(member, self._family) or member.name != name:
            raise ConfigError(
                f"{point.value} is offered as the {self._noun} {name!r}: expected a {self._family.__name__} of this "
                f"name, received {member!r}."
            )
        self._members[name], self._origins[name] = member, point.value

    def _entry_points(self) -> dict[str, "EntryPoint"]:
        from importlib.metadata import entry_points

        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=self._group):
            others = [found[point.name].value] if point.name in found else []
            if point.name in self._origins and _package(self._origins[point.name]) != _package(point.value):
                others.append(self._origins[point.name])
            if others and others != [point.value]:
                raise self._clash(point.name, others[0], point.value)
            found[point.name] = point
        return found

    def _clash(self, name: str, first: str, second: str) -> ConfigError:
        return ConfigError(
            f"Two {self._noun}s are called {name!r}: one from {first}, one from {second}. "
            "Rename one of them, or uninstall its package."
        )


def _is_again(member: Any, known: Any) -> bool:
    """Whether it is the same one once more: equal, or of a class that was defined anew, as in a notebook."""
    defined_anew = type(member) is not type(known) and _origin(member) == _origin(known)
    return bool(member == known) or defined_anew


def _origin(member: Any) -> str:
    return f"{type(member).__module__}:{type(member).__qualname__}"


def _package(origin: str) -> str:
    return origin.partition(":")[0].partition(".")[0]
