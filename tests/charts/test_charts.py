"""Charts: marks where they belong, words that are safe, text that stays small."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from hydranet.charts._bar import Bar, bar_chart
from hydranet.charts._calibration import calibration_chart
from hydranet.charts._estimate import Estimate, estimate_chart
from hydranet.charts._line import line_chart
from hydranet.charts._line_marks import Line
from hydranet.charts._matrix import matrix_chart
from hydranet.charts._scatter import scatter_chart
from hydranet.charts._svg import clean, text_width
from hydranet.charts._thinning import thin

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'&quot;{}%s",
    "x" * 200,
    "🐕‍🦺 emoji",
    "كلب صغير",
    "\u202eevil\x00\ud800",
    "a\nb",
    "",
]


def parse(chart):
    """Return the chart without XML's name space."""
    return ElementTree.fromstring(re.sub(' xmlns="[^"]+"', "", chart, count=1))


def hints(chart):
    return [title.text for title in parse(chart).iter("title")]


def words(chart):
    return [text.text for text in parse(chart).iter("text")]


def places(path):
    """Return the points of a path of straight lines."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def paths(chart, stroke):
    return [path for path in parse(chart).iter("path") if path.get("stroke") == stroke]


def draw_line(xs, ys, **options):
    settings = {"x_label": "epoch", "y_label": "loss", "title": "curve", **options}
    return line_chart([Line("training", xs, ys)], **settings)


def draw_scatter(xs, ys, **options):
    return scatter_chart(xs, ys, x_label="truth", y_label="prediction", title="points", **options)


def matrix(num_classes, num_examples, accuracy, seed=0):
    """Return counts as those of a head that is right in a share of its answers."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((num_classes, num_classes), int)
    truth = np.arange(num_examples) % num_classes
    wrong = rng.integers(0, num_classes, num_examples)
    np.add.at(counts, (truth, np.where(rng.random(num_examples) < accuracy, truth, wrong)), 1)
    return counts


def draw_estimates(rows, **options):
    return estimate_chart(rows, title="estimates", x_label="accuracy, %", **options)


EMPTY = {
    "line": line_chart([], x_label="x", y_label="y", title="none"),
    "line_of_gaps": draw_line([1, 2], [None, math.nan]),
    "calibration": calibration_chart([], [], [], title="none"),
    "matrix": matrix_chart(np.zeros((0, 0), int), [], title="none"),
    "bar": bar_chart([], title="none", x_label="x"),
    "scatter": draw_scatter([], []),
    "estimate": draw_estimates([]),
}
CHARTS = {
    "line": line_chart(
        [Line(name, [1, 2, 3, 4], [index, None, 2, index], index > 3) for index, name in enumerate(HOSTILE)],
        x_label=HOSTILE[0],
        y_label=HOSTILE[4],
        title=HOSTILE[0],
        marker_x=1,
        diagonal=True,
    ),
    "one_point": draw_line([1], [0.5], x_integer=True),
    "all_equal": draw_line([1, 2, 3], [0.5] * 3),
    "huge": draw_line([1e9, 2e9], [-1e300, 1e300]),
    "tiny": draw_line([1e9, 1e9 + 0.1], [1e-300, 2e-300]),
    "log": draw_line([0, 1e-300, 1e300], [1, 2, 3], x_log=True),
    "calibration": calibration_chart([0.2, 0.9], [0.1, 1.0], [1, 10**9], title=HOSTILE[1]),
    "matrix": matrix_chart(matrix(8, 10**6, 0.6), HOSTILE, title=HOSTILE[2]),
    "one_class": matrix_chart(np.array([[7]]), ["cat"], title="one"),
    "heat_map": matrix_chart(matrix(120, 800, 0.6), HOSTILE * 15, title=HOSTILE[3]),
    "bar": bar_chart(
        [Bar(name, (-1.5, 1e9, None), ((-2, 1), None, (0, 1))) for name in HOSTILE],
        series=HOSTILE[:3],
        title=HOSTILE[5],
        x_label=HOSTILE[2],
    ),
    "zeros": bar_chart([Bar("a", (0,))], title="zeros", x_label="x"),
    "nothing_measured": bar_chart([Bar("a", (None,))], title="nothing", x_label="x"),
    "many_bars": bar_chart([Bar(name, (1, 2)) for name in HOSTILE * 15], series="ab", title="", x_label="x"),
    "named_ticks": draw_line([1, 2, 3], [1, 2, 3], x_ticks=[(x / 9, name) for x, name in enumerate(HOSTILE)]),
    "both_log": line_chart(
        [
            Line("a", [1, 10, 1000], [1, 0, 2e5], notes=HOSTILE[5:], spread=[[1, 2], [0], [1e9]]),
            Line("b", [1, 2], [3, 4], series=11, is_summary=True),
        ],
        **{"x_label": "x", "y_label": "y", "title": "logs", "x_log": True, "y_log": True, "width": 560},
    ),
    "estimate": draw_estimates(
        [Estimate(name, (1.0, None), ((1, math.inf), ()), ((-9, 9), None), name[:9]) for name in HOSTILE],
        series=HOSTILE[:2],
    ),
    "wide_bars": bar_chart(
        [Bar(HOSTILE[2], (1,), notes=("63 s",), series=9)], title="", x_label="", width=560
    ),
    "scatter": draw_scatter([1.0, math.inf, 3.0], [2.0, 1.0, math.nan]),
} | {f"empty_{name}": chart for name, chart in EMPTY.items()}


