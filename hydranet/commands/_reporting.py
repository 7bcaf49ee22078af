"""The command that writes a run's report, and what others do to write theirs."""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hydranet.commands._options import open_option, run_option
from hydranet.commands._shared import import_tensorflow, open_run, print_text
from hydranet.errors import HydraNetError

if TYPE_CHECKING:
    from hydranet.data import LoadedSplits
    from hydranet.evaluation import Interval
    from hydranet.runs import Run

_log = logging.getLogger(__name__)


def report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `report`."""
    run_option(parser)
    open_option(parser)


def report(options: argparse.Namespace) -> None:
    """Write the report of a run once more."""
    import_tensorflow(options)
    page, _ = report_run(open_run(options), options)
    print_text(f"Report: {page}")


def report_run(
    run: "Run", options: argparse.Namespace, listed: "Mapping[str, LoadedSplits] | None" = None
) -> "tuple[Path, dict[str, Interval]]":
    """Write a run's report, and return where it is and how sure each task's main metric is.

    Args:
        run: trained.
        options: say whether the page is shown.
        listed: the pictures of tasks that have been listed just now.
    """
    from hydranet.evaluation import metric_interval
    from hydranet.report import assess_known, write_report

    assessments = assess_known(run, listed)
    page = write_report(run, assessments=assessments)
    if options.open:
        open_page(page)
    return page, {name: metric_interval(each) for name, each in assessments.items()}


def report_after(
    run: "Run", options: argparse.Namespace, listed: "Mapping[str, LoadedSplits] | None" = None
) -> "tuple[str, dict[str, Interval]]":
    """Write the report of a run that has just been written, which is there whether or not that works; see `report_run`.

    Returns:
        What to print of it, and how sure each main metric is, of the tasks that could be assessed.
    """
    try:
        page, intervals = report_run(run, options, listed)
    except HydraNetError as error:
        _log.warning("%s is written; its report was not rewritten: %s", run.folder, error)
        return f"No report: `hydranet report {run.folder}` writes one once that is mended.", {}
    return f"Report: {page}", intervals


def open_page(page: Path) -> None:
    """Show a page in the browser, if there is one."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        _log.warning("No browser could be started: open %s yourself.", page)
