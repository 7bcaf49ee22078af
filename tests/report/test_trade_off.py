import csv

from hydranet.comparison._trade_off import TradeOff
from hydranet.report._trade_off import by_position, trade_off_table, write_trade_off
from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR

JUDGED_BY = {"pets": ACCURACY, "breed": ACCURACY, "age": MEAN_ABSOLUTE_ERROR}


def point(cut, tails, seed, cost, *accuracies, error=4.0):
    metrics = {name: {"accuracy": value} for name, value in zip(("pets", "breed"), accuracies, strict=True)}
    metrics["age"] = {"mean_absolute_error": error, "loss": 1.0}
    return TradeOff(cut, tails, seed, round(cost * 1000), cost, metrics, JUDGED_BY)


POINTS = [
    point("none", "frozen", 0, 1.0, 0.5, 0.25),
    point("none", "frozen", 1, 1.0, 0.75, 0.25),
    point("all", "own", 0, 3.0, 1.0, 0.5, error=2.0),
    point("all", "own", 1, 2.0, 1.0, 0.5, error=3.0),
]


def test_a_position_has_a_point_for_each_seed():
    assert by_position(POINTS) == [POINTS[:2], POINTS[2:]]


def test_only_metrics_of_one_kind_are_averaged_over_tasks():
    assert POINTS[1].means() == {ACCURACY: 0.5, MEAN_ABSOLUTE_ERROR: 4.0}


def test_the_table_has_a_row_for_each_position():
    header, frozen, own = trade_off_table(POINTS).splitlines()

    assert header.split()[:7] == ["trained", "tails", "relative", "cost", "pets", "breed", "age"]
    assert frozen.split() == ["none", "frozen", "1.00", "0.6250", "0.2500", "4.0000", "0.4375", "4.0000"]
    assert own.split() == ["all", "own", "2.50", "1.0000", "0.5000", "2.5000", "0.7500", "2.5000"]


def test_the_csv_has_a_row_for_each_point(tmp_path):
    write_trade_off(POINTS, tmp_path / "trade_off.csv")

    with (tmp_path / "trade_off.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        *("cut", "tails", "multiply_adds", "relative_cost"),
        *("pets_accuracy", "breed_accuracy", "age_mean_absolute_error", "seed"),
    ]
    assert rows[4] == ["all", "own", "2000", "2.0", "1.0", "0.5", "3.0", "1"]
    assert len(rows) == 5
