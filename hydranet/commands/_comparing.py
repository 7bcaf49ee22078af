"""The command that compares trainings."""

import argparse
from pathlib import Path

from hydranet.commands._options import config_options, open_option
from hydranet.commands._reporting import open_page
from hydranet.commands._shared import import_tensorflow, print_text, read_config
from hydranet.errors import ConfigError, ModelError


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `compare`."""
    config_options(parser)
    parser.add_argument("--run", metavar="DIR", help="where to write; runs/CONFIG_compared by default")
    parser.add_argument(
        "--seeds", type=int, default=3, metavar="N", help="trainings of each kind (default: %(default)s)"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="this comparison, such as shared_separate, and others named likewise; all that the config has two "
        "sides for by default",
    )
    parser.add_argument(
        "--fail-below",
        type=float,
        metavar="GAIN",
        help="exit with 1 if a task gains less by joint training, in points of accuracy or its metric's unit",
    )
    parser.add_argument(
        "--cuts", metavar="A,B", help="also draw cost against accuracy for these cuts: '1 block,4 blocks,all'"
    )
    open_option(parser)


def compare(options: argparse.Namespace) -> None:
    """Train in several ways, with several seeds, and draw the differences; fail if sharing costs a task too much."""
    from hydranet.config import check_data

    experiment = read_config(options)
    check_data(experiment)
    import_tensorflow(options)
    from hydranet.charts import write_charts
    from hydranet.comparison import check_cuts, choose_comparisons, compare, trade_off
    from hydranet.report import (
        comparison_charts,
        comparison_table,
        regressions,
        trade_off_charts,
        trade_off_table,
        write_comparison,
        write_comparison_page,
        write_trade_off,
    )

    folder = Path(options.run or f"runs/{Path(options.config).stem}_compared")
    names = choose_comparisons(experiment, options.only)
    if options.fail_below is not None and "shared_separate" not in names:
        raise ConfigError(f"--fail-below is about shared_separate: received only {', '.join(names)}.")
    cuts = [cut.strip() for cut in options.cuts.split(",")] if options.cuts else []
    if cuts:
        check_cuts(experiment, cuts)
    comparisons = compare(experiment, folder, num_seeds=options.seeds, only=names)
    for name, comparison in comparisons.items():
        write_comparison(comparison, folder / f"{name}.csv")
        write_charts(folder / f"{name}.svg", comparison_charts(comparison), title=name)
        print_text(f"{comparison_table(comparison)}\n")
    points = trade_off(experiment, folder, cuts) if cuts else []
    if points:
        write_trade_off(points, folder / "trade_off.csv")
        write_charts(folder / "trade_off.svg", trade_off_charts(points), title="trade_off")
        print_text(f"{trade_off_table(points)}\n")
    page = write_comparison_page(folder / "report.html", experiment, comparisons.values(), points)
    if options.open:
        open_page(page)
    print_text(f"Report: {page}")
    if options.fail_below is not None and (
        lost := regressions(comparisons["shared_separate"], options.fail_below)
    ):
        raise ModelError(f"joint training gains less than {options.fail_below:g} for: {', '.join(lost)}.")