@pytest.fixture(params=CHARTS)
def chart(request):
    return CHARTS[request.param]


def test_every_chart_is_well_formed_and_runs_nothing(chart):
    assert {element.tag for element in parse(chart).iter()} <= {
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "text",
        "title",
    }
    assert not any(name.startswith("on") for element in parse(chart).iter() for name in element.attrib)


def test_every_colour_is_a_variable_of_the_page(chart):
    found = {
        element.get(name)
        for element in parse(chart).iter()
        for name in ("fill", "stroke")
        if element.get(name)
    }
    assert all(
        re.fullmatch(r"none|transparent|var\(--(ink|muted|grid|heat|series-[1-8])\)", c) for c in found
    )


def test_no_text_leaves_the_picture(chart):
    root = parse(chart)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for text in root.iter("text"):
        if "transform" in text.attrib:
            continue
        length = text_width(text.text or "", float(text.get("font-size", 11)))
        left = float(text.attrib["x"]) - length * {None: 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
        assert left >= -0.1, text.text
        assert left + length <= width + 0.1, text.text
        assert 0 < float(text.attrib["y"]) < height


def test_nothing_is_drawn_outside_the_picture(chart):
    root = parse(chart)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for circle in root.iter("circle"):
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height
    for rect in root.iter("rect"):
        assert float(rect.attrib["width"]) >= 0
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= width


@pytest.mark.parametrize("empty", EMPTY)
def test_a_chart_of_nothing_says_so(empty):
    assert words(EMPTY[empty])[1:] == ["no data"]


def test_a_name_that_is_cut_is_read_in_whole_by_pointing_at_it():
    shown = hints(CHARTS["bar"])
    assert HOSTILE[2] in shown
    assert f"{HOSTILE[0]}, {HOSTILE[1]}: 1,000,000,000" in shown


def test_the_title_is_what_a_screen_reader_says():
    root = parse(CHARTS["line"])
    assert (root.get("role"), root.get("aria-label")) == ("img", HOSTILE[0])
    assert root[0].text == HOSTILE[0]


def test_a_line_goes_through_its_points():
    [line] = paths(draw_line([0, 5, 10], [0, 1, 0.5], y_range=(0, 1)), "var(--series-1)")
    (left, bottom), (middle, top), (right, half) = places(line)
    assert middle == pytest.approx((left + right) / 2, abs=0.1)
    assert half == pytest.approx((bottom + top) / 2, abs=0.1)
    assert bottom - top == 190
    assert right == 346


def test_equal_factors_are_equally_far_apart_on_a_log_axis():
    chart = draw_line([0.0, 0.001, 0.01, 0.1, 1.0], [9, 1, 2, 3, 4], x_log=True)
    [line] = paths(chart, "var(--series-1)")
    xs = [x for x, _ in places(line)]
    assert np.diff(xs) == pytest.approx([(xs[-1] - xs[0]) / 3] * 3, abs=0.2)
    assert {"0.001", "0.01", "0.1", "1"} <= set(words(chart))


def test_a_line_has_gaps_and_a_point_between_them_is_a_dot():
    chart = draw_line(range(30), [1, 2, None, 3, math.nan, *range(25)])
    [line] = paths(chart, "var(--series-1)")
    assert line.attrib["d"].count("M") == 2
    [dots, told] = parse(chart).findall("g")
    assert (len(dots), len(told)) == (1, 28)
    assert dots.get("fill") == "var(--series-1)"


def test_pointing_at_a_line_gives_its_values():
    assert hints(draw_line([1, 2], [0.123456, 3]))[0] == "training: loss 0.12346, epoch 1"


def test_epochs_have_whole_numbers():
    losses = [0.1, 0.2, 0.3]
    assert {"1", "2", "3"} <= set(words(draw_line([1, 2, 3], losses, x_integer=True)))
    assert "1.5" in words(draw_line([1, 2, 3], losses))
    assert "1.5" not in words(draw_line([1, 2, 3], losses, x_integer=True))


def test_several_lines_have_a_legend_and_one_has_none():
    lines = [Line("training", [1, 2], [1, 2], dashed=True), Line("validation", [1, 2], [2, 3])]
    chart = line_chart(lines, x_label="epoch", y_label="loss", title="both")
    assert {"training", "validation"} <= set(words(chart))
    dashes = [path.get("stroke-dasharray") for path in paths(chart, "var(--series-1)")]
    assert dashes == ["5 3", "5 3"]  # the line and its entry in the legend
    assert "training" not in words(draw_line([1, 2], [1, 2]))


def test_the_ninth_line_has_the_colour_of_the_first_and_other_dashes():
    lines = [Line(str(index), [1, 2], [index, index]) for index in range(20)]
    chart = line_chart(lines, x_label="x", y_label="y", title="many")
    looks = {(path.get("stroke"), path.get("stroke-dasharray")) for path in parse(chart).iter("path")}
    assert len({look for look in looks if "series" in look[0]}) == 20


def test_a_line_shows_what_its_points_are_the_mean_of_and_what_is_noted():
    chart = line_chart(
        [Line("pets", [1, 2], [2, 4], spread=[[1, 3], [4, 4]], notes=["two", "four"])],
        **{"x_label": "cost", "y_label": "accuracy", "title": "curve", "y_range": (0.0, 4.0)},
    )
    [faint] = [group for group in parse(chart).iter("g") if group.get("fill-opacity")]
    assert [float(dot.get("cy")) for dot in faint] == [184.5, 89.5, 42, 42]
    assert {"two", "four"} <= set(words(chart))


def test_names_that_would_touch_each_other_stand_below_each_other():
    ticks = [(1.0, "frozen backbone"), (1.1, "last block alone"), (2.0, "all")]
    root = parse(draw_line([1, 2], [1, 2], x_ticks=ticks))
    rows = {text.text: float(text.get("y")) for text in root.iter("text")}
    assert rows["last block alone"] == rows["frozen backbone"] + 13
    assert rows["all"] == rows["frozen backbone"]


def test_a_marker_stands_at_its_x_with_its_value_even_beyond_the_lines():
    chart = draw_line([0, 5], [0, 1], marker_x=10)
    [marker] = paths(chart, "var(--ink)")
    assert [x for x, _ in places(marker)] == [346, 346]
    assert "10" in words(chart)
    assert "epoch 10" in hints(chart)


def test_the_diagonal_of_a_roc_curve_joins_the_corners():
    chart = draw_line([0, 0.1, 1], [0, 0.9, 1], y_range=(0, 1), diagonal=True)
    [diagonal] = [path for path in parse(chart).iter("path") if path.get("stroke-dasharray") == "4 4"]
    [line] = paths(chart, "var(--series-1)")
    assert places(diagonal) == [places(line)[0], places(line)[-1]]


def test_a_long_line_is_thinned():
    assert len(draw_line(range(100_000), np.sin(np.arange(100_000))).encode()) < 15_000


def test_a_reliability_diagram_has_points_on_the_diagonal_where_confidence_is_accuracy():
    chart = calibration_chart([0.5, 1.0], [0.5, 1.0], [25, 100], title="calibration")
    large, small = parse(chart).iter("circle")
    [diagonal] = [path for path in parse(chart).iter("path") if path.get("stroke-dasharray")]
    (left, bottom), (right, top) = places(diagonal)
    assert (float(large.get("cx")), float(large.get("cy"))) == (right, top)
    assert float(small.get("cx")) == pytest.approx((left + right) / 2, abs=0.1)
    assert float(small.get("cy")) == pytest.approx((bottom + top) / 2, abs=0.1)
    assert float(large.get("r")) == 2 * float(small.get("r"))
    assert hints(chart)[1] == "confidence 0.5, accuracy 0.5, 25 answers"


def test_a_small_matrix_has_names_numbers_and_shades():
    chart = matrix_chart(np.array([[30, 20], [0, 1200]]), ["horse", "human"], title="confusion")
    assert words(chart)[1:] == [
        *("truth ↓", "prediction →", "horse", "horse", "human", "human"),
        *("30", "20", "0", "1,200"),
    ]
    assert [rect.get("fill-opacity") for rect in parse(chart).iter("rect")] == [
        "0.42",
        "0.28",
        "0.00",
        "0.70",
    ]
    assert hints(chart) == [
        "horse → horse: 30",
        "horse → human: 20",
        "human → horse: 0",
        "human → human: 1,200",
    ]


def test_counts_without_room_are_rounded_and_told_exactly():
    counts = np.full((12, 12), 1_234_567)
    chart = matrix_chart(counts, [str(index) for index in range(12)], title="confusion")
    assert "1M" in words(chart)
    assert "3 → 4: 1,234,567" in hints(chart)


def test_a_large_matrix_is_a_map_of_its_cells_that_are_not_empty():
    counts = np.zeros((120, 120), int)
    counts[3, 7], counts[3, 3], counts[119, 0] = 3, 1, 2
    chart = matrix_chart(counts, [f"breed {index}" for index in range(120)], title="confusion")
    cells = {path.get("d"): path[0].text for path in parse(chart).iter("path") if len(path)}
    assert cells == {
        "M7 3h1": "breed 3 → breed 7: 3",
        "M3 3h1": "breed 3 → breed 3: 1",
        "M0 119h1": "breed 119 → breed 0: 2",
    }
    by_cell = {
        path.get("d"): float(group.get("stroke-opacity"))
        for group in parse(chart).iter("g")
        for path in group.findall("path")
        if len(path)
    }
    assert by_cell["M0 119h1"] == 1
    assert by_cell["M7 3h1"] > by_cell["M3 3h1"] > 0.3


@pytest.mark.parametrize("accuracy", [0.7, 0.0])
@pytest.mark.parametrize("name", ["n02099712-Labrador_retriever {}", "{}" + "x" * 200, "{}" + "犬" * 50])
def test_a_map_of_120_classes_stays_small(accuracy, name):
    counts = matrix(120, 800, accuracy)
    chart = matrix_chart(counts, [name.format(index) for index in range(120)], title="confusion")
    assert len(chart.encode()) < 60_000
    assert len(re.findall(r"M\d+ \d+h1", chart)) == np.count_nonzero(counts)


def test_a_matrix_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"Received counts \(2, 2\) of 3 classes"):
        matrix_chart(np.eye(2, dtype=int), ["a", "b", "c"], title="confusion")


