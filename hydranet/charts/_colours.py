"""The colours of the charts, on a light and on a dark ground, and how a page comes to know them.

After Okabe and Ito, 2008, https://jfly.uni-koeln.de/color/, made darker or lighter until each stands out from the
ground by 3 : 1 or more, and from the others in every colour vision.
"""

from collections.abc import Mapping

NUM_SERIES = 8

_SERIES_ON_LIGHT = (
    *("#0072b2", "#d55e00", "#009e73", "#c86a9e"),
    *("#6b5200", "#2f93d6", "#5a1f7d", "#3f454c"),
)
_SERIES_ON_DARK = (
    *("#4c9fe0", "#e8743b", "#1fc79a", "#e79ac6"),
    *("#f0e442", "#a6dbfa", "#9c5fe8", "#7a828c"),
)


def _palette(ink: str, muted: str, grid: str, heat: str, series: tuple[str, ...]) -> dict[str, str]:
    numbered = {f"series-{number}": colour for number, colour in enumerate(series, start=1)}
    return {"ink": ink, "muted": muted, "grid": grid, "heat": heat, **numbered}


# No two of one palette are equal, so that a colour tells what it is for.
LIGHT = _palette("#1a1d21", "#59636e", "#dfe3e8", "#0071b1", _SERIES_ON_LIGHT)
DARK = _palette("#e8eaed", "#9aa4af", "#30363d", "#2f86d0", _SERIES_ON_DARK)

# What charts lie on: in a page its cards, in a file the chart's own ground.
GROUND = {"light": "#ffffff", "dark": "#14171a"}

DARK_SCREEN = "@media screen and (prefers-color-scheme: dark)"  # printed, a page is white


def style_sheet() -> str:
    """Return the CSS of a page with charts: their colours as variables, for a light and a dark screen.

    The page may use them itself: `--ink` for text, `--muted` for what matters less, `--grid` for thin lines.

    Example:
        >>> "--ink: #1a1d21" in style_sheet()
        True
    """
    return (
        f"{_variables(LIGHT)}\n{DARK_SCREEN} {{ {_variables(DARK)} }}\n"
        "svg.chart { display: block; width: 100%; height: auto; }"
    )


def _variables(palette: Mapping[str, str]) -> str:
    return f":root {{ {' '.join(f'--{name}: {colour};' for name, colour in palette.items())} }}"
