import io
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow
from PIL import Image

from hydranet import Application, HydraNet, Predictor, SingleLabel
from hydranet.errors import ConfigError, DataError, ImageError, ModelError
from hydranet.inference._open_pictures import find_pictures
from hydranet.model._tail import Tail
from hydranet.runs._keras_head import head_to_file

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    backbone = Application("MobileNetV2", image_size=32, weights="random", arguments={"alpha": 0.35})
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


@pytest.mark.slow
def test_a_path_its_bytes_and_its_pixels_get_the_same_answer(predictor, picture, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    answers = predictor.predict([path, str(path), path.read_bytes(), picture, picture.astype(np.float32)])
    assert all(answer == answers[0] for answer in answers[:4])
    np.testing.assert_allclose(probabilities(answers), probabilities(answers)[0], atol=1e-6)


@pytest.mark.parametrize(
    "form",
    [
        lambda file, pixels: bytearray(file),
        lambda file, pixels: memoryview(file),
        lambda file, pixels: io.BytesIO(file),
        lambda file, pixels: Image.open(io.BytesIO(file)),
        lambda file, pixels: tensorflow.constant(pixels),
    ],
    ids=["bytearray", "memoryview", "open file", "Pillow", "tensor"],
)
def test_a_picture_gets_the_same_answer_in_whatever_form_it_comes(predictor, picture, form):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    [expected] = predictor.predict([picture])
    one = predictor.predict(form(file.getvalue(), picture))
    [among, _] = predictor.predict([form(file.getvalue(), picture), picture])
    assert one == [expected]
    np.testing.assert_allclose(probabilities([among]), probabilities([expected]), atol=1e-6)


def test_a_picture_of_pillow_is_turned_and_laid_on_white_as_its_file_is(predictor, picture):
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = np.full((*picture.shape[:2], 1), 90, np.uint8)
    for pixels, metadata in ((picture, exif), (np.concatenate([picture, alpha], 2), Image.Exif())):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", exif=metadata)
        assert predictor.predict([Image.open(file)]) == predictor.predict([file.getvalue()])


@pytest.mark.parametrize("thing", [5, None, object(), {"a": 1}.keys()])
def test_what_is_no_picture_is_refused(predictor, thing):
    with pytest.raises(ImageError, match="expected a path, the bytes of a file, an open file"):
        predictor.predict([thing])


def test_a_single_thing_that_is_no_picture_is_refused(predictor):
    with pytest.raises(ImageError, match="A int is no picture: received 5"):
        predictor.predict(5)


@pytest.mark.parametrize("top_k", [0, -1, True, 1.5, "3"])
def test_top_k_is_a_number_of_classes(predictor, picture, top_k):
    with pytest.raises(ConfigError, match="top_k"):
        predictor.predict([picture], top_k=top_k)


def test_a_task_alone_is_named_as_a_text(predictor, picture):
    assert predictor.predict([picture], tasks="coat") == predictor.predict([picture], tasks=["coat"])
    with pytest.raises(ConfigError, match=r"Unknown task 'cost'\. Did you mean 'coat'"):
        predictor.predict([picture], tasks="cost")


@pytest.mark.parametrize("names", [["coat"], [None, "coat", None]], ids=["fewer", "more"])
def test_there_are_as_many_lists_of_tasks_as_pictures(predictor, picture, names):
    with pytest.raises(ConfigError, match="pictures than lists of tasks"):
        predictor.predict([picture, picture], tasks=[each and [each] for each in names])


def test_of_each_picture_a_task_may_be_wanted_by_its_name(predictor, picture):
    [first, second] = predictor.predict([picture, picture], tasks=["coat", ["cats_dogs"]])
    assert (list(first), list(second)) == (["coat"], ["cats_dogs"])


@pytest.mark.slow
def test_pickled_it_opens_its_file_anew(model, picture, tmp_path):
    model.save(tmp_path / "model.keras")
    predictor = Predictor(tmp_path / "model.keras", batch_size=7)
    copy = pickle.loads(pickle.dumps(predictor))
    assert copy.batch_size == 7
    assert copy.predict([picture]) == predictor.predict([picture])
    predictor.remove_head("coat")
    with pytest.raises(TypeError, match="can't be pickled, because its model is not all in a file"):
        pickle.dumps(predictor)


def test_a_model_in_memory_is_not_pickled(predictor):
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(predictor)


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


@pytest.mark.slow
def test_above_tails_answers_are_those_of_the_keras_model(trunk, images):
    cut = trunk.find_cut("1 block")
    tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "coat")}
    network = tails["coat"].network
    network.set_weights([1.1 * weight for weight in network.get_weights()])
    tasks = [
        SingleLabel(name="cats_dogs", classes=("cat", "dog")),
        SingleLabel(name="coat", classes=("curly", "long", "short"), tail="own"),
    ]
    model = HydraNet(trunk.below(cut), tasks, tails=tails)
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


