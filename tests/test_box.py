"""A box goes the whole way, from a CSV file to report, prediction, export and server."""

import base64
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import (
    Box,
    Coordinates,
    Flatten,
    Predictor,
    Run,
    assess,
    cli,
    export,
    verify,
    write_report,
)
from hydranet.data import Motion
from hydranet.engines import ENGINES
from hydranet.errors import ConfigError, DataError
from hydranet.evaluation import augmented, class_samples, metric_interval, most_confident_mistakes
from hydranet.tasks import load_plugin
from hydranet.testing import check_head, check_task

from .extensions.served import ask

PLUGIN = Path(__file__).parent / "extensions" / "tiny_backbone.py"
WIDTH, HEIGHT = 96, 64
CONFIG = """
plugins: [{plugin}]
backbone: {{kind: tiny, width: 8, image_size: [64, 80]}}
features: {{dir: {folder}/features}}
augmentation: {{views: 4, flip: true, rotation: 10, crop: 0.1}}
training: {{learning_rate: 0.02, batch_size: 8, max_epochs: 150, patience: 150}}
fine_tuning: {{unfreeze: 1 block, epochs: 1, batch_size: 8}}
tasks:
  where:
    kind: box
    head: {{kind: coordinates, feature: map, hidden: 32, dropout: 0}}
    data: {{kind: boxes, path: {data}/boxes.csv}}
"""


