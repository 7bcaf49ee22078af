"""Features that somebody computed go the whole way: training, prediction, report, further heads, exports."""

import json

import numpy as np
import pytest
import tensorflow as tf

from hydranet import (
    Application,
    Arrays,
    ConfigError,
    DataError,
    Drawings,
    Experiment,
    FeaturesConfig,
    Predictor,
    Run,
    SingleLabel,
    StoredFeatures,
    TrainingConfig,
    assess,
    audit,
    export,
    train,
    verify,
    write_report,
)
from hydranet.cli import main
from hydranet.data import load_dataset
from hydranet.errors import ImageError
from hydranet.model import Trunk
from hydranet.serving import Limits, Service

pytestmark = pytest.mark.slow

NETWORK = Application(
    "MobileNetV2", image_size=96, weights="bundled", arguments={"alpha": 0.35}, pooled="last"
)
PICTURES = Drawings("cats_dogs", 24, 12)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with `bottleneck.npz`, as others store what a network gives: an array for each split."""
    folder = tmp_path_factory.mktemp("stored_features")
    trunk = Trunk(NETWORK, features=["map"])
    arrays = {}
    for split, dataset in load_dataset(PICTURES, task="pet").items():
        images = np.stack([picture.pixels(picture.content(), (96, 96)) for picture in dataset.pictures])
        arrays[split] = np.asarray(trunk(images)["map"])
        arrays[f"pet_{split}"] = np.array(dataset.labels)
    np.savez(folder / "bottleneck.npz", **arrays)
    np.save(folder / "new.npy", arrays["validation"][::3])
    return folder


@pytest.fixture(scope="module")
def data(place):
    return Arrays(str(place / "bottleneck.npz"), "pet")


@pytest.fixture(scope="module")
def run(place, data):
    return trained(place / "run", data, StoredFeatures(shape=(3, 3, 1280), name=NETWORK.label))


def trained(folder, data, backbone, **options):
    experiment = Experiment(
        tasks={"pet": SingleLabel(name="pet", data=data)},
        backbone=backbone,
        # Which rows choose a penalty depends on the bytes that examples are known by.
        training=TrainingConfig(l2=0.1),
        features=FeaturesConfig(dir=str(folder.parent / "store")),
    )
    return train(experiment, folder, **options)


def test_the_head_is_that_which_the_pictures_themselves_give(place, run):
    on_pictures = trained(place / "pictures", PICTURES, NETWORK)
    drawings = load_dataset(PICTURES, task="pet")["validation"].pictures
    images = np.stack([picture.pixels(picture.content(), (96, 96)) for picture in drawings])

    expected = on_pictures.model(images)["pet"]
    outputs = run.model(np.load(place / "bottleneck.npz")["validation"])["pet"]

    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-3)
    assert run.metrics["tasks"]["pet"]["accuracy"] == on_pictures.metrics["tasks"]["pet"]["accuracy"]


@pytest.mark.parametrize("engine", ["auto", "tensorflow"])
def test_rows_of_files_and_arrays_are_answered(place, run, engine):
    predictor = Predictor(run.folder, engine=engine)
    rows = np.load(place / "new.npy")

    of_file = predictor.predict(place / "new.npy")
    assert predictor.image_size == (3, 3, 1280)
    assert predictor.predict(rows) == predictor.predict([rows[:3], *rows[3:]]) == of_file
    assert predictor.predict(rows[0]) == of_file[:1]
    scores = np.asarray(tf.sigmoid(run.model(rows)["pet"]))[:, 0]
    for answers, score in zip(of_file, scores, strict=True):
        assert answers["pet"].label == ("dog" if score > 0.5 else "cat")
        assert answers["pet"].probability == pytest.approx(max(score, 1 - score), abs=1e-4)


def test_rows_of_another_shape_and_pictures_are_refused(place, run):
    predictor = Predictor(run)
    for wrong, error, message in (
        (np.zeros((4, 1280)), ImageError, r"expected numbers of shape \(3, 3, 1280\)"),
        (np.zeros((96, 96, 3), np.uint8), ImageError, r"expected numbers of shape \(3, 3, 1280\)"),
        ("cat.jpg", DataError, "this model reads features that were computed before"),
        (b"\xff\xd8", ImageError, "holds no features"),
    ):
        with pytest.raises(error, match=message):
            predictor.predict(wrong)
    with pytest.raises(ConfigError, match="can't be served: it reads features"):
        Service(predictor=predictor, model_name="run", limits=Limits())


def test_the_commands_take_files_of_rows(place, run, capsys):
    def said(*arguments, code=0):
        assert main([str(each) for each in arguments]) == code
        return capsys.readouterr()

    table = said("predict", run.folder, place / "new.npy", "--format", "csv").out
    assert f"{place / 'new.npy'}[7],pet," in table
    assert "is no file of arrays" in said("predict", run.folder, place, code=1).err
    assert "0.0e+00" in said("verify", run.folder).out
    table = said("evaluate", run.folder).out
    assert said("evaluate", run.folder, "--data", f"pet={place / 'bottleneck.npz'}").out == table
    wrong = said("evaluate", run.folder, "--data", f"pet={place}", code=2).err
    assert "are pictures, and this backbone reads arrays" in wrong


def test_the_report_names_rows_in_place_of_pictures_and_says_so(run):
    page = write_report(run).read_text()
    assert "Its examples are arrays, so no pictures are shown." in page
    assert "bottleneck.npz[validation][" in page
    assert "data:image" not in page


def test_an_audit_looks_at_rows(run):
    assert len(audit(run, folds=2)["pet"].unusual) == 48


def test_a_run_is_the_same_when_it_is_resumed_and_takes_further_heads(place, data):
    backbone = StoredFeatures(shape=(3, 3, 1280))
    first = trained(place / "again", data, backbone)
    before = {path.name: path.read_bytes() for path in first.folder.glob("*.*")}
    resumed = trained(place / "again", data, backbone, resume=True)
    assert {path.name: path.read_bytes() for path in first.folder.glob("*.*")} == before

    settings = f"data={{kind: arrays, path: {data.path}, label: pet}}"
    assert main(["add", str(resumed.folder), "second", "--set", settings]) == 0
    larger = Run(resumed.folder)
    assert list(larger.model.tasks) == ["pet", "second"]
    assert [check.status for check in verify(larger.model)] == ["ok", "ok"]
    assert assess(larger)["second"].metrics == assess(larger)["pet"].metrics


@pytest.mark.parametrize("file_format", ["saved_model", "onnx", "litert"])
def test_exports_take_features_to_answers(place, run, file_format):
    report = export(run, place / file_format, file_format=file_format)
    assert report.num_pictures == 24
    assert max(report.largest_differences.values()) < 1e-4
    described = json.loads(next((place / file_format).rglob("hydranet.json")).read_text())
    assert described["input"] == {
        **{"name": "images", "dtype": "float32", "shape": [None, 3, 3, 1280], "computed_by": "MobileNetV2"}
    }


def test_a_row_that_is_not_finite_stops_the_run_or_is_left_out(place, tmp_path):
    arrays = dict(np.load(place / "bottleneck.npz"))
    arrays["train"][3, 0, 0, 0] = np.nan
    np.savez(tmp_path / "damaged.npz", **arrays)
    data, backbone = Arrays(str(tmp_path / "damaged.npz"), "pet"), StoredFeatures(shape=(3, 3, 1280))

    with pytest.raises(ImageError, match=r"damaged\.npz\[train\]\[3\] holds values that are not finite"):
        trained(tmp_path / "run", data, backbone)
    experiment = Experiment(
        tasks={"pet": SingleLabel(name="pet", data=data)},
        backbone=backbone,
        features=FeaturesConfig(dir=str(tmp_path / "store")),
        skip_bad_images=True,
    )
    assert len(train(experiment, tmp_path / "run").metrics["pictures"]["bad_images"]) == 1
