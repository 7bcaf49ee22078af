"""The cells of a confusion matrix: with numbers for a few classes, as a map of those that are not empty for many."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hydranet.charts._scales import number
from hydranet.charts._svg import GRID, HEAT, INK, MUTED, element, hint, isolate, text, text_width

_DARKEST_UNDER_NUMBERS = 0.7  # a number is still read on it
_SHADES = 10
_LIGHTEST = 0.4
_SMALLEST_CELL = 2.0  # pixels
_BYTES_FOR_HINTS = 40_000
_LONGEST_NAME = 60  # characters of a class in a hint
_FONT_SIZE = 10


@dataclass(frozen=True)
class Grid:
    """Where the cells are.

    Args:
        left: of the first column.
        top: of the first row.
        width: of one cell.
        height: of one cell.
        count: of classes.
    """

    left: float
    top: float
    width: float
    height: float
    count: int

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + self.count * self.width

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + self.count * self.height


def cut_name(name: str) -> str:
    """Return a class's name, cut if it is very long, for what is repeated in many cells."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def numbered_cells(counts: np.ndarray, classes: Sequence[str], grid: Grid) -> str:
    """Draw every cell with its count, shaded by its share of the row."""
    shares = _row_shares(counts)
    drawn = []
    for row, truth in enumerate(classes):
        for column, prediction in enumerate(classes):
            count = int(counts[row, column])
            x, y = grid.left + column * grid.width, grid.top + row * grid.height
            cell = element(
                "rect",
                x=x,
                y=y,
                width=grid.width,
                height=grid.height,
                fill=HEAT,
                fill_opacity=f"{_DARKEST_UNDER_NUMBERS * shares[row, column]:.2f}",
                stroke=GRID,
            )
            inside = text(
                x + grid.width / 2,
                y + grid.height / 2 + _FONT_SIZE / 3,
                _fitting(count, grid.width),
                size=_FONT_SIZE,
                fill=INK if count else MUTED,
                anchor="middle",
            )
            drawn.append(element("g", _hint(truth, prediction, count), cell, inside))
    return "".join(drawn)


def map_of_cells(counts: np.ndarray, classes: Sequence[str], grid: Grid) -> str:
    """Draw the cells that are not empty, shaded by their share of the row.

    A cell is a stroke of length and width 1, in coordinates of rows and columns. The largest counts, and of equal
    ones the mistakes first, tell what they are, until the text that this takes is used up.
    """
    shares = _row_shares(counts)
    rows, columns = np.nonzero(counts)
    order = np.lexsort((rows == columns, -counts[rows, columns]))
    telling: dict[int, list[str]] = defaultdict(list)
    silent: dict[int, list[str]] = defaultdict(list)
    left_over = _BYTES_FOR_HINTS
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        shade = math.ceil(_SHADES * shares[row, column])
        place = f"M{column} {row}h1"
        cell = element("path", _hint(classes[row], classes[column], counts[row, column]), d=place)
        left_over -= len(cell.encode())
        if left_over > 0:
            telling[shade].append(cell)
        else:
            silent[shade].append(place)
    groups = [
        element(
            "g",
            *telling[shade],
            *([element("path", d="".join(silent[shade]))] if silent[shade] else []),
            stroke_opacity=f"{_LIGHTEST + (1 - _LIGHTEST) * shade / _SHADES:.2f}",
        )
        for shade in sorted(telling.keys() | silent.keys())
    ]
    frame = element(
        "rect",
        x=grid.left,
        y=grid.top,
        width=grid.right - grid.left,
        height=grid.bottom - grid.top,
        fill="none",
        stroke=GRID,
    )
    return frame + element(
        "g",
        *groups,
        transform=f"translate({grid.left:.2f} {grid.top + grid.height / 2:.2f}) scale({grid.width:.4f})",
        stroke=HEAT,
        stroke_width=f"{max(1.0, _SMALLEST_CELL / grid.height):.2f}",
    )


def _row_shares(counts: np.ndarray) -> np.ndarray:
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _hint(truth: str, prediction: str, count: int) -> str:
    return hint(f"{isolate(cut_name(truth))} → {isolate(cut_name(prediction))}: {number(count)}")


def _fitting(count: int, width: float) -> str:
    """Return the count, in thousands or millions if there is no room for all its digits."""
    for label in (number(count), f"{count / 1e3:.0f}k", f"{count / 1e6:.0f}M"):
        if text_width(label, _FONT_SIZE) <= width:
            return label
    return "…"
