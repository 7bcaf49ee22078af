"""What may stand in a config for a longer form; a family's own short forms are its `long_form`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OneOrSeveral:
    """Marks a list for which a single value may stand.

    Example:
        >>> from typing import Annotated
        >>> from hydranet.settings import expand
        >>> expand(Annotated[tuple[str, ...], OneOrSeveral()], "dog")
        ['dog']
    """


@dataclass(frozen=True)
class KeyIs:
    """Marks a mapping to settings whose keys are a field of theirs, which is therefore not written again.

    Args:
        field: its name.

    Example:
        >>> from typing import Annotated
        >>> from hydranet.settings import expand
        >>> expand(Annotated[dict[str, dict], KeyIs("name")], {"shoes": {"size": 3}})
        {'shoes': {'name': 'shoes', 'size': 3}}
    """

    field: str
