"""A class for each pixel goes the whole way, from masks to report, prediction, export and server."""

import base64
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import (
    Backbone,
    HydraNet,
    Map,
    Masks,
    Predictor,
    Run,
    Segmentation,
    SingleLabel,
    assess,
    cli,
    export,
    verify,
    write_report,
)
from hydranet.engines import ENGINES
from hydranet.errors import ConfigError, DataError
from hydranet.evaluation import (
    augmented,
    class_balance,
    class_samples,
    confusion,
    metric_interval,
    most_confident_mistakes,
)
from hydranet.features import load_splits
from hydranet.tasks import load_plugin
from hydranet.testing import check_head, check_source, check_task

from .extensions.served import ask

PLUGIN = Path(__file__).parent / "extensions" / "tiny_backbone.py"
CLASSES = ("ground", "square", "never")
SIZE, MAP_SIZE = 64, 16
CONFIG = """
plugins: [{plugin}]
backbone: {{kind: tiny, width: 8, image_size: 64}}
features: {{dir: {folder}/features}}
augmentation: {{views: 3, flip: true}}
training: {{learning_rate: 0.02, batch_size: 4, max_epochs: 40, patience: 40}}
fine_tuning: {{unfreeze: 1 block, epochs: 1, batch_size: 8}}
tasks:
  where:
    kind: segmentation
    classes: [ground, square, never]
    map_size: [16, 16]
    head: {{kind: map, feature: map, hidden: 16, dropout: 0}}
    data: {{kind: masks, path: {masks}/pictures, masks: {masks}/masks}}
"""