def test_bars_are_as_long_as_their_values_and_begin_at_zero():
    chart = bar_chart([Bar("a", (100,)), Bar("b", (25,)), Bar("c", (-50,))], title="bars", x_label="x")
    first, second, third = parse(chart).iter("rect")
    length = float(first.get("width"))
    assert float(second.get("width")) == pytest.approx(length / 4, abs=0.1)
    assert float(third.get("width")) == pytest.approx(length / 2, abs=0.1)
    assert first.get("x") == second.get("x")
    assert float(third.get("x")) + float(third.get("width")) == pytest.approx(float(first.get("x")), abs=0.1)


def test_an_interval_lies_around_the_end_of_its_bar():
    chart = bar_chart(
        [Bar("cats_dogs", (0.5, 1.0), ((0.25, 0.75), None))],
        series=("separate", "joint"),
        title="bars",
        x_label="accuracy",
    )
    bar, other = [rect for rect in parse(chart).iter("rect") if rect.get("rx") is None]
    [whisker] = paths(chart, "var(--ink)")
    left, unit = float(bar.get("x")), float(other.get("width"))
    assert [x for x, _ in places(whisker)[:2]] == pytest.approx(
        [left + unit / 4, left + 3 * unit / 4], abs=0.2
    )
    assert "cats_dogs, separate: 0.5 (0.25 to 0.75)" in hints(chart)
    assert "cats_dogs, joint: 1" in hints(chart)