@pytest.fixture(scope="module", autouse=True)
def _plugins():
    load_plugin(str(PLUGIN))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A bright rectangle on dark ground, in training always to the left."""
    folder, random, rows = tmp_path_factory.mktemp("boxes"), np.random.default_rng(0), []
    for split, count in (("train", 48), ("validation", 12)):
        (folder / split).mkdir()
        for number in range(count):
            picture = random.integers(0, 90, (HEIGHT, WIDTH, 3)).astype(np.uint8)
            left = random.integers(2, 30) if split == "train" else random.integers(30, 52)
            top, side, width = random.integers(2, 30), random.integers(20, 32), random.integers(24, 40)
            picture[top : top + side, left : left + width] += 150
            Image.fromarray(picture).save(folder / split / f"{number}.png")
            rows.append(f"{split}/{number}.png,{left},{top},{left + width},{top + side}")
    (folder / "boxes.csv").write_text("\n".join(["image,x_min,y_min,x_max,y_max", *rows]))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("head", [Coordinates(hidden=4, feature="map"), Flatten(feature="map")])
def test_it_keeps_the_contract(head):
    check_task(Box(name="where", head=head), ["0.25 0.1 0.75 0.9", (0, 0.5, 1, 1), "0,0,1,1"])
    check_head(head)


@pytest.mark.parametrize(
    "label", ["", "0.1 0.2 0.3", "a b c d", "0.5 0 0.5 1", "0.6 0 0.5 1", "2 0 3 1", "nan 0 1 1", 7, None]
)
def test_what_is_no_box_is_named(label):
    with pytest.raises(
        DataError, match="of the task 'where' is no box: expected left, upper, right and lower"
    ):
        Box(name="where").encode(["0 0 1 1", label])


def test_a_box_that_reaches_outside_is_cut_off_and_counted():
    task, labels = Box(name="where"), ["-0.1 0.5 0.5 1.01", "0 0 1 1"]
    np.testing.assert_allclose(task.encode(labels), [[0, 0.5, 0.5, 1], [0, 0, 1, 1]])
    assert task.label_notes(labels) == ["1 box(es) reach outside of their pictures and are cut off."]


def test_a_box_that_has_left_the_view_teaches_nothing():
    task = Box(name="where")
    [box] = task.encode(["0 0 0.4 0.4"])
    away = task.moved(box, Motion((64, 64), scale=0.5, top=1, left=1))
    losses = np.asarray(task.loss(np.stack([box, away]), np.full((2, 4), 0.7, np.float32)))
    assert losses[0] > 0.5
    assert losses[1] == 0


def test_overlap_is_that_of_the_areas_whatever_the_order_of_the_edges():
    task = Box(name="where")
    labels = task.encode(["0 0 0.5 1"] * 3)
    judgement = task.judge(labels, np.array([[0, 0, 1, 1], [0.5, 1, 0, 0], [0.5, 0, 1, 1]], np.float32))
    assert judgement.values.tolist() == [0.5, 1, 0]
    assert judgement.answers[1] == "0.000 0.000 0.500 1.000"


def test_examples_of_several_pictures_have_no_box(tmp_path):
    config = tmp_path / "several.yaml"
    config.write_text(
        f"plugins: [{PLUGIN}]\nbackbone: {{kind: tiny}}\n"
        "tasks: {where: {kind: box, data: {kind: csv, path: x.csv, label: box, image: [a, b]}}}"
    )
    from hydranet import load_config

    with pytest.raises(ConfigError, match=r"labels of 'where' are about places in one picture"):
        load_config(config)


@pytest.fixture(scope="module")
def run(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("where")
    (folder / "where.yaml").write_text(CONFIG.format(plugin=PLUGIN, folder=folder, data=data))
    assert cli.main(["train", str(folder / "where.yaml"), "--run", str(folder / "run")]) == 0
    return Run(folder / "run")


@pytest.mark.slow
def test_it_is_measured_by_overlap_with_an_interval_over_pictures(run):
    metrics = run.metrics["tasks"]["where"]
    assert metrics["iou"] > 0.6
    assert metrics["share_above_half"] > 0.7
    assessment = assess(run)["where"]
    interval = metric_interval(assessment)
    assert interval.low < metrics["iou"] == pytest.approx(interval.mean, abs=1e-6)
    assert interval.mean < interval.high
    worst, *_ = most_confident_mistakes(assessment, 3)
    assert worst.row == assessment.judgement.values.argmin()
    assert [check.status for check in verify(run.model)] == ["ok"]


@pytest.mark.slow
def test_boxes_move_with_the_views_of_their_pictures(run):
    samples = class_samples(run, assess(run)["where"], 8, 8)
    moved = 0
    for sample in samples:
        for view in augmented(run, sample, limit=4):
            rows, columns = np.nonzero(view.images.mean(axis=-1) > 120)
            height, width = view.images.shape[:2]
            seen = [columns.min() / width, rows.min() / height, (columns.max() + 1) / width]
            np.testing.assert_allclose(view.target[:3], seen, atol=0.06)
            moved += not np.allclose(view.target, sample.target)
    assert moved >= len(samples)


@pytest.mark.slow
def test_the_report_draws_answers_and_labels(run):
    page = write_report(run).read_text()
    for part in ("box; reads map", "Overlap of answer and label", "Largest errors", "view 1", "Drawn on"):
        assert part in page


@pytest.mark.slow
def test_a_rectangle_is_drawn_where_the_box_is():
    drawn = Box(name="where").draw(np.array([0.25, 0.5, 0.75, 1.0], np.float32))
    rows, columns = np.nonzero(drawn[..., 3])
    around = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / len(drawn)
    np.testing.assert_allclose(around, [0.25, 0.5, 0.75, 1], atol=0.02)
    assert drawn[84, 56, 3] == 0


@pytest.fixture(scope="module")
def picture(data):
    return data / "validation/0.png"


@pytest.mark.slow
def test_the_command_line_gives_boxes(run, picture, capsys):
    [answer] = Predictor(run.folder).predict([picture])
    box = answer["where"].box
    assert all(0 <= edge <= 1 for edge in box)
    text = " ".join(f"{edge:.3f}" for edge in box)

    printed = {}
    for form in ("table", "json", "csv"):
        capsys.readouterr()
        assert cli.main(["predict", str(run.folder), str(picture), "--format", form]) == 0
        printed[form] = capsys.readouterr().out
    [row] = json.loads(printed["json"])
    assert row["predictions"]["where"]["box"] == pytest.approx(box, abs=1e-5)
    assert text in printed["table"]
    [row] = csv.DictReader(io.StringIO(printed["csv"]))
    assert row["label"] == text


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["saved_model", "onnx", "litert"])
def test_an_export_answers_alike(run, tmp_path, file_format):
    report = export(run, tmp_path / "exported", file_format=file_format)
    assert report.largest_differences["where"] <= 1e-4
    described = json.loads(next((tmp_path / "exported").rglob("hydranet.json")).read_text())
    assert described["tasks"]["where"]["output"]["shape"] == [None, 4]
    assert "left, upper, right and lower edge" in json.dumps(described["tasks"]["where"])


@pytest.mark.slow
def test_engines_answer_alike(run, picture):
    predictor = Predictor(run.folder)
    images = np.stack([predictor.read(picture)] * 3)
    expected = predictor.answer(images).scores("where")
    for engine in ("litert", "onnxruntime", "openvino"):
        if ENGINES[engine].is_installed():
            answers = Predictor(run.folder, engine=engine).answer(images)
            np.testing.assert_allclose(answers.scores("where"), expected, atol=1e-4)


@pytest.mark.slow
def test_a_server_answers_alike(run, picture):
    predictor = Predictor(run.folder)
    [expected] = predictor.predict([picture])
    content = picture.read_bytes()
    tensor = {
        "name": "images",
        "datatype": "BYTES",
        "shape": [1],
        "data": [base64.b64encode(content).decode()],
    }
    answer, inferred = ask(
        predictor,
        ("POST", "/predict", {"content": content}),
        ("POST", "/v2/models/model/infer", {"json": {"inputs": [tensor]}}),
    )
    assert answer["predictions"]["where"]["box"] == pytest.approx(expected["where"].box, abs=1e-5)
    [output] = inferred["outputs"]
    assert output["shape"] == [1, 4]
    assert output["data"] == pytest.approx(expected["where"].box, abs=1e-5)
