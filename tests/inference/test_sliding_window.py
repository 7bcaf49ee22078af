"""A stream of time steps is answered as its windows are, while each picture passes the backbone once."""

import numpy as np
import pytest

from hydranet import Application, HydraNet, Predictor, Recurrent, SingleLabel, Trunk
from hydranet.errors import ConfigError, ImageError
from hydranet.model._tail import Tail
from hydranet.runs._keras_head import head_to_file

STEPS, CAMERAS = 4, 2
BACKBONE = Application("MobileNetV2", image_size=32, weights="random", arguments={"alpha": 0.35})
TASKS = [
    SingleLabel(name="turn", classes=("left", "right"), head=Recurrent(units=4, projection=3)),
    SingleLabel(name="mean", classes=("a", "b", "c")),
    SingleLabel(name="gated", classes=("x", "y"), when={"mean": ("a", "b")}),
]
STREAM = np.random.default_rng(0).integers(0, 256, (9, CAMERAS, 40, 32, 3), np.uint8)

pytestmark = pytest.mark.slow


def build(*, tail=False):
    trunk = Trunk(BACKBONE, example_shape=(STEPS, CAMERAS))
    if not tail:
        return HydraNet(trunk, TASKS)
    cut = trunk.find_cut("2 blocks")
    groups = dict.fromkeys(NAMES, "top")
    return HydraNet(trunk.below(cut), TASKS, tails={"top": Tail.of(trunk, cut)}, tail_groups=groups)


NAMES = tuple(task.name for task in TASKS)


@pytest.fixture(scope="module")
def model():
    return build()


def probabilities(answers):
    return {name: answer and dict(answer.top) for name, answer in answers.items()}


def assert_alike(answers, expected):
    answers, expected = probabilities(answers), probabilities(expected)
    assert answers.keys() == expected.keys()
    for name, classes in expected.items():
        assert answers[name] == (classes and pytest.approx(classes, abs=1e-5))


@pytest.mark.parametrize("engine", ["tensorflow", "litert"])
def test_answers_are_those_about_the_whole_window(model, engine):
    predictor = Predictor(model, engine=engine)
    window = predictor.sliding_window()
    assert [window.step(images) for images in STREAM[: STEPS - 1]] == [None] * (STEPS - 1)
    for last in range(STEPS - 1, len(STREAM)):
        [expected] = predictor.predict([STREAM[last - STEPS + 1 : last + 1]])
        assert_alike(window.step(STREAM[last]), expected)


def test_a_picture_passes_trunk_and_tail_once(monkeypatch):
    predictor = Predictor(build(tail=True))
    passed = {"trunk": [], "tail": []}

    def counted(name, function):
        def run(inputs):
            passed[name].append(len(inputs))
            return function(inputs)

        return run

    networks = predictor._networks
    object.__setattr__(networks, "trunk", counted("trunk", networks.trunk))
    object.__setattr__(networks, "tails", {"top": counted("tail", networks.tails["top"])})
    window = predictor.sliding_window()
    answers = [window.step(images) for images in STREAM]
    assert passed["trunk"] == [CAMERAS] * len(STREAM)
    assert sum(passed["tail"]) == CAMERAS * len(STREAM)
    [expected] = predictor.predict([STREAM[-STEPS:]])
    assert_alike(answers[-1], expected)


def test_a_picture_that_can_not_be_read_leaves_the_window_as_it_was(model):
    window = Predictor(model).sliding_window()
    for images in STREAM[:STEPS]:
        window.step(images)
    with pytest.raises(ImageError, match="broken"):
        window.step([STREAM[0, 0], "broken.jpg"])
    with pytest.raises(ImageError, match="received 1 of them, expected 2"):
        window.step(STREAM[0, :1])
    [expected] = Predictor(model).predict([STREAM[1 : STEPS + 1]])
    assert_alike(window.step(STREAM[STEPS]), expected)


def test_only_what_is_wanted_is_answered_and_heads_may_change(model):
    predictor = Predictor(model)
    window = predictor.sliding_window()
    for images in STREAM[:STEPS]:
        window.step(images)
    assert list(window.step(STREAM[STEPS], tasks="mean", top_k=1)) == ["mean"]
    file = head_to_file(model, "mean")
    predictor.remove_head("turn")
    assert list(window.step(STREAM[5])) == ["mean", "gated"]
    predictor.add_head(file)
    window.clear()
    assert window.step(STREAM[6]) is None
    with pytest.raises(ConfigError, match="Unknown task 'trn'"):
        window.step(STREAM[7], tasks="trn")


def test_a_model_of_single_pictures_has_no_window():
    with pytest.raises(ConfigError, match="answers about single pictures"):
        Predictor(HydraNet(BACKBONE, [SingleLabel(name="a", classes=("x", "y"))])).sliding_window()
