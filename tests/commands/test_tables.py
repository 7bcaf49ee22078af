import csv
import io
import logging
import math

import pytest

from hydranet.backbones._cuts import Cut
from hydranet.cli import main
from hydranet.commands._shared import print_text
from hydranet.commands._tables import (
    checks_table,
    cuts_table,
    metrics_table,
    predictions_csv,
    predictions_table,
)
from hydranet.evaluation._interval import Interval
from hydranet.runs._verify import HeadCheck
from hydranet.tables import escaped, format_table
from hydranet.tasks import Prediction, Regression, SingleLabel

TASKS = {
    "breed": SingleLabel(name="breed"),
    "coat": SingleLabel(name="coat"),
    "age": Regression(name="age"),
}

ANSWERS = [
    {
        "breed": Prediction("poodle, small", 0.75, (("poodle, small", 0.75), ("corgi", 0.25))),
        "visible": Prediction(("head", "tail")),
        "age": Prediction(3.25, unusual=0.125),
    }
]


def test_numbers_stand_to_the_right_and_text_to_the_left():
    assert format_table(["task", "value"], [["a", 1], ["longer", 12.5]]).splitlines() == [
        "task    value",
        "a           1",
        "longer   12.5",
    ]


def test_a_table_without_rows_is_its_header():
    assert format_table(["task", "value"], []) == "task  value"


def test_each_task_shows_the_metric_it_has():
    shown = metrics_table(
        TASKS,
        {
            "breed": {"split": "validation", "accuracy": 0.5, "loss": 1.0, "num_examples": 8},
            "age": {"split": "validation", "mean_absolute_error": 2.0, "loss": 1.0, "num_examples": 4},
        },
        random={"breed": {"accuracy": 0.25}, "age": {"mean_absolute_error": 9.0}},
    )
    assert shown.splitlines()[0].split() == [
        "task",
        "split",
        "metric",
        "value",
        "random",
        "backbone",
        "pictures",
    ]
    assert shown.splitlines()[1].split() == ["breed", "validation", "accuracy", "0.5000", "0.2500", "8"]
    assert shown.splitlines()[2].split() == [
        "age",
        "validation",
        "mean_absolute_error",
        "2.0000",
        "9.0000",
        "4",
    ]


def test_every_kind_of_answer_has_a_cell():
    row = predictions_table(["a.jpg"], ANSWERS).splitlines()[1]
    assert row == "a.jpg  poodle, small 0.750  head, tail  3.25"


def test_csv_quotes_what_needs_it_and_leaves_out_what_there_is_not():
    assert predictions_csv(["a.jpg"], ANSWERS).splitlines() == [
        "image,task,label,probability,unusual",
        'a.jpg,breed,"poodle, small",0.750000,',
        "a.jpg,visible,head|tail,,",
        "a.jpg,age,3.25,,0.125000",
    ]


def test_a_task_that_is_not_answered_leaves_a_dash_in_the_table_and_nothing_in_the_csv():
    answers = [
        {"pet": Prediction("cat", 0.75), "breed": None},
        {"pet": Prediction("dog", 1.0)},
        {"breed": None},
    ]
    names = ["a.jpg", "b.jpg", "c.jpg"]
    assert [line.split() for line in predictions_table(names, answers).splitlines()] == [
        ["image", "pet", "breed"],
        ["a.jpg", "cat", "0.750", "-"],
        ["b.jpg", "dog", "1.000", "-"],
        ["c.jpg", "-", "-"],
    ]
    assert predictions_csv(names, answers).splitlines()[1:] == [
        "a.jpg,pet,cat,0.750000,",
        "a.jpg,breed,,,",
        "b.jpg,pet,dog,1.000000,",
        "c.jpg,breed,,,",
    ]


def test_a_cut_says_what_storing_it_costs():
    shown = cuts_table([Cut("block_1", 7, (20, 20, 16), 1000, 0.25)], "float16")
    assert shown.splitlines()[1].split() == ["block_1", "7", "20x20x16", "0.2500", "12800"]


def test_a_check_says_how_strictly_it_compared():
    shown = checks_table([HeadCheck("a", "ok", 0.0, True), HeadCheck("b", "unrecorded")])
    assert shown.splitlines()[1].split() == ["a", "ok", "0.0e+00", "bit", "for", "bit"]
    assert shown.splitlines()[2].split() == ["b", "unrecorded", "-", "within", "1e-5"]


def test_an_interval_stands_beside_its_metric_and_one_that_is_not_known_is_a_dash():
    metrics = {"split": "test", "accuracy": 0.5, "loss": 1.0, "num_examples": 8}
    shown = metrics_table(
        TASKS,
        {"breed": metrics, "coat": metrics},
        {"breed": Interval(0.5, 0.25, 0.75), "coat": Interval(0.5, math.nan, math.nan)},
    )
    assert shown.splitlines()[1].split() == [
        "breed",
        "test",
        "accuracy",
        "0.5000",
        "0.2500",
        "to",
        "0.7500",
        "8",
    ]
    assert shown.splitlines()[2].split() == ["coat", "test", "accuracy", "0.5000", "-", "8"]


HOSTILE = "\x1b[2J\x9b1m\r\n=HYPERLINK(1)\u202e\udcff"


@pytest.mark.parametrize("name", [HOSTILE, "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "＝1+1"])
def test_nothing_in_a_name_is_a_command_to_a_terminal_or_a_spreadsheet(name):
    answers = [{"breed": Prediction(name, 0.75, ((name, 0.75),)), "age": Prediction(-3.25)}]
    table, text = predictions_table([name], answers), predictions_csv([name], answers)
    rows = list(csv.reader(io.StringIO(text)))

    assert all(line.isprintable() for line in [*table.splitlines(), *text.splitlines()])
    assert [len(table.splitlines()), len(rows)] == [2, 3]
    for cell in (rows[1][0], rows[1][2]):
        assert cell[0] not in "=+-@＝"
        assert cell.removeprefix("'") == escaped(name)
    assert rows[2][2] == "-3.25"
    table.encode()


def test_what_is_printed_or_logged_holds_no_command(capfd):
    print_text(f"one\n{HOSTILE}")
    assert main(["train", f"{HOSTILE}.yaml"]) == 2
    # pytest keeps what is logged, and could not hand half a character on from one of its processes to another.
    logging.getLogger("hydranet").warning("%s", HOSTILE.encode(errors="ignore").decode())
    for text in capfd.readouterr():
        assert all(line.isprintable() for line in text.split("\n"))
