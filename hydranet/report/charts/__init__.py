"""Charts as SVG text: they need no script and no network, and are readable on a phone.

Each is drawn 360 pixels wide and grows a little where there is room. Pointing at a mark gives its exact values.
The page defines the colours, see `templates/charts.css`.
"""

from hydranet.report.charts.bar import Bar, bar_chart
from hydranet.report.charts.calibration import calibration_chart
from hydranet.report.charts.line import Line, line_chart
from hydranet.report.charts.matrix import matrix_chart
from hydranet.report.charts.scatter import scatter_chart

__all__ = [
    "Bar",
    "Line",
    "bar_chart",
    "calibration_chart",
    "line_chart",
    "matrix_chart",
    "scatter_chart",
]
