import io

import numpy as np
import pytest
from PIL import Image

from hydranet import Backbone, HydraNet, Predictor, SingleLabel
from hydranet.errors import ConfigError, DataError, ImageError, ModelError
from hydranet.inference.predictor import find_pictures
from hydranet.model.blocks import unfreezing_cut
from hydranet.model.tail import Tail

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    backbone = Backbone("MobileNetV2", image_size=32, arguments={"alpha": 0.35})
    tasks = [
        SingleLabel(name="cats_dogs", classes=("cat", "dog")),
        SingleLabel(name="coat", classes=("curly", "long", "short")),
    ]
    return HydraNet(backbone, tasks)


@pytest.fixture(scope="module")
def predictor(model):
    return Predictor(model, batch_size=4)


@pytest.fixture(scope="module")
def picture():
    return RNG.integers(0, 256, (50, 40, 3), np.uint8)


def probabilities(answers):
    return np.array([answer["coat"].top[0][1] for answer in answers])


def test_a_path_its_bytes_and_its_pixels_get_the_same_answer(predictor, picture, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    answers = predictor.predict([path, str(path), path.read_bytes(), picture, picture.astype(np.float32)])
    assert all(answer == answers[0] for answer in answers[:4])
    np.testing.assert_allclose(probabilities(answers), probabilities(answers)[0], atol=1e-6)


def test_answers_come_in_the_order_of_the_pictures_across_batches(predictor):
    pictures = [RNG.integers(0, 256, (32, 32, 3), np.uint8) for _ in range(9)]
    together = probabilities(predictor.predict(iter(pictures)))
    alone = np.concatenate([probabilities(predictor.predict([picture])) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_answers_are_those_of_the_keras_model(predictor, model, picture):
    pictures = np.stack([picture[:32, :32].astype(np.float32)])
    outputs = model(pictures)
    expected = model.tasks["coat"].decode(np.asarray(outputs["coat"]))[0]
    [answer] = predictor.predict(list(pictures))
    assert answer["coat"].label == expected.label
    assert answer["coat"].probability == pytest.approx(expected.probability, abs=1e-5)


def test_above_tails_answers_are_those_of_the_keras_model(backbone, images):
    cut = unfreezing_cut(backbone.network, "1 block")
    tails = {group: Tail.of(backbone, cut, name=f"tail_{group}") for group in ("shared", "coat")}
    network = tails["coat"].network
    network.set_weights([1.1 * weight for weight in network.get_weights()])
    tasks = [
        SingleLabel(name="cats_dogs", classes=("cat", "dog")),
        SingleLabel(name="coat", classes=("curly", "long", "short"), tail="own"),
    ]
    model = HydraNet(backbone.trunk(cut), tasks, tails=tails)
    expected = model.tasks["coat"].decode(np.asarray(model(images)["coat"]))
    predictor = Predictor(model, batch_size=5)

    together, alone = predictor.predict(images), predictor.predict(images[:1], tasks=["coat"])

    assert [list(answers) for answers in together + alone] == [["cats_dogs", "coat"]] * 12 + [["coat"]]
    for answers, correct in zip(together + alone, [*expected, expected[0]], strict=True):
        assert answers["coat"].label == correct.label
        assert answers["coat"].probability == pytest.approx(correct.probability, abs=1e-4)


def test_only_the_wanted_tasks_are_answered(predictor, picture):
    [answer] = predictor.predict([picture], tasks=["coat"], top_k=2)
    assert list(answer) == ["coat"]
    assert len(answer["coat"].top) == 2


def test_an_unknown_task_is_named(predictor, picture):
    with pytest.raises(ConfigError, match=r"Unknown task 'coats'\. Did you mean 'coat'\?"):
        predictor.predict([picture], tasks=["coats"])


def test_a_damaged_picture_is_named(predictor, tmp_path):
    path = tmp_path / "damaged.jpg"
    path.write_bytes(b"not a picture")
    with pytest.raises(ImageError, match=r"damaged\.jpg"):
        predictor.predict([path])


def test_an_array_of_another_shape_is_refused(predictor):
    with pytest.raises(ImageError, match=r"\(32, 32\).*expected \(height, width, 3\)"):
        predictor.predict([np.zeros((32, 32))])


def test_no_pictures_get_no_answers(predictor):
    assert predictor.predict([]) == []


def test_a_model_file_will_do_and_another_folder_will_not(model, picture, tmp_path):
    model.save(tmp_path / "model.keras")
    assert Predictor(tmp_path / "model.keras").predict([picture]) == Predictor(model).predict([picture])
    with pytest.raises(ModelError, match="holds no trained model"):
        Predictor(tmp_path / "elsewhere")


def test_folders_are_searched_through_and_missing_paths_named(tmp_path):
    for name in ("b.png", "deep/er/a.JPG", "notes.txt", ".hidden.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        Image.new("RGB", (4, 4)).save(file, "PNG")
        path.write_bytes(file.getvalue())
    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures([tmp_path, tmp_path / "b.png"])]
    assert found == ["b.png", "deep/er/a.JPG", "b.png"]
    with pytest.raises(DataError, match=r"no picture or folder .*c\.png\. Did you mean 'b\.png'\?"):
        find_pictures([tmp_path / "c.png"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="There are no pictures in"):
        find_pictures([tmp_path / "empty"])
