"""The report of a run: one page for every kind of task that loads nothing, hides nothing and runs no foreign code."""

import csv
import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from PIL import Image

from hydranet import (
    CSV,
    Augmentation,
    Drawings,
    FineTuning,
    Folder,
    MultiLabel,
    Regression,
    SingleLabel,
    assess,
    train,
    write_report,
)
from hydranet.backbones import Application
from hydranet.drawings._collections import draw
from hydranet.experiment import Experiment, FeaturesConfig

pytestmark = pytest.mark.slow

SIZE = 64  # large enough for a feature map of several positions
HOSTILE = '<img src="http://example.com/x" onerror="alert(1)">'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def pictures(folder):
    """Cats and dogs, of which one is in training and validation, one can't be read, and one has two labels."""
    root = folder / "pictures"
    for split, numbers in (("train", range(12)), ("validation", range(12, 20))):
        for label in ("cat", "dog"):
            (root / split / label).mkdir(parents=True)
            for number in numbers:
                pixels = draw("cats_dogs", label, index=number, image_size=SIZE)
                Image.fromarray(pixels).save(root / split / label / f"{number}.png")
    (root / "validation" / "cat" / "twin.png").write_bytes((root / "train" / "cat" / "0.png").read_bytes())
    (root / "train" / "dog" / "contradicting.png").write_bytes(
        (root / "train" / "cat" / "1.png").read_bytes()
    )
    (root / "validation" / "dog" / "damaged.png").write_bytes(b"no picture")
    return root


@pytest.fixture(scope="module")
def table(folder, pictures):
    """The same pictures with a class that would like to be a script, several labels, and a number."""
    paths = [path for path in sorted(pictures.rglob("*.png")) if path.stem.isdigit()]
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "coat", "visible", "age"])
        for place, path in enumerate(paths):
            label = (HOSTILE, "plain")[path.parent.name == "dog"]
            writer.writerow([path, label, ("head", "tail", "head|tail")[place % 3], place % 7])
    return folder / "table.csv"


@pytest.fixture(scope="module")
def run(folder, pictures, table, mobilenet_weights):
    tasks = [
        SingleLabel(name="cats_dogs", data=Folder(str(pictures))),
        SingleLabel(name="coat", data=CSV(str(table), label="coat")),
        SingleLabel(name="breed", data=Drawings("dog_breeds", 4, 2)),
        MultiLabel(name="visible", data=CSV(str(table), label="visible")),
        Regression(name="age", data=CSV(str(table), label="age")),
    ]
    experiment = Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(
            "MobileNet", image_size=SIZE, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(folder / "features")),
        augmentation=Augmentation(views=2),
        fine_tuning=(FineTuning(unfreeze="1 block", epochs=2, batch_size=16),),
        skip_bad_images=True,
    )
    return train(experiment, folder / "run")


@pytest.fixture(scope="module")
def page(run):
    return write_report(run)


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Notes which tags are open, and every address."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.addresses, self.handlers = [], Counter(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.seen[tag] += 1
        self.addresses += [value for name, value in attributes if name in {"src", "href"}]
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen[tag] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def section(text, name):
    return re.search(rf'<section id="{name}">.*?</section>', text, re.DOTALL)[0]


def test_it_stands_in_the_run_and_loads_nothing_from_elsewhere(run, page, text):
    tags = Tags(text)
    assert page == run.folder / "report.html"
    assert not tags.open
    assert all(address.startswith(("data:", "#")) for address in tags.addresses)
    assert "default-src 'none'" in text


def test_a_class_name_is_text_and_nothing_else(text):
    tags = Tags(text)
    assert not tags.seen["script"]
    assert not tags.handlers
    assert "&lt;img src=" in text


@pytest.mark.parametrize(
    ("task", "shown"),
    [
        (
            "cats_dogs",
            ("Confusion matrix", "ROC curve", "Precision and recall", "Calibration", "Least certain"),
        ),
        ("breed", ("Confusion matrix", "Calibration", "Most often confused", "Every class")),
        ("visible", ("Calibration", "Every class", "Most confident mistakes")),
        ("age", ("Prediction against truth", "Largest errors")),
    ],
)
def test_each_kind_of_task_shows_what_can_be_known_of_it(text, task, shown):
    found = section(text, f"task-{task}")
    for what in (
        *shown,
        "Fine-tuning phase 1: loss",
        "Training pictures of each class",
        "As training sees them",
    ):
        assert what in found, what


def test_the_summary_has_each_task_with_its_interval(run, text):
    summary = section(text, "summary")
    for name, metrics in run.metrics["tasks"].items():
        value = f"{metrics.get('accuracy', metrics.get('mean_absolute_error')):.4f}"
        assert re.search(rf"{name}.*?{value}.*?\d to \d", summary, re.DOTALL), name


def test_what_is_wrong_with_the_pictures_is_named(text):
    data = section(text, "data")
    assert "1 in training and in another split, so what was measured is too good" in data
    assert "1 with two different labels" in data
    assert "twin.png" in data
    assert "damaged.png" in data


def test_a_report_of_other_pictures_leaves_that_of_the_training_alone(run, page, text, folder):
    unseen = {"cats_dogs": Drawings("cats_dogs", 1, 3, seed=9)}
    other = write_report(
        run, folder / "elsewhere" / "report.html", assessments=assess(run, data=unseen, tasks=["cats_dogs"])
    )
    assert "measured on the 6 pictures" in other.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_an_error_and_fetches_nothing(browser, page, width):
    browser.get_log("performance")
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    fetched = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in fetched if not url.startswith("data:")} == {page.as_uri()}
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    broken = "return [...document.images].filter(image => !image.naturalWidth).length"
    assert browser.execute_script(broken) == 0


def test_the_heat_maps_can_be_put_aside(browser, page):
    browser.get(page.as_uri())
    shown = "return getComputedStyle(document.querySelector('.heat')).display"
    assert browser.execute_script(shown) != "none"
    browser.find_element("id", "heat").click()
    assert browser.execute_script(shown) == "none"
