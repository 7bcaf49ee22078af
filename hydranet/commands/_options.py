"""Options that several commands have."""

import argparse


def config_options(parser: argparse.ArgumentParser) -> None:
    """Add a config, and what changes it."""
    parser.add_argument("config", metavar="CONFIG", help="a YAML file")
    repeated_option(parser, "--set", "KEY=VALUE", "instead of what the config says: a.b.c=value")
    repeated_option(parser, "--data", "TASK=PATH", "a folder of pictures")
    parser.add_argument("--weights", metavar="PATH", help="the backbone's weights")
    skip_option(parser)


def skip_option(parser: argparse.ArgumentParser) -> None:
    """Add whether bad pictures are left out."""
    parser.add_argument(
        "--skip-bad-images", action="store_true", help="leave out, name and count what can't be decoded"
    )


def run_option(parser: argparse.ArgumentParser) -> None:
    """Add a run, and whether it is trusted."""
    parser.add_argument("run", metavar="RUN", help="a run's folder")
    _trust_option(parser)


def model_option(parser: argparse.ArgumentParser) -> None:
    """Add a run, or a model alone, and whether it is trusted."""
    parser.add_argument("run", metavar="RUN", help="a run's folder, or a .keras file")
    _trust_option(parser)


def format_option(parser: argparse.ArgumentParser, *more: str) -> None:
    """Add the format of the result, with those of `more` beside `table` and `json`."""
    formats = ("table", "json", *more)
    parser.add_argument("--format", choices=formats, default=formats[0], help="of the result on stdout")


def engine_options(parser: argparse.ArgumentParser) -> None:
    """Add an engine and its precision."""
    from hydranet.engines import AUTO, ENGINES, FASTEST

    engine = parser.add_argument(
        "--engine",
        default=AUTO,
        metavar="NAME",
        help=f"what computes: %(known)s; {AUTO}, a fast one on a CPU if it agrees; or {FASTEST}, which is "
        "measured (default: %(default)s)",
    )
    engine.known = ENGINES  # type: ignore[attr-defined]  # for the text: looking for those of packages takes a while
    parser.add_argument(
        "--precision",
        default="float32",
        metavar="NAME",
        help="float32, or another that the engine has, such as int8 (default: %(default)s)",
    )


def open_option(parser: argparse.ArgumentParser) -> None:
    """Add whether the report is shown."""
    parser.add_argument("--open", action="store_true", help="show the report in a browser")


def repeated_option(parser: argparse.ArgumentParser, option: str, metavar: str, summary: str) -> None:
    """Add an option that may be given several times."""
    parser.add_argument(option, metavar=metavar, action="append", default=[], help=summary)


def _trust_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust",
        action="store_true",
        help="import the plug-ins that the run's config names: they are Python code",
    )
