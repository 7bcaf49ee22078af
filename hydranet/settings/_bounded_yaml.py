"""YAML that is refused at once where it is nested too deeply, contains itself, or unfolds to far more than it says.

An anchor lets a few lines stand for billions of values, and a value for itself.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

_LONGEST_TEXT = 2**22
_DEEPEST = 50
# Values that aliases may stand for: so many, and so many for each value that is written.
_ALWAYS_ALLOWED = 20_000
_MOST_TIMES = 20


def load(text: str) -> Any:
    """Return what YAML holds: nested dicts and lists; nothing in it is executed.

    Raises:
        YAMLError: it is no YAML, or not within these bounds.
        ValueError: a number or date in it can't be.
    """
    if len(text) > _LONGEST_TEXT:
        raise MarkedYAMLError(f"it has {len(text):,} characters: expected at most {_LONGEST_TEXT:,}")
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _BoundedComposer
    return yaml.load(text)


class _BoundedComposer(Composer):
    """Makes nodes of what is parsed, within bounds."""

    _depth = 0

    def get_single_node(self) -> Any:
        root = super().get_single_node()
        if root is not None:
            _check_size(root)
        return root

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _too_deep(self.parser.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _check_size(root: Node) -> None:
    """Raise unless the aliases below a node stand for a reasonable number of values, and none for what it is in."""
    known: dict[int, tuple[int, int]] = {}
    unfolding: set[int] = set()

    def measure(node: Node) -> tuple[int, int]:
        """Return how many values a node stands for, and how deep they are nested."""
        if id(node) in unfolding:
            raise MarkedYAMLError(problem="a value that contains itself", problem_mark=node.start_mark)
        if id(node) not in known:
            unfolding.add(id(node))
            sizes, depths = zip((0, 0), *map(measure, _children(node)), strict=True)
            unfolding.remove(id(node))
            known[id(node)] = 1 + sum(sizes), 1 + max(depths)
            if max(depths) >= _DEEPEST:  # by aliases, one in the other
                raise _too_deep(node.start_mark)
        return known[id(node)]

    size, _ = measure(root)
    if size > _ALWAYS_ALLOWED + _MOST_TIMES * len(known):
        raise MarkedYAMLError(f"its anchors unfold to {size:,} values, {len(known):,} of which are written")


def _too_deep(mark: Any) -> MarkedYAMLError:
    return MarkedYAMLError(problem=f"nested more than {_DEEPEST} deep", problem_mark=mark)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
