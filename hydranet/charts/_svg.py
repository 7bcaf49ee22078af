"""Pictures as SVG text: elements, and words that are escaped, measured and cut to fit.

The text can stand in an HTML page as it is. Colours are CSS variables, which the page defines: see `style_sheet`.
"""

import html
import re
import unicodedata
from collections.abc import Iterable

from hydranet.charts._colours import NUM_SERIES

FONT_SIZE = 11
INK = "var(--ink)"
MUTED = "var(--muted)"
GRID = "var(--grid)"
HEAT = "var(--heat)"

_LONGEST_HINT = 300  # characters
# Widths as shares of the font size, of DejaVu Sans: among the fonts that a page may be shown in, a broad one.
_WIDTHS = {
    **dict.fromkeys("ijlI',./:;\\| ", 0.34),
    **dict.fromkeys("frt!()-[]", 0.42),
    **dict.fromkeys("wGOQ#&+<=>^~→↓×−", 0.84),
    **dict.fromkeys("mMW%@…\ufffd", 1.0),
}
_WIDTH, _CAPITAL_WIDTH, _SQUARE_WIDTH = 0.64, 0.76, 1.1
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

# What XML forbids, other control characters, and the marks that turn the direction of all that follows.
_UNSAFE = re.compile("[^ -~\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")


def colour(index: int) -> str:
    """Return the colour of the series with this index; the ninth has that of the first."""
    return f"var(--series-{index % NUM_SERIES + 1})"


def clean(content: str) -> str:
    """Return `content` on one line, with `�` for every character that has no place in a page."""
    return _UNSAFE.sub("\ufffd", " ".join(content.split()))


def isolate(name: str) -> str:
    """Return `name` so marked that, if it is written from right to left, what follows it is not turned too."""
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in name):
        return f"\u2068{name}\u2069"
    return name


def element(tag: str, *children: str, **attributes: str | float | None) -> str:
    """Return an element.

    Args:
        tag: its name.
        children: elements, and text that is escaped already.
        attributes: their names with `_` for `-`; numbers are rounded to tenths, text is escaped, None left out.

    Example:
        >>> element("rect", x=1.0, y=2.25, stroke_width=None, fill="red")
        '<rect x="1" y="2.2" fill="red"/>'
    """
    opening = " ".join(
        [tag]
        + [
            f'{name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
            for name, value in attributes.items()
            if value is not None
        ]
    )
    return f"<{opening}>{''.join(children)}</{tag}>" if children else f"<{opening}/>"


def _attribute(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else coordinate(value)


def coordinate(value: float) -> str:
    """Return a length in pixels, to a tenth."""
    rounded = round(float(value), 1)
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def points(places: Iterable[tuple[float, float]]) -> str:
    """Return the path through `places`."""
    return "M" + " ".join(f"{coordinate(x)} {coordinate(y)}" for x, y in places)


def hint(content: str) -> str:
    """Return what is read by pointing at the element that this is a child of."""
    content = clean(content)
    if len(content) > _LONGEST_HINT:
        content = f"{content[:_LONGEST_HINT]}…"
    return f"<title>{html.escape(content, quote=False)}</title>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    width: float = float("inf"),
    size: float = FONT_SIZE,
    fill: str = INK,
    anchor: str | None = None,
    weight: str | None = None,
    transform: str | None = None,
) -> str:
    """Return one line of text, cut to `width` pixels; pointing at it then gives the whole.

    Args:
        x: of the text's start, or what `anchor` says ("middle", "end").
        y: of the line that the letters stand on.
        content: any text, not escaped.
        width: the most that it may take.
        size: of the letters.
        fill: their colour.
        anchor: SVG's `text-anchor`.
        weight: SVG's `font-weight`.
        transform: SVG's `transform`.
    """
    content = clean(content)
    shown = shorten(content, width, size)
    children = [html.escape(shown, quote=False)]
    if shown != content:
        children.append(hint(content))
    return element(
        "text",
        *children,
        x=x,
        y=y,
        font_size=None if size == FONT_SIZE else size,
        fill=None if fill == INK else fill,
        text_anchor=anchor,
        font_weight=weight,
        transform=transform,
    )


def text_width(content: str, size: float = FONT_SIZE) -> float:
    """Return about how many pixels `content` takes: rather too many, as its font is not known."""
    return size * sum(map(_relative_width, content))


def _relative_width(character: str) -> float:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _SQUARE_WIDTH
    return _WIDTHS.get(character, _CAPITAL_WIDTH if character.isupper() else _WIDTH)


def shorten(content: str, width: float, size: float = FONT_SIZE) -> str:
    """Return `content`, cut and ended by `…` where it takes more than `width` pixels."""
    if text_width(content, size) <= width:
        return content
    width -= text_width("…", size)
    kept = 0
    for character in content:
        width -= text_width(character, size)
        if width < 0:
            break
        kept += 1
    return content[:kept].rstrip(" \u200d") + "…"


def drawing(width: float, height: float, *children: str, title: str, max_width: float) -> str:
    """Return a whole picture, which fills the width of the page up to `max_width` pixels.

    Args:
        width: of the coordinates; a letter is as large as it says where the picture is shown with this width.
        height: of the coordinates.
        children: what is drawn, the undermost first.
        title: what a screen reader says.
        max_width: in pixels of the page.
    """
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        role="img",
        aria_label=clean(title),
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        width="100%",
        style=f"max-width:{coordinate(max_width)}px",
        fill=INK,
        font_size=FONT_SIZE,
    )
