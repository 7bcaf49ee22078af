"""The command line: arguments → a command. Results go to stdout, progress and logs to stderr."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from hydranet import __version__, commands
from hydranet.errors import ConfigError, HydraNetError

_EXIT_FAILED = 1
_EXIT_WRONG_USAGE = 2

_FORMATS = ("table", "json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage or config."""
    try:
        options = _parser().parse_args(arguments)
    except ConfigError as error:  # of installed packages that offer engines or formats
        return _fail(str(error), _EXIT_WRONG_USAGE)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
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
        return _fail(f"unexpected {type(error).__name__}: {error} (--debug shows where)", _EXIT_FAILED)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"hydranet: {message}\n")
    return code


class _CommandParser(argparse.ArgumentParser):
    """A parser whose options are added when it is used: which engines and formats there are takes a while to know."""

    add_options: Callable[[argparse.ArgumentParser], None]

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the options, and parse."""
        self.add_options(self)
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hydranet", description="One pretrained image backbone, run once, feeding many task heads."
    )
    parser.add_argument("--version", action="version", version=f"hydranet {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    subparsers = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", parser_class=_CommandParser
    )

    def add(
        name: str,
        summary: str,
        add_options: Callable[[argparse.ArgumentParser], None] = lambda command: None,
        *,
        formats: Sequence[str] = (),
    ) -> None:
        command = subparsers.add_parser(name, help=summary, description=summary)
        command.set_defaults(command=getattr(commands, name.replace("-", "_")))
        if formats:
            command.add_argument(
                "--format", choices=formats, default=formats[0], help="of the result on stdout"
            )
        command.add_options = add_options

    add("train", "train a head for every task of a config", _train_options, formats=_FORMATS)
    add("validate", "check a config and the folders it names, and train nothing", _config_options)
    add(
        "compare",
        "pretrained or random, shared or separate, frozen or unfrozen, over several seeds",
        _compare_options,
    )
    add("add", "train one more head for a run; the others stay bit-identical", _add_options)
    add("remove", "take a head out of a run", _remove_options)
    add("report", "write a run's report, a page for a browser, once more", _report_options)
    add("verify", "check that every head answers as when it was trained", _run_option, formats=_FORMATS)
    add("evaluate", "measure every task on a split of its data", _evaluate_options, formats=_FORMATS)
    add("predict", "answer every task about pictures", _predict_options, formats=(*_FORMATS, "csv"))
    add("serve", "answer over HTTP", _serve_options)
    add("export", "write the whole model for another runtime, checked on real pictures", _export_options)
    add("export-head", "write one head as a file of a few kilobytes", _export_head_options)
    add("import-head", "take in a head from a file; the others stay bit-identical", _import_head_options)
    add("bench", "measure speed, memory and size on this machine, and draw charts", _bench_options)
    add("tasks", "list the registered tasks")
    add("backbones", "list the backbones, or the cuts of one", _backbones_options)
    add("info", "describe a run", _run_option, formats=_FORMATS)
    add("features", "list the stored features and their size, or clear them", _features_options)
    return parser


def _config_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("config", metavar="CONFIG", help="a YAML file")
    _repeated(command, "--set", "KEY=VALUE", "instead of what the config says: a.b.c=value")
    _repeated(command, "--data", "TASK=PATH", "a folder of pictures")
    command.add_argument("--weights", metavar="PATH", help="the backbone's weights")
    command.add_argument("--skip-bad-images", action="store_true", help="leave out what can't be decoded")


def _train_options(command: argparse.ArgumentParser) -> None:
    _config_options(command)
    command.add_argument("--run", metavar="DIR", help="where to write; runs/CONFIG by default")
    command.add_argument("--resume", action="store_true", help="go on from an interrupted training")
    command.add_argument(
        "--replicas", type=int, metavar="N", help="split the CPU into N devices, for tests and development"
    )
    command.add_argument(
        "--compare-random", action="store_true", help="train on a backbone with random weights too"
    )
    command.add_argument(
        "--tensorboard", action="store_true", help="write the learning curves to RUN/tensorboard as they come"
    )
    _open_option(command)


def _compare_options(command: argparse.ArgumentParser) -> None:
    _config_options(command)
    command.add_argument("--run", metavar="DIR", help="where to write; runs/CONFIG_compared by default")
    command.add_argument(
        "--seeds", type=int, default=3, metavar="N", help="trainings of each kind (default: 3)"
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        choices=("pretrained_random", "shared_separate", "frozen_unfrozen"),
        help="this comparison, and others named likewise; all that the config has two sides for by default",
    )
    command.add_argument(
        "--fail-below",
        type=float,
        metavar="GAIN",
        help="exit with 1 if a task gains less by joint training, in points of accuracy or its metric's unit",
    )
    command.add_argument(
        "--cuts", metavar="A,B", help="also draw cost against accuracy for these cuts: '1 block,4 blocks,all'"
    )
    _open_option(command)


def _add_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    command.add_argument("task", metavar="TASK", help="a registered task, or a new name")
    command.add_argument("--data", metavar="PATH", help="a folder of pictures")
    _repeated(command, "--set", "KEY=VALUE", "of the task: head=mlp")
    _open_option(command)


def _remove_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    command.add_argument("task", metavar="TASK")


def _evaluate_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    _repeated(command, "--data", "TASK=PATH", "other pictures")
    command.add_argument("--split", choices=("train", "validation", "test"), default="validation")
    _engine_options(command)
    _open_option(command)


def _report_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    _open_option(command)


def _predict_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="a run's folder, or a .keras file")
    command.add_argument("images", metavar="IMAGE|DIR", nargs="+")
    command.add_argument("--tasks", metavar="A,B", help="only these")
    _engine_options(command)


def _serve_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="a run's folder, or a .keras file")
    _engine_options(command)
    command.add_argument("--host", default="127.0.0.1", help="to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: %(default)s)")
    command.add_argument(
        "--batch-size", type=int, default=32, metavar="N", help="pictures in one pass (default: %(default)s)"
    )
    command.add_argument(
        "--max-queue",
        type=int,
        default=256,
        metavar="N",
        help="pictures that may wait (default: %(default)s)",
    )
    command.add_argument(
        "--timeout", type=float, default=30, metavar="SECONDS", help="of one request (default: %(default)s)"
    )
    command.add_argument(
        "--max-body-mb", type=float, default=16, metavar="MB", help="of one request (default: %(default)s)"
    )
    command.add_argument(
        "--max-megapixels",
        type=float,
        default=16,
        metavar="N",
        help="to decode of one picture (default: %(default)s)",
    )
    command.add_argument("--heads", metavar="DIR", help="a folder whose .head files are taken in and let go")
    command.add_argument(
        "--admin-token-file",
        metavar="FILE",
        help="holds the token that lets heads be changed over HTTP; or set HYDRANET_ADMIN_TOKEN",
    )
    command.add_argument("--log-requests", action="store_true", help="a line on stderr for each")


def _export_options(command: argparse.ArgumentParser) -> None:
    from hydranet.exports import FORMATS

    command.add_argument("run", metavar="RUN", help="a run's folder, or a .keras file")
    command.add_argument(
        "--format",
        dest="file_format",
        required=True,
        metavar="NAME",
        help=", ".join(FORMATS),
    )
    command.add_argument(
        "--precision",
        default="float32",
        metavar="NAME",
        help="float32, or another that the format has, such as int8 (default: %(default)s)",
    )
    command.add_argument(
        "--out", metavar="DIR", help="where to write; RUN/exports/FORMAT-PRECISION by default"
    )
    command.add_argument(
        "--images",
        metavar="PATH",
        nargs="+",
        help="pictures or folders to check and calibrate on; those of the run by default",
    )
    command.add_argument("--json", action="store_true", help="the result on stdout as JSON")


def _export_head_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    command.add_argument("task", metavar="TASK")
    command.add_argument("file", metavar="FILE", help="a name ending in .head, or a folder")


def _import_head_options(command: argparse.ArgumentParser) -> None:
    _run_option(command)
    command.add_argument("file", metavar="FILE", help="that export-head has written")


def _engine_options(command: argparse.ArgumentParser) -> None:
    from hydranet.engines import AUTO, DEFAULT_ENGINE, ENGINES

    command.add_argument(
        "--engine",
        default=DEFAULT_ENGINE,
        metavar="NAME",
        help=f"what computes: {', '.join(ENGINES)}, or {AUTO}, the fastest that agrees (default: %(default)s)",
    )
    command.add_argument(
        "--precision",
        default="float32",
        metavar="NAME",
        help="float32, or another that the engine has, such as int8 (default: %(default)s)",
    )


def _bench_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "suites",
        metavar="SUITE",
        nargs="*",
        help="heads, training, fine_tuning, distribution, engines, input, growth, inference, server, others; "
        "all by default",
    )
    command.add_argument(
        "--full", action="store_true", help="full size: about an hour on two cores; a quick try by default"
    )
    command.add_argument(
        "--out",
        default="bench_results",
        metavar="DIR",
        help="where figures and charts go (default: %(default)s)",
    )


def _backbones_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", nargs="?")
    command.add_argument("--image-size", type=int, default=224, metavar="PIXELS")


def _features_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dir", help="of the store")
    command.add_argument("--clear", action="store_true")


def _open_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--open", action="store_true", help="show the report in a browser")


def _run_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="a run's folder")


def _repeated(command: argparse.ArgumentParser, option: str, metavar: str, summary: str) -> None:
    command.add_argument(option, metavar=metavar, action="append", default=[], help=summary)
