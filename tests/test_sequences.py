"""Examples of several pictures go the whole way: columns of a CSV file, and a head to which their order matters."""

import csv
import json

import numpy as np
import pytest

from hydranet import CSV, ConfigError, Drawings, Predictor, Run, cli, export, verify
from hydranet.data import load_dataset
from hydranet.testing import check_head, check_source

STEPS = ("first", "second", "third")
CONFIG = """
backbone: {{name: MobileNetV2, image_size: 96, weights: bundled, arguments: {{alpha: 0.35}}, pooled: last}}
features: {{dir: {folder}/features}}
training: {{learning_rate: 0.003, max_epochs: 40}}
folds: 0
tasks:
  change:
    head: recurrent
    data: &data {{kind: csv, path: {table}, image: [first, second, third], label: change, split: split}}
  mean: {{data: *data}}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Three steps, in which a cat becomes a dog or a dog a cat: of one example the other's pictures in other order."""
    folder = tmp_path_factory.mktemp("sequences")
    rows = []
    for split, examples in Drawings("cats_dogs", 160, 40).load().items():
        by_class = {
            name: [each.pictures for each in examples if each.label == name] for name in ("cat", "dog")
        }
        for number, pair in enumerate(zip(*by_class.values(), strict=True)):
            paths = [f"{split}_{number}_{picture.label}.png" for picture in pair]
            for path, picture in zip(paths, pair, strict=True):
                picture.save(folder / path)
            for order, label in ((paths, "to dog"), (paths[::-1], "to cat")):
                steps = [order[0], order[number % 2], order[1]]
                rows.append([*steps, label, split])
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*STEPS, "change", "split"], *rows])
    return folder / "table.csv"


def test_each_row_has_as_many_pictures_as_columns_are_named(table):
    source = CSV(str(table), label="change", image=STEPS, split="split")
    check_source(source)
    train = load_dataset(source, task="change")["train"]
    assert train.example_shape == (3,)
    assert [picture.path.name for picture in train.pictures_of(0)] == [
        "train_0_cat.png",
        "train_0_cat.png",
        "train_0_dog.png",
    ]


def test_pictures_are_arranged_as_is_said(table, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b,c,d,label\n" + "1.png,2.png,3.png,4.png,x\n")
    [example] = CSV(str(path), label="label", image=tuple("abcd"), shape=(2, 2)).load()["all"]
    names = [[picture.path.name for picture in step] for step in example.pictures]
    assert names == [["1.png", "2.png"], ["3.png", "4.png"]]
    with pytest.raises(ConfigError, match=r"shape \[3\] is of 3 pictures: received 4 columns"):
        CSV(str(path), label="label", image=tuple("abcd"), shape=(3,))


@pytest.mark.slow
def test_the_recurrent_head_keeps_the_contract():
    from hydranet import Recurrent

    check_head(Recurrent(units=4), feature_shapes=((3, 8), (3, 2, 8)))
    with pytest.raises(ConfigError, match="needs examples of several pictures"):
        Recurrent().check_features((8,))


@pytest.fixture(scope="module")
def run(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("run")
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder, table=table))
    assert cli.main(["train", str(folder / "config.yaml"), "--run", str(folder / "run")]) == 0
    return Run(folder / "run")


@pytest.mark.slow
def test_order_is_learnt_where_a_mean_can_not_see_it(run):
    metrics = run.metrics["tasks"]
    assert metrics["change"]["accuracy"] > 0.7 > metrics["mean"]["accuracy"]
    assert {check.status for check in verify(run.model)} == {"ok"}


@pytest.mark.slow
def test_engines_and_exports_answer_alike(run, table, tmp_path):
    images = np.random.default_rng(0).uniform(0, 255, (2, 3, 96, 96, 3)).astype(np.float32)
    expected = run.model.predict(images, verbose=0)
    for engine in ("litert", "onnxruntime", "tensorflow"):
        answers = Predictor(run.folder, engine=engine).answer(images.reshape(-1, *images.shape[2:]))
        np.testing.assert_allclose(answers.outputs("change"), expected["change"], atol=1e-4, err_msg=engine)
        np.testing.assert_allclose(answers.outputs("mean"), expected["mean"], atol=1e-4, err_msg=engine)
    for file_format in ("saved_model", "onnx", "litert"):
        report = export(run, tmp_path / file_format, file_format=file_format)
        assert report.largest_differences["change"] <= 1e-4


@pytest.mark.slow
def test_the_command_line_takes_pictures_in_groups(run, table, capsys):
    pictures = [
        str(table.parent / name) for name in ("train_0_cat.png", "train_0_cat.png", "train_0_dog.png")
    ]
    assert cli.main(["predict", str(run.folder), *pictures, "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["predictions"]["change"]["label"] in ("to cat", "to dog")


@pytest.mark.slow
def test_a_film_is_answered_as_its_frames_are(run, table, capsys):
    film = table.parent / "film"
    film.mkdir()
    frames = [table.parent / f"train_0_{name}.png" for name in ("cat", "cat", "dog")]
    for number, frame in enumerate(frames):
        (film / f"{number}.png").write_bytes(frame.read_bytes())
    predictor = Predictor(run)
    assert predictor.predict([film])[0] == predictor.predict([frames])[0] == predictor.predict(film)[0]
    assert cli.main(["predict", str(run.folder), str(film), *map(str, frames), "--format", "json"]) == 0
    of_film, of_frames = json.loads(capsys.readouterr().out)
    assert of_film["image"] == str(film)
    assert of_film["predictions"] == of_frames["predictions"]
