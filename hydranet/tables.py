"""Text for people: aligned columns, and names that others have chosen, in which nothing is a command."""

import math
import re
from collections.abc import Sequence

# Control characters, which terminals obey; those that turn the direction of text; half characters of undecoded names.
_ACTED_ON = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What spreadsheets take for the beginning of a formula.
_FORMULA = tuple("=+-@＝＋－＠")
# Below it, four decimals say less than two digits.
_SMALL = 0.001


def escaped(text: str, *, keep: str = "") -> str:
    """Return text with the characters that a terminal acts on written out.

    Args:
        text: with names of files, classes and the like, which may hold anything.
        keep: characters that stay, such as a newline between lines.

    Example:
        >>> escaped("a\\x1b[2Jcat\\n"), escaped("cat\\n", keep="\\n")
        ('a\\\\x1b[2Jcat\\\\n', 'cat\\n')
    """
    return _ACTED_ON.sub(lambda found: found[0] if found[0] in keep else _code(found[0]), text)


def csv_cell(value: object) -> str:
    """Return a cell of a CSV file, which no spreadsheet computes: a text that would be a formula gets an apostrophe.

    Example:
        >>> csv_cell("=1+1"), csv_cell(-0.5), csv_cell("cat")
        ("'=1+1", '-0.5', 'cat')
    """
    text = escaped("" if value is None else str(value))
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns; numbers to the right.

    Example:
        >>> print(format_table(["task", "accuracy"], [["cats_dogs", "0.973"]]))
        task       accuracy
        cats_dogs     0.973
    """
    texts = [[escaped(str(cell)) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    numeric = [bool(rows) and all(_is_number(str(row[i])) for row in rows) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in texts
    )


def figure(value: float) -> str:
    """Return a measured value as text: four decimals, and of a small one four digits.

    Example:
        >>> figure(0.97341), figure(0.000012345), figure(31.5)
        ('0.9734', '1.234e-05', '31.5000')
    """
    return f"{value:.4f}" if value == 0 or abs(value) >= _SMALL else f"{value:.4g}"


def interval_text(low: float | None, high: float | None) -> str:
    """Return where an interval begins and ends; `-` where that is not known: None, or not a number.

    Example:
        >>> interval_text(0.5, 0.75), interval_text(None, None)
        ('0.5000 to 0.7500', '-')
    """
    if low is None or high is None or math.isnan(low):
        return "-"
    return f"{figure(low)} to {figure(high)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()
