"""How hydranet's figures look, and how one becomes a PNG file or SVG text for a page.

All figures are matplotlib's `Figure` objects, without pyplot and its global state. What draws one is decorated with
`@style()`, takes `INK` for what is black elsewhere, `FAINT` for lines in the background, and `COLOURS` or
`line_styles()` for what is shown:

    @style()
    def draw(values: Sequence[float]) -> Any:
        figure = new_figure(6, 3)
        axes = figure.subplots()
        axes.bar(range(len(values)), values, color=COLOURS[0])
        axes.set_ylabel("pictures per second")
        return figure

    save_png(draw(values), "values.png")  # on white
    svg = figure_svg(draw(values))  # transparent, with text and axes in the page's own colour
"""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path
from typing import Any

from hydranet.files import atomic_path

# Colours that people with a colour vision deficiency can tell apart, without the yellow, which is pale on white.
# Okabe and Ito, 2008, https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v")
# Text and axes; in an SVG they take the colour of the page's text, so that it must be no other colour.
INK = "#1b1f24"
# A grey that can be seen on white and on black.
FAINT = "#80808059"
_DOTS_PER_INCH = 150
_FONT = "DejaVu Sans"  # comes with matplotlib, and is wider than what a page takes instead of it
_RC = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    **{"axes.facecolor": "none", "figure.facecolor": "none", "savefig.facecolor": "none"},
    **{"axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": FAINT},
    **{"legend.frameon": False, "legend.facecolor": "none"},
    **{"font.family": "sans-serif", "font.sans-serif": [_FONT], "font.size": 10, "text.parse_math": False},
    **{
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "svg.fonttype": "none",
        "svg.hashsalt": "hydranet",
    },
}


@contextmanager
def style() -> Iterator[None]:
    """Make what is drawn within it, or within a function that it decorates, look like hydranet's figures."""
    import matplotlib

    with matplotlib.rc_context(_RC):
        yield


def new_figure(width: float, height: float) -> Any:
    """Return an empty `matplotlib.figure.Figure` of this size in inches, which leaves room for all labels."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def line_styles() -> Iterator[dict[str, Any]]:
    """Yield how one line after the other looks, without end: first other colours, then other markers."""
    for marker, colour in cycle(product(MARKERS, COLOURS)):
        yield {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.5}


def save_png(figure: Any, path: Path | str) -> None:
    """Write a figure as PNG, on white.

    Args:
        figure: drawn within `style`.
        path: replaced when the new file is whole.

    Raises:
        HydraNetError: the file can't be written.
    """
    with atomic_path(path) as temporary, style():
        figure.savefig(temporary, dpi=_DOTS_PER_INCH, facecolor="white")


def figure_svg(figure: Any) -> str:
    """Return a figure as one `<svg>` element to be put into a page, as wide as its place but not wider than drawn.

    The same figure gives the same text. Its background is transparent, its text is text, in the page's font and
    colour. What it defines for itself has names that no other figure has.

    Args:
        figure: drawn within `style`.
    """
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg ") :]
    # A style sheet within a page would hold for all of the page, so its two properties stand at the top instead.
    svg = re.sub(
        r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", "", svg, flags=re.DOTALL
    )
    width, height = figure.get_size_inches() * 72
    top = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" stroke-linejoin="round" stroke-linecap="butt" '
        f'style="width: 100%; max-width: {96 / 72 * width:.0f}px; height: auto">'
    )
    svg = re.sub(r"<svg [^>]*>", top, svg, count=1)
    svg = svg.replace(INK, "currentColor").replace(f"'{_FONT}', sans-serif", "system-ui, sans-serif")
    return _with_own_names(svg.strip())


def _with_own_names(svg: str) -> str:
    """Drop the names that nothing refers to, and make the others those of this figure alone."""
    used = set(re.findall(r'(?:href="|url\()#([\w-]+)', svg))
    own = hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r' id="([^"]+)"', lambda found: f' id="f{own}-{found[1]}"' if found[1] in used else "", svg)
    return re.sub(r'(href="|url\()#', rf"\g<1>#f{own}-", svg)
