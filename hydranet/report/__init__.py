"""What a person reads: tables for a terminal, charts, and pages for a browser that load nothing from elsewhere.

`write_report` writes the page of a run; the rest is what `hydranet compare` prints and leaves, of a comparison and of a
trade-off: tables, CSV files, charts and their page.

Example:
    >>> from hydranet import Run
    >>> from hydranet.report import assess_known, write_report
    >>> run = Run("runs/quickstart")
    >>> write_report(run, "cats_dogs.html", assessments={"cats_dogs": assess_known(run)["cats_dogs"]}).name
    'cats_dogs.html'
"""

from hydranet.report._comparison import regressions
from hydranet.report._comparison_chart import comparison_charts
from hydranet.report._comparison_page import write_comparison_page
from hydranet.report._comparison_table import comparison_table, write_comparison
from hydranet.report._run_report import assess_known, write_report
from hydranet.report._trade_off import trade_off_table, write_trade_off
from hydranet.report._trade_off_chart import trade_off_charts

__all__ = [
    "assess_known",
    "comparison_charts",
    "comparison_table",
    "regressions",
    "trade_off_charts",
    "trade_off_table",
    "write_comparison",
    "write_comparison_page",
    "write_report",
    "write_trade_off",
]
