"""On photographs, with a backbone that was pretrained on photographs, a few hundred are enough."""

from pathlib import Path

import numpy as np
import pytest

from hydranet import CSV, Experiment, Folder, Predictor, SingleLabel, audit, load_config, train
from hydranet.backbones import Application
from hydranet.data._dataset import load_dataset
from hydranet.experiment import FeaturesConfig
from hydranet.features import joined_space

pytestmark = pytest.mark.slow

NUM_PER_CLASS = {"train": 120, "validation": 60}


@pytest.fixture
def cats_dogs(assets, tmp_path):
    """A part of the photographs, as links."""
    source, weights = assets / "data" / "cats_dogs", assets / "weights" / "mobilenet_v2_1.0_224.weights.h5"
    if not source.is_dir() or not weights.is_file():
        pytest.skip(f"no photographs of cats and dogs, or no weights, in {assets}")
    for split, count in NUM_PER_CLASS.items():
        for class_folder in sorted((source / split).iterdir()):
            target = tmp_path / "cats_dogs" / split / class_folder.name
            target.mkdir(parents=True)
            for path in sorted(class_folder.iterdir())[:count]:
                (target / path.name).symlink_to(path.resolve())
    return tmp_path / "cats_dogs", weights


def test_a_head_trained_on_240_photographs_tells_cats_from_dogs(cats_dogs, tmp_path):
    folder, weights = cats_dogs
    source = Folder(str(folder))
    run = train(
        Experiment(
            tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=source)},
            backbone=Application(image_size=160, weights=str(weights)),
            features=FeaturesConfig(dir=str(tmp_path / "features")),
        ),
        tmp_path / "run",
    )

    assert run.metrics["tasks"]["cats_dogs"]["num_examples"] == 120
    assert run.metrics["tasks"]["cats_dogs"]["accuracy"] > 0.93
    feature = run.model.place("cats_dogs").feature
    space = joined_space(run.model.trunk, run.experiment, feature)
    dataset = load_dataset(source, task="cats_dogs")["validation"].where(np.arange(120) % 6 == 0)
    expected = run.model.heads({feature: space.features(dataset.hashes).read()})["cats_dogs"]
    images = np.stack([picture.pixels(picture.content(), (160, 160)) for picture in dataset.pictures])
    np.testing.assert_allclose(run.model(images)["cats_dogs"], expected, rtol=0, atol=1e-4)


def test_photographs_of_another_kind_are_unusual_on_every_engine_and_others_are_not(
    cats_dogs, assets, tmp_path
):
    folder, weights = cats_dogs
    run = train(
        Experiment(
            tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=Folder(str(folder)))},
            backbone=Application(image_size=160, weights=str(weights)),
            features=FeaturesConfig(dir=str(tmp_path / "features")),
        ),
        tmp_path / "run",
    )
    own = sorted((folder / "validation").glob("*/*"))
    others = sorted((assets / "data" / "horse_human" / "validation").glob("*/*"))[::4]
    for engine in ("tensorflow", "litert"):
        same, other = (
            np.array(
                [answers["cats_dogs"].unusual for answers in Predictor(run, engine=engine).stream(pictures)]
            )
            for pictures in (own, others)
        )
        assert 0.3 < np.median(same) < 0.7
        assert np.mean(same > 0.95) < 0.1
        assert np.mean(other[:, None] > same) > 0.85


def test_wrong_labels_among_240_photographs_are_found(cats_dogs, tmp_path):
    folder, weights = cats_dogs
    pictures = sorted((folder / "train").glob("*/*"))
    wrong = set(np.random.default_rng(0).permutation(len(pictures))[:12].tolist())
    rows = ["image,split,animal"]
    for number, path in enumerate(pictures):
        is_cat = (path.parent.name == "cats") != (number in wrong)
        rows.append(f"{path},train,{'cats' if is_cat else 'dogs'}")
    rows += [f"{path},validation,{path.parent.name}" for path in (folder / "validation").glob("*/*")]
    (tmp_path / "pictures.csv").write_text("\n".join(rows))
    run = train(
        Experiment(
            tasks={
                "animal": SingleLabel(
                    name="animal", data=CSV(str(tmp_path / "pictures.csv"), label="animal", split="split")
                )
            },
            backbone=Application(image_size=160, weights=str(weights)),
            features=FeaturesConfig(dir=str(tmp_path / "features")),
        ),
        tmp_path / "run",
    )

    first = [suspect.row for suspect in audit(run)["animal"].suspects[:12]]
    assert len(wrong.intersection(first)) >= 10


def test_dogs_are_asked_for_their_breed_in_one_pass_and_cats_are_not(assets, tmp_path):
    data, weights = assets / "data", assets / "weights"
    backbone, top = weights / "mobilenet_v2_1.0_224.weights.h5", weights / "mobilenet_v2_1.0_224_top.npz"
    if not (data / "dog_breeds").is_dir() or not (backbone.is_file() and top.is_file()):
        pytest.skip(f"no breeds, or no weights, in {assets}")
    for split, count in {"train": 12, "validation": 5}.items():
        for breed in sorted((data / "dog_breeds" / split).iterdir())[:8]:
            target = tmp_path / "dog_breeds" / split / breed.name
            target.mkdir(parents=True)
            for path in sorted(breed.iterdir())[:count]:
                (target / path.name).symlink_to(path.resolve())
    overrides = {
        "backbone.weights": str(backbone),
        "tasks.imagenet.head.weights": str(top),
        "features.dir": str(tmp_path / "features"),
    }
    config = Path(__file__).parents[1] / "configs" / "dogs.yaml"
    experiment = load_config(config, overrides=overrides, data={"dog_breeds": str(tmp_path / "dog_breeds")})
    run = train(experiment, tmp_path / "run")

    assert run.metrics["tasks"]["dog_breeds"]["accuracy"] > 0.8
    predictor = Predictor(run)
    asked = {}
    for kind in ("cats", "dogs"):
        pictures = sorted((data / "cats_dogs" / "validation" / kind).iterdir())[:80]
        answers = list(predictor.stream(pictures))
        asked[kind] = np.mean([answer["dog_breeds"] is not None for answer in answers])
        assert all(answer["imagenet"].label in run.model.tasks["imagenet"].classes for answer in answers)
    assert asked["dogs"] > 0.9
    assert asked["cats"] < 0.2
