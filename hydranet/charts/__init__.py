"""Charts as SVG text: they need no script, no network and no drawing library, and are readable on a phone.

Each is drawn 360 pixels wide, if nothing else is asked for, and grows a little where there is room. Pointing at a mark
gives its exact values. A page takes charts as they are, and `style_sheet()` for their colours.

Example:
    >>> lines = [Line("training", [1, 2, 3], [0.9, 0.4, 0.3]), Line("validation", [1, 2, 3], [0.9, 0.6, 0.5])]
    >>> svg = line_chart(lines, title="Loss", x_label="epoch", y_label="loss", x_integer=True)
    >>> svg.startswith("<svg "), "validation: loss 0.6, epoch 2" in svg
    (True, True)
"""

from hydranet.charts._bar import Bar, bar_chart
from hydranet.charts._calibration import calibration_chart
from hydranet.charts._colours import style_sheet
from hydranet.charts._line import Line, line_chart
from hydranet.charts._matrix import matrix_chart
from hydranet.charts._scatter import scatter_chart

__all__ = [
    "Bar",
    "Line",
    "bar_chart",
    "calibration_chart",
    "line_chart",
    "matrix_chart",
    "scatter_chart",
    "style_sheet",
]
