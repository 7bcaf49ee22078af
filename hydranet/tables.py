"""Aligned columns of text."""

from collections.abc import Sequence


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns; numbers to the right.

    Example:
        >>> print(format_table(["task", "accuracy"], [["cats_dogs", "0.973"]]))
        task       accuracy
        cats_dogs     0.973
    """
    texts = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    numeric = [bool(rows) and all(_is_number(str(row[i])) for row in rows) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in texts
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True
