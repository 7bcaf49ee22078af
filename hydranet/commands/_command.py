"""A command as data, and the parser of its options."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """One command of the command line.

    Args:
        name: what a user types.
        summary: what it does, in one line.
        run: does it.
        add_options: adds its options to a parser.
    """

    name: str
    summary: str
    run: Callable[[argparse.Namespace], None]
    add_options: Callable[[argparse.ArgumentParser], None] = lambda parser: None


class CommandParser(argparse.ArgumentParser):
    """A parser whose options are added when it is used: which engines and formats there are takes a while to know."""

    command: Command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the options, and parse."""
        self.command.add_options(self)
        return super().parse_known_args(args, namespace)
