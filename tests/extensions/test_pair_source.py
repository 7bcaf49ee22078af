"""Examples of two pictures go the whole way: a source and a head of one's own, from public names alone."""

import asyncio
import re
from pathlib import Path

import httpx
import numpy as np
import pytest
import tensorflow as tf

from hydranet import (
    Drawings,
    Experiment,
    Predictor,
    SingleLabel,
    assess,
    export,
    load_config,
    train,
    verify,
    write_report,
)
from hydranet.data import Source, load_dataset
from hydranet.errors import ConfigError, ImageError
from hydranet.serving import Limits, Service, create_app
from hydranet.tasks import load_plugin
from hydranet.testing import check_source
from hydranet.training import add_task

PLUGINS = [Path(__file__).with_name(name) for name in ("pair_source.py", "pair_head.py")]
CONFIG = """
plugins: [{plugins[0]}, {plugins[1]}]
backbone: {{name: MobileNet, image_size: 32, weights: {weights}, arguments: {{alpha: 0.25}}}}
features: {{dir: {folder}/features}}
augmentation: {{views: 2, rotation: 10}}
training: {{learning_rate: 0.01, max_epochs: 5}}
fine_tuning: {{unfreeze: 1 blocks, epochs: 2, batch_size: 8, store: {store}}}
tasks:
  same:
    kind: single_label
    data: {{kind: pairs, collection: cats_dogs, num_train: 6, num_validation: 3}}
    head: compare
"""


@pytest.fixture
def pairs():
    """The kind of source that the plug-in defines."""
    load_plugin(str(PLUGINS[0]))
    return Source.variants()["pairs"]


def test_the_source_keeps_the_contract(pairs):
    check_source(pairs("cats_dogs", 4, 2))


def test_its_examples_are_listed_as_pairs(pairs):
    train = load_dataset(pairs("cats_dogs", 4, 2), task="same")["train"]
    assert (len(train), train.example_shape, len(train.pictures)) == (16, (2,), 32)
    assert train.labels.count("same") == train.labels.count("different") == 8
    shown = [[picture.label for picture in train.pictures_of(row)] for row in range(len(train))]
    assert [len(set(labels)) == 1 for labels in shown] == [label == "same" for label in train.labels]
    assert len(np.unique(train.hashes, axis=0)) == 16


def test_tasks_of_other_example_shapes_can_not_share_a_model(pairs):
    tasks = {
        "same": SingleLabel(name="same", data=pairs("cats_dogs")),
        "pets": SingleLabel(name="pets", data=Drawings("cats_dogs")),
    }
    with pytest.raises(
        ConfigError, match=r"examples of one shape: received \(2,\) of 'same', \(\) of 'pets'"
    ):
        Experiment(tasks=tasks)
    assert Experiment(tasks={"same": tasks["same"]}).example_shape == (2,)


@pytest.fixture(scope="module")
def make_run(tmp_path_factory, mobilenet_weights):
    """Train on pairs; with activations that are stored, or computed each time."""

    def make(store):
        folder = tmp_path_factory.mktemp("pairs")
        text = CONFIG.format(plugins=PLUGINS, weights=mobilenet_weights, folder=folder, store=store)
        (folder / "pairs.yaml").write_text(text)
        return train(load_config(folder / "pairs.yaml"), folder / "run")

    return make


@pytest.fixture(scope="module")
def run(make_run):
    return make_run("always")


@pytest.fixture(scope="module")
def files(run):
    """Paths of four pictures."""
    pictures = load_dataset(run.experiment.tasks["same"].data, task="same")["validation"].pictures[:4]
    paths = [run.folder.parent / f"{number}.png" for number in range(4)]
    for picture, path in zip(pictures, paths, strict=True):
        picture.save(path)
    return paths


@pytest.mark.slow
def test_it_is_trained_and_measured_picture_by_picture(run, make_run):
    metrics = run.metrics["tasks"]["same"]
    assert (metrics["num_examples"], metrics["num_training_examples"]) == (12, 24)
    # 6 pictures of each class in training and 3 in validation, however many pairs they stand in.
    assert run.metrics["pictures"]["num_pictures"] == 18
    assert [check.status for check in verify(run.model)] == ["ok"]
    computed = make_run("never")
    for one, two in zip(run.model.get_weights(), computed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_the_report_shows_pairs_side_by_side(run):
    page = write_report(run).read_text()
    assert 'style="aspect-ratio: 2"' in page
    assert re.search(r"drawing cats_dogs/\w+/\d+, drawing cats_dogs/\w+/\d+", page)


@pytest.mark.slow
def test_python_an_export_and_a_server_answer_alike(run, files, tmp_path):
    predictor = Predictor(run.folder)
    answers = predictor.predict([files[:2], files[2:], files[:2]])
    assert answers[0] == answers[2]
    arrays = np.stack([predictor.read(path) for path in files]).reshape(2, 2, 32, 32, 3)
    assert predictor.predict(arrays) == answers[:2]
    expected = [answer["same"].top for answer in answers]

    report = export(run, tmp_path / "exported", file_format="saved_model", images=files)
    assert report.num_pictures == 2
    exported = tf.saved_model.load(tmp_path / "exported").signatures["from_bytes"]
    contents = np.array([path.read_bytes() for path in files], object).reshape(2, 2)
    for scores, top in zip(exported(tf.constant(contents))["same"].numpy(), expected, strict=False):
        by_class = dict(top)
        assert scores == pytest.approx([by_class[name] for name in run.model.tasks["same"].classes], abs=1e-4)

    served = asyncio.run(ask_a_server(predictor, files))
    assert [each["predictions"]["same"]["label"] for each in served["results"]] == [
        answer["same"].label for answer in answers[:2]
    ]
    assert served["results"][1]["image"] == "2.png, 3.png"


async def ask_a_server(predictor, files):
    """Return what a server answers about a form of files, and check what it says of one that is left over."""
    service = Service(predictor=predictor, model_name="pairs", limits=Limits())
    transport = httpx.ASGITransport(create_app(service))
    service.start()
    forms = [[("image", (path.name, path.read_bytes())) for path in part] for part in (files, files[:3])]
    async with httpx.AsyncClient(transport=transport, base_url="http://pairs") as client:
        answer, refused = [await client.post("/predict", files=form) for form in forms]
        [files_in, *_] = (await client.get("/v2/models/pairs")).json()["inputs"]
    await service.stop()
    assert refused.status_code == 400
    assert "3 pictures: expected 2 for each example" in refused.text
    assert files_in["shape"] in ([-1, 2], [-1, 2, 32, 32, 3])
    return answer.json()


@pytest.mark.slow
def test_what_does_not_fit_is_said(run, files):
    with pytest.raises(ImageError, match=r"array of pictures \(2,\): received .*png.*, expected 2"):
        Predictor(run.folder).predict(files)
    pets = Drawings("cats_dogs", 4, 2)
    with pytest.raises(ConfigError, match=r"'same' have examples of shape \(\): expected \(2,\)"):
        assess(run, data={"same": pets})
    with pytest.raises(ConfigError, match=r"'pets' have examples of shape \(\)"):
        add_task(run, SingleLabel(name="pets", data=pets))