def test_each_picture_may_be_asked_something_else(predictor):
    pictures = [RNG.integers(0, 256, (32, 32, 3), np.uint8) for _ in range(9)]
    wanted = [["coat"], ["cats_dogs"], None] * 3
    answers = predictor.predict(iter(pictures), tasks=wanted)
    assert [list(answer) for answer in answers] == [["coat"], ["cats_dogs"], ["cats_dogs", "coat"]] * 3
    together = predictor.predict(pictures)
    assert all(answer.items() <= every.items() for answer, every in zip(answers, together, strict=True))
    with pytest.raises(ConfigError, match="more pictures than lists of tasks"):
        predictor.predict(pictures, tasks=wanted[:4])
    with pytest.raises(ConfigError, match="Unknown task 'coats'"):
        predictor.predict(pictures, tasks=[["coats"]] * 9)


def test_identical_pictures_go_through_once(model, picture, tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    predictor, passed = Predictor(model, batch_size=8), []
    answer = predictor.answer
    monkeypatch.setattr(
        predictor,
        "answer",
        lambda images, *rest, **named: passed.append(len(images)) or answer(images, *rest, **named),
    )
    answers = predictor.predict([path, path.read_bytes(), str(path), picture, path])
    assert passed == [2]  # the file, and the array, whose bytes are others
    assert all(each == answers[0] for each in answers)


def test_a_stream_reads_only_a_few_batches_ahead(predictor, picture):
    read = []

    def pictures():
        for number in range(1000):
            read.append(number)
            yield picture + np.uint8(number % 100)

    stream = predictor.stream(pictures())
    next(stream)
    assert len(read) <= 4 * predictor.batch_size
    stream.close()


def test_one_picture_or_folder_needs_no_list(predictor, picture, tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(picture).save(tmp_path / name)
    [expected] = predictor.predict([picture])
    assert predictor.predict(tmp_path) == [expected, expected]
    for one in (tmp_path / "a.png", (tmp_path / "a.png").read_bytes(), picture):
        assert predictor.predict(one) == [expected]


@pytest.mark.slow
def test_heads_come_and_go_while_others_keep_their_answers_bit_for_bit(trunk, images):
    tasks = [SingleLabel(name=f"task_{number}", classes=("a", "b", "c")) for number in range(40)]
    whole = HydraNet(trunk, tasks)
    files = {name: head_to_file(whole, name) for name in whole.tasks}
    predictor = Predictor(whole.select([task.name for task in tasks[:3]]))
    before = predictor.answer(images)
    for name in list(whole.tasks)[3:]:
        assert predictor.add_head(files[name]) == name
    predictor.remove_head("task_1")
    predictor.add_head(files["task_2"])  # in place of the same
    after = predictor.answer(images)
    assert list(predictor.tasks) == [name for name in whole.tasks if name != "task_1"]
    for name in ("task_0", "task_2"):
        np.testing.assert_array_equal(after.scores(name), before.scores(name))
    whole_answers = Predictor(whole).answer(images)
    np.testing.assert_array_equal(after.scores("task_39"), whole_answers.scores("task_39"))
    with pytest.raises(ConfigError, match="Unknown task 'task_1'"):
        predictor.remove_head("task_1")


def test_threads_that_ask_while_heads_are_swapped_all_get_their_answers(trunk, images):
    tasks = [SingleLabel(name=name, classes=("a", "b", "c")) for name in ("kept", "swapped")]
    model = HydraNet(trunk, tasks)
    file, predictor = head_to_file(model, "swapped"), Predictor(model)
    expected = predictor.answer(images).scores("kept")
    stop = threading.Event()

    def ask():
        scores = []
        while not stop.is_set():
            scores.append(predictor.answer(images, [["kept"]] * 12).scores("kept"))
        return scores

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        for _ in range(10):
            predictor.remove_head("swapped")
            predictor.add_head(file)
        stop.set()
        answers = [scores for future in asking for scores in future.result()]
    assert answers
    for scores in answers:
        np.testing.assert_array_equal(scores, expected)


def test_no_pictures_get_no_answers(predictor):
    assert predictor.predict([]) == []


@pytest.mark.slow
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


def test_what_can_not_be_read_does_not_keep_the_others_from_their_answers(predictor, picture, tmp_path):
    path = tmp_path / "whole.png"
    Image.fromarray(picture).save(path)
    (tmp_path / "cut.png").write_bytes(path.read_bytes()[:-200])
    images = [path, tmp_path / "none.png", tmp_path / "cut.png", picture, np.zeros((4, 4))] * 9
    outcomes = list(predictor.try_stream(images))
    kinds = ["answer" if isinstance(each, dict) else type(each).__name__ for each in outcomes]
    assert kinds == ["answer", "ImageError", "ImageError", "answer", "ImageError"] * 9
    assert outcomes[0] == predictor.predict([path])[0]
    names = [str(each) for each in outcomes if not isinstance(each, dict)]
    assert "none.png can't be read" in names[0]
    assert "cut.png is truncated" in names[1]
    [alone] = predictor.try_stream([tmp_path / "cut.png"])
    assert str(alone) == str(outcomes[2])
