"""The command that looks for labels that are probably wrong."""

import argparse
import csv
import io
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hydranet.commands._options import format_option, open_option, run_option
from hydranet.commands._reporting import open_page
from hydranet.commands._shared import import_tensorflow, open_run, print_json, print_text
from hydranet.errors import HydraNetError
from hydranet.tables import csv_cell, format_table

if TYPE_CHECKING:
    from hydranet.training import Audit

_COLUMNS = ("task", "split", "path", "label", "instead", "probability", "score", "clear", "unusual")
# Rows of each task in the table.
_MOST_SHOWN = 10

_log = logging.getLogger(__name__)


def audit_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `audit`."""
    format_option(parser, "csv")
    run_option(parser)
    parser.add_argument("--tasks", metavar="A,B", help="only these")
    parser.add_argument("--folds", type=int, default=5, help="parts, each judged by the others (default: 5)")
    parser.add_argument(
        "--validation", action="store_true", help="look at the pictures of the validation split too"
    )
    parser.add_argument("--out", metavar="FILE", help="write all of them as CSV to a file")
    open_option(parser)


def audit(options: argparse.Namespace) -> None:
    """Rank the labels that are probably wrong, by heads that were not trained on the pictures."""
    import_tensorflow(options)
    from hydranet.files import atomic_path
    from hydranet.report import write_report
    from hydranet.training import audit as audit_run

    run = open_run(options)
    tasks = options.tasks.split(",") if options.tasks else None
    audits = audit_run(run, tasks=tasks, folds=options.folds, validation=options.validation)
    rows = [row for name, each in audits.items() for row in _rows(name, each)]
    if options.out:
        with atomic_path(options.out) as temporary:
            temporary.write_text(_as_csv(rows), encoding="utf-8")
    if options.format == "json":
        print_json(rows)
    elif options.format == "csv":
        print_text(_as_csv(rows).rstrip("\n"))
    else:
        for name in audits:
            print_text(_table(name, [row for row in rows if row["task"] == name]))
    page = run.folder / "audit" / "report.html"
    try:
        write_report(run, page, audits=audits)
    except HydraNetError as error:  # the folder may be read-only
        _log.warning("The report was not written: %s", error)
        return
    _log.info("Report: %s", page)
    if options.open:
        open_page(page)


def _rows(task: str, found: "Audit") -> Iterator[dict[str, Any]]:
    for suspect in found.suspects:
        unusual = float(found.unusual[suspect.row])
        yield dict(
            zip(
                _COLUMNS,
                (
                    task,
                    found.splits[suspect.row],
                    found.assessment.dataset.name(suspect.row),
                    suspect.truth,
                    suspect.prediction,
                    suspect.confidence,
                    suspect.score,
                    suspect.is_clear,
                    None if unusual != unusual else unusual,
                ),
                strict=True,
            )
        )


def _as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([csv_cell(_cell(value)) for value in row.values()])
    return text.getvalue()


def _table(task: str, rows: list[dict[str, Any]]) -> str:
    num_clear = sum(row["clear"] for row in rows)
    said = f"{task}: {len(rows)} labels that the others speak against, {num_clear} of them clearly"
    shown = [[_cell(row[name]) for name in _COLUMNS[1:]] for row in rows[:_MOST_SHOWN]]
    return f"{said}\n{format_table(_COLUMNS[1:], shown)}\n" if shown else f"{said}\n"


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4f}"
    return str(value)
