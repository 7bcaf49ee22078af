"""An example of several pictures may lack some: they are zeros on every way, and heads pass over them."""

import csv

import numpy as np
import pytest

from hydranet import (
    CSV,
    Application,
    Attention,
    Drawings,
    HydraNet,
    Linear,
    Predictor,
    Recurrent,
    Run,
    SingleLabel,
    Trunk,
    cli,
    export,
)
from hydranet.data import load_dataset
from hydranet.errors import DataError, ImageError
from hydranet.heads import build_dense_head
from hydranet.testing import check_head

STEPS, CAMERAS, SIZE = 3, 2, 32
HEADS = {
    "mean": Linear(),
    "attention": Attention(units=4),
    "recurrent": Recurrent(units=4),
    "projected": Recurrent(units=4, projection=3),
}
PIXELS = np.random.default_rng(0).integers(0, 256, (STEPS, CAMERAS, SIZE, SIZE, 3), np.uint8)
CONFIG = """
backbone: {{name: MobileNetV2, image_size: 32, weights: random, arguments: {{alpha: 0.35}}}}
features: {{dir: {folder}/features}}
training: {{max_epochs: 2}}
augmentation: {{views: 2}}
folds: 0
tasks:
  mean: {{data: &data {{kind: csv, path: {table}, image: [a, b, c], label: label, split: split}}}}
  order: {{data: *data, head: {{kind: recurrent, units: 4}}}}
fine_tuning: {{unfreeze: 1 block, epochs: 1}}
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model():
    backbone = Application("MobileNetV2", image_size=SIZE, weights="random", arguments={"alpha": 0.35})
    tasks = [SingleLabel(name=name, classes=("x", "y", "z"), head=head) for name, head in HEADS.items()]
    return HydraNet(Trunk(backbone, example_shape=(STEPS, CAMERAS)), tasks)


def nested(*absent):
    return [
        [None if (step, camera) in absent else PIXELS[step, camera] for camera in range(CAMERAS)]
        for step in range(STEPS)
    ]


def as_array(*absent):
    images = PIXELS[None].astype(np.float32)
    for step, camera in absent:
        images[0, step, camera] = -1
    return images


@pytest.mark.parametrize("absent", [[(0, 1)], [(1, 0), (1, 1)], [(0, 0), (2, 1)]])
@pytest.mark.parametrize("engine", ["tensorflow", "litert"])
def test_the_predictor_answers_as_the_model_does(model, engine, absent):
    expected = model.predict(as_array(*absent), verbose=0)
    [answers] = Predictor(model, engine=engine).predict([nested(*absent)])
    for name, outputs in expected.items():
        probability = np.exp(outputs[0]) / np.exp(outputs[0]).sum()
        assert dict(answers[name].top) == pytest.approx(dict(zip("xyz", probability, strict=True)), abs=1e-5)


def test_a_mean_is_that_of_the_pictures_which_are_there(model):
    features = np.array(model.trunk(as_array((0, 1), (2, 0)))["pooled"])
    assert not features[0, 0, 1].any()
    assert not features[0, 2, 0].any()
    there = features[0].reshape(-1, features.shape[-1])[[0, 2, 3, 5]].mean(axis=0)
    kernel, bias = model.head("mean").get_weights()
    np.testing.assert_allclose(model.heads({"pooled": features})["mean"][0], there @ kernel + bias, atol=1e-5)
    head = build_dense_head(Linear().dense_layers((STEPS, CAMERAS, 5)), [np.eye(5), np.zeros(5)])
    rows = np.zeros((1, STEPS, CAMERAS, 5), np.float32)
    rows[0, 0, 1], rows[0, 2, 0] = 1, 3
    np.testing.assert_array_equal(head(rows), [[2] * 5])


def test_a_step_that_is_not_there_is_passed_over_by_a_recurrent_head(model):
    whole = as_array((1, 0), (1, 1))
    short = HydraNet(
        Trunk(model.trunk.backbone, network=model.trunk.whole, example_shape=(2, CAMERAS)),
        [SingleLabel(name="recurrent", classes=("x", "y", "z"), head=HEADS["recurrent"])],
    )
    short.head("recurrent").set_weights(model.head("recurrent").get_weights())
    np.testing.assert_allclose(
        short.predict(whole[:, [0, 2]], verbose=0)["recurrent"],
        model.predict(whole, verbose=0)["recurrent"],
        atol=1e-5,
    )


def test_a_window_takes_steps_that_are_not_there(model):
    predictor = Predictor(model)
    window = predictor.sliding_window()
    window.step(PIXELS[0])
    window.step(None)
    answers = window.step([None, PIXELS[2, 1]])
    [expected] = predictor.predict([nested((1, 0), (1, 1), (2, 0))])
    assert answers["recurrent"].probability == pytest.approx(expected["recurrent"].probability, abs=1e-6)


def test_an_example_without_any_picture_is_none(model):
    everything = [(step, camera) for step in range(STEPS) for camera in range(CAMERAS)]
    with pytest.raises(ImageError, match="There is no picture"):
        Predictor(model).predict([nested(*everything)])


def test_the_attention_head_keeps_the_contract():
    check_head(Attention(units=4), feature_shapes=((3, 8), (3, 2, 8)))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("absent")
    rows = []
    for split, examples in Drawings("cats_dogs", 24, 8).load().items():
        paths = [f"{split}_{number}.png" for number in range(len(examples))]
        for path, example in zip(paths, examples, strict=True):
            example.pictures.save(folder / path)
        for number in range(0, len(paths) - 2, 2):
            cells = [paths[number], paths[number + 1], "" if number % 4 else paths[number + 2]]
            rows.append([*cells, examples[number].label, split])
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "c", "label", "split"], *rows])
    return folder / "table.csv"


def test_an_empty_cell_is_a_picture_that_is_not_there_and_it_is_said(table, tmp_path):
    source = CSV(str(table), label="label", image=("a", "b", "c"), split="split")
    splits = load_dataset(source, task="t")
    lacking = [not row["c"] for row in csv.DictReader(table.read_text().splitlines())]
    assert splits["train"].name(1).endswith(", no picture")
    assert f"{sum(lacking)} picture(s) of {sum(lacking)} example(s) are not there" in " ".join(splits.notes)
    path = tmp_path / "table.csv"
    path.write_text("a,b,label\n,,x\n")
    with pytest.raises(DataError, match="line 2: the columns 'a', 'b' are empty"):
        CSV(str(path), label="label", image=("a", "b")).load()


def test_a_run_is_trained_tuned_and_answered(table, tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG.format(folder=tmp_path, table=table))
    assert cli.main(["train", str(tmp_path / "config.yaml"), "--run", str(tmp_path / "run")]) == 0
    run = Run(tmp_path / "run")
    assert run.experiment.augmentation.alike
    assert cli.main(["verify", str(run.folder)]) == 0
    image = str(table.parent / "train_0.png")
    [answers] = Predictor(run).predict([[image, None, image]])
    assert set(answers) == {"mean", "order"}
    for name in ("saved_model", "onnx", "litert"):
        report = export(run, tmp_path / name, file_format=name)
        assert max(report.largest_differences.values()) <= 1e-4
