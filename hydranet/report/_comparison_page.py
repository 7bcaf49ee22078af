"""The report of `hydranet compare`: each comparison as a chart with its finding and its numbers."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from hydranet.comparison import Comparison, TradeOff
from hydranet.experiment import Experiment
from hydranet.report._comparison_section import comparison_section, trade_off_section
from hydranet.report._page import write_page


def write_comparison_page(
    path: Path, experiment: Experiment, comparisons: Iterable[Comparison], points: Sequence[TradeOff]
) -> Path:
    """Write the page, whole or not at all, and return where it is.

    Args:
        path: of the page.
        experiment: that was compared with its variants.
        comparisons: in the order of the page.
        points: of a trade-off, if there is one.
    """
    sections = [comparison_section(each) for each in comparisons]
    sections += [trade_off_section(points)] if points else []
    subtitle = f"{', '.join(experiment.tasks)}; {experiment.backbone.describe()}"
    return write_page(
        path, "comparison.html", name=path.parent.resolve().name, subtitle=subtitle, sections=sections
    )
