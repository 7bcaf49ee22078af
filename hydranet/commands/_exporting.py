"""The command that gives a model to other people's runtimes."""

import argparse
import dataclasses
from pathlib import Path

from hydranet.commands._shared import import_tensorflow, native_notes_aside, print_json, print_text


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
        )
    if options.json:
        print_json({**dataclasses.asdict(report), "folder": str(report.folder)})
    else:
        print_text(export_text(report))