def test_few_bars_have_their_values_beside_them_and_a_missing_one_a_dash():
    chart = bar_chart([Bar("a", (12345, None))], series=("train", "test"), title="bars", x_label="x")
    assert {"12,345", "–", "train", "test"} <= set(words(chart))


def test_many_bars_stay_readable_and_small():
    rows = [Bar(f"breed {index}", (50, 10, 8)) for index in range(120)]
    chart = bar_chart(rows, series=("train", "validation", "test"), title="bars", x_label="pictures")
    assert {row.label for row in rows} <= set(words(chart))
    assert len(chart.encode()) < 80_000


def test_a_bar_for_each_series_is_needed():
    with pytest.raises(ValueError, match="zip"):
        bar_chart([Bar("a", (1,))], series=("train", "test"), title="bars", x_label="x")


def test_a_note_and_a_colour_of_its_own_may_stand_at_a_bar():
    chart = bar_chart([Bar("job", (63.4,), notes=("63 s: 99.6 %",), series=1)], title="bars", x_label="s")
    assert "63 s: 99.6 %" in words(chart)
    [bar] = parse(chart).iter("rect")
    assert bar.get("fill") == "var(--series-2)"


def test_an_estimate_has_its_mean_its_interval_and_what_it_is_the_mean_of():
    chart = draw_estimates([Estimate("breed", (-3.0,), ((-2, -4),), ((-8, 2),), "-3.00")], x_range=(-10, 10))
    [row] = [group for group in parse(chart).iter("g") if group.find("title") is not None]
    *seeds, mean = [float(circle.get("cx")) for circle in row.iter("circle")]
    [(low, _), (high, _)] = places(row.find("path"))
    assert mean == pytest.approx(sum(seeds) / 2, abs=0.1) == pytest.approx((low + high) / 2, abs=0.1)
    assert (seeds[0] - mean) * 5 == pytest.approx(high - mean, abs=0.5)
    assert hints(chart) == ["breed: -3 (-8 to 2)"]
    assert "-3.00" in words(chart)


