"""Charts as SVG text: they need no script, no network and no drawing library, and are readable on a phone.

Each is drawn 360 pixels wide, if nothing else is asked for, and grows a little where there is room. Pointing at a mark
gives its exact values. A page takes charts as they are, with `style_sheet()` for their colours; a file of its own is
written by `write_charts`.

Example:
    >>> lines = [Line("training", [1, 2, 3], [0.9, 0.4, 0.3]), Line("validation", [1, 2, 3], [0.9, 0.6, 0.5])]
    >>> svg = line_chart(lines, title="Loss", x_label="epoch", y_label="loss", x_integer=True)
    >>> svg.startswith("<svg "), "validation: loss 0.6, epoch 2" in svg
    (True, True)
    >>> write_charts("loss.svg", [svg], title="Loss")
"""

from hydranet.charts._bar import Bar, bar_chart
from hydranet.charts._calibration import calibration_chart
from hydranet.charts._colours import style_sheet
from hydranet.charts._estimate import Estimate, estimate_chart
from hydranet.charts._line import line_chart
from hydranet.charts._line_marks import Line
from hydranet.charts._matrix import matrix_chart
from hydranet.charts._scatter import scatter_chart
from hydranet.charts._sheet import sheet, write_charts

__all__ = [
    "Bar",
    "Estimate",
    "Line",
    "bar_chart",
    "calibration_chart",
    "estimate_chart",
    "line_chart",
    "matrix_chart",
    "scatter_chart",
    "sheet",
    "style_sheet",
    "write_charts",
]
