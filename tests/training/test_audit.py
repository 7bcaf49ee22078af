"""An audit finds labels that are wrong, by heads that have not seen the pictures, and leaves the run as it is."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from hydranet import CSV, ConfigError, Experiment, Regression, Run, SingleLabel, audit, drawings, train
from hydranet.backbones import Application
from hydranet.cli import main
from hydranet.drawings._collections import draw
from hydranet.experiment import FeaturesConfig

pytestmark = pytest.mark.slow

NUM_PICTURES = 100
WRONG = {20, 45}
ODD = 11
FIRST = 4


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Drawings of horses and humans, two of which have the wrong label; one is no drawing."""
    folder, rng = tmp_path_factory.mktemp("audit"), np.random.default_rng(0)
    with (folder / "pictures.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "split", "animal", "level"])
        for number in range(NUM_PICTURES):
            is_human = bool(number % 2)
            pixels = draw("horse_human", ("horse", "human")[is_human], index=number, image_size=64)
            if number == ODD:
                pixels = rng.integers(0, 256, (64, 64, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
            label = ("horse", "human")[is_human != (number in WRONG)]
            level = 10 * is_human + rng.normal() + 50 * (number == 7)
            table.writerow([f"{number}.png", "validation" if number > 79 else "train", label, level])
    source = str(folder / "pictures.csv")
    return train(
        Experiment(
            tasks={
                "animal": SingleLabel(name="animal", data=CSV(source, label="animal", split="split")),
                "level": Regression(name="level", data=CSV(source, label="level", split="split")),
            },
            backbone=Application(
                "MobileNetV2", image_size=64, weights="bundled", arguments=drawings.BACKBONE.arguments
            ),
            features=FeaturesConfig(dir=str(folder / "features")),
        ),
        folder / "run",
    )


def numbers(found):
    """The numbers of the suspects' pictures, the most suspicious first."""
    names = [found.assessment.dataset.pictures[suspect.row].name for suspect in found.suspects]
    return [int(name.rpartition("/")[2].removesuffix(".png")) for name in names]


def test_wrong_labels_come_first_with_what_is_right_and_numbers_by_their_error(run):
    before = {path.name: path.read_bytes() for path in run.folder.glob("*.*") if path.is_file()}
    audits = audit(run)
    animal, level = audits["animal"], audits["level"]

    assert set(numbers(animal)[:FIRST]) >= WRONG
    for suspect in animal.suspects:
        assert {suspect.truth, suspect.prediction} == {"horse", "human"}
        assert suspect.score == pytest.approx(suspect.confidence)
    scores = [suspect.score for suspect in animal.suspects]
    assert scores == sorted(scores, reverse=True)
    assert numbers(level)[0] == 7
    assert len(animal.unusual) == len(animal.splits) == 80
    assert animal.assessment.dataset.name(int(animal.unusual.argmax())).endswith(f"/{ODD}.png")
    assert {path.name: path.read_bytes() for path in run.folder.glob("*.*") if path.is_file()} == before


def test_the_validation_pictures_are_looked_at_too_if_wanted(run):
    found = audit(run, tasks=["animal"], folds=3, validation=True)["animal"]
    assert (found.splits.count("train"), found.splits.count("validation")) == (80, 20)


def test_the_command_writes_a_csv_and_a_page(run, tmp_path, capsys):
    path = tmp_path / "suspects.csv"
    assert main(["audit", str(run.folder), "--tasks", "animal", "--out", str(path), "--format", "json"]) == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    shown = json.loads(capsys.readouterr().out)

    assert {row["path"].rpartition("/")[2] for row in rows[:FIRST]} >= {f"{number}.png" for number in WRONG}
    assert [row["score"] for row in rows] == [f"{row['score']:.4f}" for row in shown]
    page = (run.folder / "audit" / "report.html").read_text()
    assert "Labels that are probably wrong" in page
    assert "Least like the others" in page


def test_what_can_not_be_audited_is_said(run):
    with pytest.raises(ConfigError, match="at least two folds: received 1"):
        audit(run, folds=1)
    with pytest.raises(ConfigError, match="Unknown task 'anmial'"):
        audit(Run(run.folder), tasks=["anmial"])