def test_a_perfect_regression_lies_on_the_diagonal():
    chart = draw_scatter([0, 5, 10], [0, 5, 10])
    [diagonal] = [path for path in parse(chart).iter("path") if path.get("stroke-dasharray")]
    circles = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in parse(chart).iter("circle")]
    assert [circles[0], circles[-1]] == places(diagonal)
    assert hints(chart)[1] == "truth 5, prediction 5"


def test_a_scatter_chart_without_a_diagonal_has_a_range_for_each_axis():
    with_one, without = (draw_scatter([0, 1], [0, 100], diagonal=each) for each in (True, False))
    assert "0.5" not in words(with_one)
    assert "0.6" in words(without)


def test_many_points_are_thinned():
    values = np.random.default_rng(0).random(50_000)
    chart = draw_scatter(values, values)
    assert chart.count("h0") == 2000
    assert len(hints(chart)) == 200
    assert len(chart.encode()) < 60_000


def test_thinning_keeps_both_ends():
    assert thin(range(101), 3) == [0, 50, 100]
    assert thin("ab", 5) == ["a", "b"]


def test_hostile_text_is_shown_as_text():
    assert HOSTILE[0] in hints(CHARTS["line"]) + words(CHARTS["line"])
    assert clean(HOSTILE[5]) == "�evil��"
