"""Confusion matrices: what is taken for what."""

import math
from collections.abc import Sequence

import numpy as np

from hydranet.charts._axes import TITLE_HEIGHT, WIDTH, chart, no_data
from hydranet.charts._cells import Grid, cut_name, map_of_cells, numbered_cells
from hydranet.charts._svg import MUTED, clean, element, points, text, text_width

_MOST_NUMBERED = 12  # classes
_MAX_WIDTH_OF_MAP = 600.0
_FONT_SIZE = 10
_WIDEST_LABEL = 96.0
_LABEL_HEIGHT = 11.0
_WIDEST_CELL = 100.0
_TALLEST_CELL = 44.0
_GAP = 5.0
_TRUTH = "truth ↓"
_PREDICTION = "prediction →"


def matrix_chart(counts: np.ndarray, classes: Sequence[str], *, title: str) -> str:
    """Return a confusion matrix, each cell shaded by its share of the truth's examples.

    Up to 12 classes have numbers in their cells. More give a map of the cells that are not empty, with a name at
    every so many rows and columns; pointing at a cell tells what it is.

    Args:
        counts: int `(num_classes, num_classes)`, rows = truth, columns = prediction.
        classes: their names.
        title: stands above, and is what a screen reader says.

    Returns:
        An `<svg>` element, smaller than 60 KB for 120 classes and 800 examples.

    Raises:
        ValueError: `counts` has not one row and one column for each class.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(
            f"Received counts {counts.shape} of {len(classes)} classes, "
            "expected one row and one column for each class."
        )
    if not len(classes):
        return no_data(title)
    with_numbers = len(classes) <= _MOST_NUMBERED
    names = [clean(name) if with_numbers else cut_name(clean(name)) for name in classes]
    labels = min(max(text_width(name, _FONT_SIZE) for name in names), _WIDEST_LABEL) + 1
    grid, upright = _grid(len(names), labels)
    cells = (numbered_cells if with_numbers else map_of_cells)(counts, names, grid)
    return chart(
        text(0, grid.top - _GAP, _TRUTH, size=_FONT_SIZE, fill=MUTED),
        text(grid.left, TITLE_HEIGHT + 11, _PREDICTION, size=_FONT_SIZE, fill=MUTED),
        *_labels(names, grid, labels, upright=upright),
        cells,
        title=title,
        height=grid.bottom + _GAP,
        max_width=None if with_numbers else _MAX_WIDTH_OF_MAP,
    )


def _grid(count: int, labels: float) -> tuple[Grid, bool]:
    """Return where the cells are, and whether there is room to write the columns' names upright."""
    left = max(labels, text_width(_TRUTH, _FONT_SIZE)) + _GAP
    width = min((WIDTH - left - 1) / count, _WIDEST_CELL)
    upright = labels + _GAP <= width
    top = TITLE_HEIGHT + 16 + (_LABEL_HEIGHT if upright else labels) + _GAP
    return Grid(left, top, width, min(width, _TALLEST_CELL), count), upright


def _labels(names: Sequence[str], grid: Grid, width: float, *, upright: bool) -> list[str]:
    """Write the names of rows and columns, or of every so many where there is no room for all."""
    drawn = []
    every = math.ceil(_LABEL_HEIGHT / grid.height)
    for index in range(0, len(names), every):
        x, y = grid.left + (index + 0.5) * grid.width, grid.top + (index + 0.5) * grid.height
        if every > 1:
            ticks = points([(grid.left - 3, y), (grid.left, y)]) + points([(x, grid.top - 3), (x, grid.top)])
            drawn.append(element("path", d=ticks, stroke=MUTED))
        drawn.append(
            text(grid.left - _GAP, y + 3.5, names[index], width=width, size=_FONT_SIZE, anchor="end")
        )
        if upright:
            drawn.append(
                text(x, grid.top - _GAP, names[index], width=width, size=_FONT_SIZE, anchor="middle")
            )
        else:
            turned = f"translate({x + 3.5:.1f} {grid.top - _GAP:.1f}) rotate(-90)"
            drawn.append(text(0, 0, names[index], width=width, size=_FONT_SIZE, transform=turned))
    return drawn
