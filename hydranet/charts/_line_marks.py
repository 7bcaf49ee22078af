"""One line of a chart: what it is, and its path, dots, notes and hints."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydranet.charts._axes import Axes, centred
from hydranet.charts._colours import NUM_SERIES
from hydranet.charts._legend import Entry
from hydranet.charts._scales import is_drawable, number
from hydranet.charts._svg import INK, colour, element, hint, isolate, points, text_width
from hydranet.charts._thinning import thin

_MOST_DRAWN = 500  # points of a line
_MOST_HINTS = 40
_MOST_DOTS = 15  # the points of a longer line are not marked
_DASHED = "5 3"
# The ninth line has the colour of the first, and is told from it by its dashes.
_DASHES_OF_ROUND = (None, "2 3", "9 3", "9 3 2 3")

_Place = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        name: what the legend calls it.
        xs: in the order in which they are joined.
        ys: as many; the line has a gap where a value is None, NaN or infinite.
        dashed: whether it is drawn dashed.
        series: the number of its colour, from 0; by default, its place among the lines.
        is_summary: whether it stands for all others, and is drawn wide, in the colour of text.
        spread: for each x, the values whose mean y is, drawn faint; none are if it is empty.
        notes: for each x, what is written above its point; nothing is if it is empty.
    """

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    dashed: bool = False
    series: int | None = None
    is_summary: bool = False
    spread: Sequence[Sequence[float]] = ()
    notes: Sequence[str] = ()


class DrawnLine:
    """A line with its look, ready to be drawn on axes.

    Args:
        line: what is drawn.
        index: its place among the lines.
        x_log: whether points at x 0 and below have no place.
        y_log: whether points at y 0 and below have no place.
    """

    def __init__(self, line: Line, index: int, *, x_log: bool, y_log: bool) -> None:
        self._line = line
        self._logs = (x_log, y_log)
        self._segments = self._divide()
        self.places = [place for segment in self._segments for place in segment]
        spread = [(x, y) for x, ys in zip(line.xs, line.spread, strict=False) for y in ys]
        self.spread = [place for x, y in spread if (place := self._place(x, y))]
        series = index if line.series is None else line.series
        dash = _DASHED if line.dashed else _DASHES_OF_ROUND[series // NUM_SERIES % len(_DASHES_OF_ROUND)]
        self.entry = Entry(line.name, INK if line.is_summary else colour(series), dash, is_line=True)

    def path(self, axes: Axes) -> str:
        """Return the line itself, which a single point has not."""
        places = "".join(
            points((axes.x(x), axes.y(y)) for x, y in thin(segment, _MOST_DRAWN))
            for segment in self._segments
            if len(segment) > 1
        )
        if not places:
            return ""
        return element(
            "path",
            d=places,
            fill="none",
            stroke=self.entry.colour,
            stroke_width=3 if self._line.is_summary else 2,
            stroke_linejoin="round",
            stroke_dasharray=self.entry.dash,
        )

    def dots(self, axes: Axes) -> str:
        """Return a dot at each point of a short line, at those that stand alone, and at what a point is the mean of."""
        alone = [segment[0] for segment in self._segments if len(segment) == 1]
        seen = self.places if len(self.places) <= _MOST_DOTS else alone
        dots = [element("circle", cx=axes.x(x), cy=axes.y(y), r=2.5) for x, y in seen]
        if self.spread:
            faint = [element("circle", cx=axes.x(x), cy=axes.y(y), r=2) for x, y in self.spread]
            dots.append(element("g", *faint, fill_opacity=".4"))
        return element("g", *dots, fill=self.entry.colour) if dots else ""

    def written(self, axes: Axes, width: float) -> str:
        """Return the notes above their points."""
        noted = zip(self._line.xs, self._line.ys, self._line.notes, strict=False)
        places = [(place, note) for x, y, note in noted if (place := self._place(x, y))]
        # Beside the first point is what is written at the y axis.
        return "".join(
            centred(max(axes.x(x), axes.x.start + 2 + text_width(note) / 2), axes.y(y) - 6, note, width)
            for (x, y), note in places
        )

    def hints(self, axes: Axes, x_label: str, y_label: str) -> str:
        """Return marks that are not seen, and tell the values that they stand at."""
        hints = [
            element(
                "circle",
                hint(f"{isolate(self._line.name)}: {y_label} {number(y)}, {x_label} {number(x)}"),
                cx=axes.x(x),
                cy=axes.y(y),
                r=6,
            )
            for x, y in thin(self.places, _MOST_HINTS)
        ]
        return element("g", *hints, fill="transparent") if hints else ""

    def _divide(self) -> list[list[_Place]]:
        """Divide the line at its gaps."""
        segments: list[list[_Place]] = [[]]
        for x, y in zip(self._line.xs, self._line.ys, strict=True):
            if place := self._place(x, y):
                segments[-1].append(place)
            elif segments[-1]:
                segments.append([])
        return [segment for segment in segments if segment]

    def _place(self, x: float | None, y: float | None) -> _Place | None:
        x_log, y_log = self._logs
        if is_drawable(x, log=x_log) and is_drawable(y, log=y_log):
            return float(x), float(y)
        return None