@pytest.fixture(scope="module", autouse=True)
def _plugins():
    load_plugin(str(PLUGIN))


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    """A bright square on dark ground, in training always to the left; of each mask some rows have no label."""
    folder, random = tmp_path_factory.mktemp("masks"), np.random.default_rng(0)
    for split, count in (("train", 24), ("validation", 8)):
        for kind in ("pictures", "masks"):
            (folder / kind / split).mkdir(parents=True)
        for number in range(count):
            picture = random.integers(0, 90, (SIZE, SIZE, 3)).astype(np.uint8)
            mask = np.zeros((SIZE, SIZE), np.uint8)
            left = random.integers(0, 12) if split == "train" else random.integers(28, 40)
            top, side = random.integers(8, 36), random.integers(16, 24)
            picture[top : top + side, left : left + side] += 150
            mask[top : top + side, left : left + side] = 1
            mask[-4:] = 255
            Image.fromarray(picture).save(folder / "pictures" / split / f"{number}.png")
            Image.fromarray(mask).save(folder / "masks" / split / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def task():
    """The task, for small maps."""
    return Segmentation(name="where", classes=CLASSES, map_size=(4, 6), head=Map(hidden=4, feature="map"))


@pytest.mark.slow
def test_it_keeps_the_contract(task, masks):
    partly = np.array([[0, 1, 2], [1, 255, 255]])
    check_task(task, [partly, np.full((4, 6), 2), str(masks / "masks/train/0.png")])
    check_head(task.head)
    check_source(Masks(str(masks / "pictures"), str(masks / "masks")))


def test_what_is_no_mask_is_named(task, tmp_path):
    wrong = tmp_path / "wrong.png"
    Image.fromarray(np.full((4, 4), 7, np.uint8)).save(wrong)
    with pytest.raises(DataError, match=r"wrong\.png is no mask of 'where': received values \[7\]"):
        task.encode([str(wrong)])


def test_values_stand_for_classes_as_is_said():
    task = Segmentation(name="pet", classes=("pet", "ground"), values=(1, 2), ignored=(3,), map_size=(1, 3))
    assert task.encode([np.array([[2, 1, 3]])]).tolist() == [[[1, 0, 255]]]
    with pytest.raises(
        DataError, match=r"received values \[0, 1, 2\].*expected at each pixel one of \[1, 2\]"
    ):
        task.encode([np.array([[0, 1, 2]])])


@pytest.mark.parametrize("settings", [{"values": (1,)}, {"values": (1, 1)}, {"values": (1, 255)}])
def test_values_that_can_not_be_told_apart_are_refused(settings):
    with pytest.raises(ConfigError, match="values of 'pet'"):
        Segmentation(name="pet", classes=("pet", "ground"), **settings)


def test_a_picture_without_a_mask_is_named(masks, tmp_path):
    with pytest.raises(DataError, match=r"\d+\.png has no mask: expected .*\d+\.png"):
        Masks(str(masks / "pictures"), str(tmp_path)).load()


def test_folders_beside_the_splits_are_named_without_advice_that_masks_do_not_know(masks, tmp_path):
    for folder in ("train", "more"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / folder / "1.png")
    with pytest.raises(DataError, match="has pictures in 'more' beside 'train'") as error:
        Masks(str(tmp_path), str(masks / "masks")).load()
    assert "split_folders" not in str(error.value)


def test_pictures_that_are_not_divided_are_by_their_content(masks):
    splits = load_splits(Segmentation(name="where", classes=CLASSES, data=Masks(*_all(masks, "train"))))
    assert len(splits["train"]) + len(splits["validation"]) == 24
    assert len(splits["validation"]) > 0


def _all(masks, split):
    return [str(masks / kind / split) for kind in ("pictures", "masks")]


def test_a_class_that_is_somewhere_opens_a_gate(task):
    outputs = np.zeros((2, *task.output_shape), np.float32)
    outputs[..., 0] = 1
    outputs[1, 2, 3, 2] = 3
    assert task.any_present(outputs, [2]).tolist() == [False, True]
    assert task.any_present(outputs, [2], above=0.5).tolist() == [False, True]
    assert task.any_present(outputs, [1, 2], above=0.9).tolist() == [False, False]


def test_a_pixel_without_a_label_counts_nowhere(task):
    labels = task.encode([np.array([[0, 1], [1, 255]])])
    outputs = np.log(np.eye(3, dtype=np.float32)[np.where(labels == 255, 2, labels)] + 0.1)
    choices = task.judge(labels, outputs)

    assert choices.known.sum() == 18
    assert choices.values.tolist() == [1.0]
    outputs[0, 0, 0] = [0, 0, 9]
    assert task.judge(labels, outputs).values == pytest.approx([17 / 18])


@pytest.fixture(scope="module")
def run(tmp_path_factory, masks):
    folder = tmp_path_factory.mktemp("where")
    (folder / "where.yaml").write_text(CONFIG.format(plugin=PLUGIN, folder=folder, masks=masks))
    assert cli.main(["train", str(folder / "where.yaml"), "--run", str(folder / "run")]) == 0
    return Run(folder / "run")


@pytest.mark.slow
def test_it_is_measured_pixel_by_pixel_with_an_interval_over_pictures(run):
    metrics = run.metrics["tasks"]["where"]
    assert metrics["accuracy"] > 0.9
    assert metrics["iou_square"] > 0.5 < metrics["mean_iou"]
    assessment = assess(run)["where"]
    interval = metric_interval(assessment)
    assert interval.low < metrics["accuracy"] < interval.high
    assert confusion(assessment).counts.sum() == 8 * 15 * MAP_SIZE
    assert class_balance(assessment.task, assessment.splits) == {
        "ground": {"train": 24, "validation": 8},
        "square": {"train": 24, "validation": 8},
    }
    assert [check.status for check in verify(run.model)] == ["ok"]


@pytest.mark.slow
def test_labels_move_with_the_views_of_their_pictures(run):
    samples = class_samples(run, assess(run)["where"], 8, 8)
    columns = []
    for view in (view for sample in samples for view in augmented(run, sample, limit=3)):
        bright, labelled = view.images.mean(axis=-1) > 120, view.target.argmax(axis=-1) == 1
        columns.append([np.flatnonzero(each.any(axis=0)).mean() for each in (bright, labelled)])
    of_picture, of_label = np.transpose(columns)
    np.testing.assert_allclose(of_picture, SIZE / MAP_SIZE * of_label + 1.5, atol=2)
    assert of_label.min() < MAP_SIZE / 2 < of_label.max()


@pytest.mark.slow
def test_the_report_draws_answers_and_labels_picture_by_picture(run):
    page = write_report(run).read_text()
    for part in (
        "segmentation, 3 classes",
        "Confusion matrix",
        ">pixels</th>",
        "view 1",
        "of it",
        "Drawn on",
    ):
        assert part in page
    rows = [each.row for each in most_confident_mistakes(assess(run)["where"], 100)]
    assert len(rows) == len(set(rows)) <= 8


@pytest.fixture(scope="module")
def picture(masks):
    return masks / "pictures/validation/0.png"


@pytest.mark.slow
def test_the_command_line_gives_maps(run, picture, capsys):
    [answer] = Predictor(run.folder).predict([picture])
    where = answer["where"]
    assert where.map.shape == (MAP_SIZE, MAP_SIZE)
    truth = np.asarray(
        Image.open(picture.parents[2] / "masks/validation/0.png").resize((MAP_SIZE, MAP_SIZE), 0)
    )
    assert (where.map == truth)[truth != 255].mean() > 0.85

    printed = {}
    for form in ("table", "json", "csv"):
        capsys.readouterr()
        assert cli.main(["predict", str(run.folder), str(picture), "--format", form]) == 0
        printed[form] = capsys.readouterr().out
    [row] = json.loads(printed["json"])
    assert row["predictions"]["where"]["map"] == where.map.tolist()
    assert row["predictions"]["where"]["label"] == ["ground", "square"]
    assert f"ground, square (map {MAP_SIZE} x {MAP_SIZE})" in printed["table"]
    [row] = csv.DictReader(io.StringIO(printed["csv"]))
    assert row["label"] == "ground|square"


@pytest.mark.slow
def test_the_command_line_writes_masks_of_the_size_of_the_pictures(run, masks, tmp_path, capsys):
    pictures = masks / "pictures/validation"
    assert cli.main(["predict", str(run.folder), str(pictures), "--masks", str(tmp_path / "out")]) == 0
    written = sorted(path.name for path in (tmp_path / "out/where").iterdir())
    assert written == sorted(f"{path.name}.png" for path in pictures.iterdir())
    mask = Image.open(tmp_path / "out/where/0.png.png")
    [answer] = Predictor(run.folder).predict([pictures / "0.png"])
    assert (mask.mode, mask.size) == ("P", (SIZE, SIZE))
    step = SIZE // MAP_SIZE
    np.testing.assert_array_equal(np.asarray(mask)[step // 2 :: step, step // 2 :: step], answer["where"].map)


@pytest.mark.slow
def test_masks_of_a_run_that_has_none_are_refused(tmp_path, capsys):
    model = HydraNet(
        Backbone.variants()["tiny"](image_size=32), [SingleLabel(name="plain", classes=("a", "b"))]
    )
    model.save(tmp_path / "model.keras")
    Image.new("RGB", (32, 32)).save(tmp_path / "picture.png")
    command = [
        "predict",
        str(tmp_path / "model.keras"),
        str(tmp_path / "picture.png"),
        "--masks",
        str(tmp_path),
    ]
    assert cli.main(command) == 2
    assert "--masks: none of plain answers with a class at each pixel" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["saved_model", "onnx", "litert"])
def test_an_export_answers_alike(run, picture, tmp_path, file_format):
    report = export(run, tmp_path / "exported", file_format=file_format)
    assert report.largest_differences["where"] <= 1e-4
    described = json.loads(next((tmp_path / "exported").rglob("hydranet.json")).read_text())
    assert described["tasks"]["where"]["output"]["shape"] == [None, MAP_SIZE, MAP_SIZE, 3]


@pytest.mark.slow
def test_engines_answer_alike(run, picture):
    predictor = Predictor(run.folder)
    images = np.stack([predictor.read(picture)] * 3)
    expected = predictor.answer(images).scores("where")
    assert expected.shape == (3, MAP_SIZE, MAP_SIZE, 3)
    for engine in ("litert", "onnxruntime"):
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
    assert answer["predictions"]["where"] == json.loads(json.dumps(expected["where"].as_data()))
    [output] = inferred["outputs"]
    assert output["shape"] == [1, MAP_SIZE, MAP_SIZE, 3]
    scores = np.reshape(output["data"], output["shape"])
    np.testing.assert_array_equal(scores[0].argmax(axis=-1), expected["where"].map)
