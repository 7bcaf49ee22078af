"""The command line: arguments → a command. Results go to stdout, progress and logs to stderr."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from hydranet import __version__
from hydranet.commands import COMMANDS, CommandParser
from hydranet.errors import ConfigError, HydraNetError
from hydranet.files import no_room
from hydranet.tables import escaped

_EXIT_FAILED = 1
_EXIT_WRONG_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage or config."""
    try:
        options = _parser().parse_args(arguments)
    except ConfigError as error:  # of installed packages that offer engines or formats
        return _fail(str(error), _EXIT_WRONG_USAGE)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, handlers=[_log_handler()])
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("hydranet").setLevel(logging.INFO)
    try:
        options.command(options)
        return 0
    except KeyboardInterrupt:
        return _fail(
            "interrupted; stored features are kept, and a training goes on from its checkpoint with --resume.",
            _EXIT_FAILED,
        )
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment]  # the reader has gone: nothing left to flush
        return _EXIT_FAILED
    except HydraNetError as error:
        if options.debug:
            raise
        return _fail(str(error), _EXIT_WRONG_USAGE if isinstance(error, ConfigError) else _EXIT_FAILED)
    except Exception as error:
        if options.debug:
            raise
        if (reason := no_room(error)) is not None:
            return _fail(f"could not write {_written(error)}: {reason}. Free some space.", _EXIT_FAILED)
        return _fail(f"unexpected {type(error).__name__}: {error} (--debug shows where)", _EXIT_FAILED)


def _written(error: Exception) -> str:
    """Return what could not be written, as far as the error says it."""
    name = getattr(error, "filename", None)
    return str(name) if name else f"what was to be written ({type(error).__name__})"


def _fail(message: str, code: int) -> int:
    try:
        sys.stderr.write(escaped(f"hydranet: {message}", keep="\n") + "\n")
    except OSError:
        sys.stderr = None  # type: ignore[assignment]  # what it holds still can't be written at the end either
    return code


class _LogFormatter(logging.Formatter):
    """Lines as they are, but for what a terminal would act on."""

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record), keep="\n\t")


class _LogHandler(logging.StreamHandler[Any]):
    """Lines for stderr; one that it does not take is lost, and ends nothing."""

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


def _log_handler() -> logging.Handler:
    handler = _LogHandler(sys.stderr)
    handler.setFormatter(_LogFormatter("%(message)s"))
    return handler


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hydranet", description="One pretrained image backbone, run once, feeding many task heads."
    )
    parser.add_argument("--version", action="version", version=f"hydranet {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    subparsers = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", parser_class=CommandParser
    )
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.name, help=command.summary, description=command.summary)
        subparser.command = command
        subparser.set_defaults(command=command.run)
    return parser
