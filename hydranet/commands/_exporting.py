"""The command that gives a model to other people's runtimes."""

import argparse
import dataclasses
from pathlib import Path

from hydranet.commands._options import model_option
from hydranet.commands._shared import import_tensorflow, native_notes_aside, print_json, print_text


def export_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    from hydranet.exports import FORMATS

    model_option(parser)
    parser.add_argument(
        "--format", dest="file_format", required=True, metavar="NAME", help=", ".join(FORMATS)
    )
    parser.add_argument(
        "--precision",
        default="float32",
        metavar="NAME",
        help="float32, or another that the format has, such as int8 (default: %(default)s)",
    )
    parser.add_argument(
        "--out", metavar="DIR", help="where to write; RUN/exports/FORMAT-PRECISION by default"
    )
    parser.add_argument(
        "--images",
        metavar="PATH",
        nargs="+",
        help="pictures or folders to check and calibrate on; those of the run by default",
    )
    parser.add_argument("--json", action="store_true", help="the result on stdout as JSON")


def export(options: argparse.Namespace) -> None:
    """Write the whole model as one graph, and say what its check has found."""
    import_tensorflow(options)
    from hydranet.commands._export_text import export_text
    from hydranet.exports import export

    folder = options.out or Path(options.run) / "exports" / f"{options.file_format}-{options.precision}"
    with native_notes_aside(options):
        report = export(
            options.run,
            folder,
            file_format=options.file_format,
            precision=options.precision,
            images=options.images or None,
            trust=options.trust,
        )
    if options.json:
        print_json({**dataclasses.asdict(report), "folder": str(report.folder)})
    else:
        print_text(export_text(report))
