"""Engine files: the same answers without TensorFlow, and never those of a model that has changed."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

import hydranet
from hydranet import (
    MLP,
    ConfigError,
    Custom,
    Drawings,
    HydraNet,
    ModelError,
    Predictor,
    Run,
    SingleLabel,
    add_task,
    export_head,
    remove_task,
)
from hydranet.config import parse_experiment
from hydranet.engines._engines import installed_engines
from hydranet.engines._file_engine import FileEngine
from hydranet.inference import _choose_engine as choose_engine
from hydranet.inference._assess_on_engine import assess_on_engine
from hydranet.model._tail import Tail
from hydranet.runs._keras_head import head_to_file

pytestmark = pytest.mark.slow

ENGINES = ("onnxruntime", "openvino", "litert")
CLASSES = ("a", "b", "c")


@keras.saving.register_keras_serializable("engine_test")
class Gated(keras.layers.Layer):
    """A head that NumPy does not know."""

    def __init__(self, num_outputs, **kwargs):
        super().__init__(**kwargs)
        self.num_outputs = num_outputs

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.num_outputs), name="kernel")

    def call(self, features):
        return keras.ops.tanh(features @ self.kernel)

    def get_config(self):
        return {**super().get_config(), "num_outputs": self.num_outputs}


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, mobilenet_weights):
    """A run with two tasks, on drawings."""
    folder = tmp_path_factory.mktemp("run")
    raw = {
        "backbone": {
            "name": "MobileNet",
            "image_size": 32,
            "weights": str(mobilenet_weights),
            "arguments": {"alpha": 0.25},
        },
        "features": {"dir": str(folder / "features")},
        "tasks": {
            "cats_dogs": {
                "data": {"kind": "drawings", "collection": "cats_dogs", "num_train": 6, "num_validation": 3}
            },
            "horse_human": {
                "data": {
                    "kind": "drawings",
                    "collection": "horse_human",
                    "num_train": 6,
                    "num_validation": 3,
                },
                "when": {"cats_dogs": "dog"},
            },
        },
    }
    hydranet.train(parse_experiment(raw), folder / "run")
    return folder / "run"


@pytest.fixture
def run(run_folder, tmp_path):
    """A copy of that run, of one's own."""
    shutil.copytree(run_folder, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture(scope="module")
def tailed(trunk):
    """A model with two tails, and a head that NumPy does not know."""
    cut = trunk.find_cut("1 block")
    tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "own_one")}
    network = tails["own_one"].network
    network.set_weights([1.05 * weight for weight in network.get_weights()])
    tasks = [
        SingleLabel(name="linear", classes=CLASSES),
        SingleLabel(name="hidden", classes=CLASSES, head=MLP(hidden=(8,), batch_norm=True), tail="own_one"),
        SingleLabel(name="custom", classes=CLASSES, head=Custom(layer="engine_test>Gated")),
    ]
    return HydraNet(trunk.below(cut), tasks, tails=tails)


def needs(engine):
    if engine not in installed_engines():
        pytest.skip(f"{engine} is not installed")


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_are_those_of_tensorflow(tailed, images, engine):
    needs(engine)
    answers, expected = Predictor(tailed, engine=engine).answer(images), Predictor(tailed).answer(images)
    for name in tailed.tasks:
        np.testing.assert_allclose(answers.scores(name), expected.scores(name), atol=1e-4)


SCRIPT = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None  # an import of either raises
import json
from hydranet.cli import main
sys.exit(main(json.loads(sys.argv[1])))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_once_the_files_are_made_the_command_does_without_tensorflow(run, engine, tmp_path, capfd):
    needs(engine)
    [picture, *_] = Drawings("cats_dogs", num_train=1, num_validation=1).load()["train"]
    picture.pictures.save(tmp_path / "picture.png")
    expected = Predictor(run).predict(tmp_path / "picture.png")[0]
    Predictor(run, engine=engine)
    arguments = ["predict", str(run), str(tmp_path / "picture.png"), "--engine", engine, "--format", "json"]
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(arguments)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    [found] = json.loads(finished.stdout)
    answers = found["predictions"]
    assert list(answers) == list(expected)
    for name, answer in answers.items():
        assert (answer is None) == (expected[name] is None)
        if answer:
            assert answer["label"] == expected[name].label
            assert answer["probability"] == pytest.approx(expected[name].probability, abs=1e-4)


def test_files_follow_the_run_and_keep_the_networks_that_are_still_right(run):
    needs("litert")
    first = Predictor(run, engine="litert")
    networks = run / "engines" / "litert-float32" / "networks"
    before = {path.name: path.read_bytes() for path in networks.iterdir()}
    modified = (networks / "trunk.tflite").stat().st_mtime_ns
    pets = SingleLabel(name="pets", data=Drawings("cats_dogs", num_train=6, num_validation=3, seed=1))
    add_task(Run(run), pets)
    second = Predictor(run, engine="litert")
    assert [list(first.tasks), list(second.tasks)] == [
        ["cats_dogs", "horse_human"],
        ["cats_dogs", "horse_human", "pets"],
    ]
    assert {path.name: path.read_bytes() for path in networks.iterdir()} == before
    assert (networks / "trunk.tflite").stat().st_mtime_ns == modified  # copied, not converted again
    remove_task(Run(run), "pets")
    assert list(Predictor(run, engine="litert").tasks) == ["cats_dogs", "horse_human"]


def answers(predictor, images):
    given = predictor.answer(images)
    return [given.scores(name) for name in predictor.tasks]


@pytest.mark.parametrize("engine", ENGINES)
def test_damaged_files_are_named_and_made_anew_before_they_are_used(run, engine, images, caplog):
    needs(engine)
    expected = answers(Predictor(run, engine=engine), images)
    folder = run / "engines" / f"{engine}-float32"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rng = np.random.default_rng(0)
    assert len(files) >= 4
    for path in files:
        for damage in ("flip", "cut") if path.suffix == ".json" else ("flip",):
            content = bytearray(path.read_bytes())
            content[rng.integers(len(content) // 4, len(content))] ^= 0x10
            path.write_bytes(content if damage == "flip" else content[: len(content) // 2])
            caplog.clear()
            predictor = Predictor(run, engine=engine)
            assert f"{path.name}" in caplog.text
            assert "made anew" in caplog.text
            for now, then in zip(answers(predictor, images), expected, strict=True):
                np.testing.assert_array_equal(now, then)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_damaged_model_is_not_used_through_files_that_were_made_of_it(run):
    needs("litert")
    Predictor(run, engine="litert")
    content = bytearray((run / "model.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (run / "model.keras").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.keras is damaged"):
        Predictor(run, engine="litert")


@pytest.mark.parametrize("engine", [*ENGINES, "fastest"])
def test_a_run_that_can_not_be_written_to_is_answered_from_all_the_same(run, engine, images, caplog):
    needs("litert" if engine == "fastest" else engine)
    expected = answers(Predictor(run), images)
    (run / "engines").touch()  # nobody can make a folder here
    predictor = Predictor(run, engine=engine)
    for now, then in zip(answers(predictor, images), expected, strict=True):
        np.testing.assert_allclose(now, then, atol=1e-4)
    assert "Could not write" in caplog.text


def test_two_who_make_the_same_files_make_them_once(run, images, caplog):
    needs("litert")
    caplog.set_level("INFO", logger="hydranet")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: Predictor(run, engine="litert"), range(2))
    assert caplog.text.count("Making the files of litert") == 1
    for one, other in zip(answers(first, images), answers(second, images), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("only_litert")
def test_a_damaged_note_of_a_choice_is_named_and_the_engine_chosen_anew(run, caplog):
    chosen = Predictor(run, engine="fastest", batch_size=4).engine
    note = run / "engines" / "fastest.json"
    whole = note.read_text()
    for damaged in (whole.replace(f'"{chosen}"', '"another"', 1), whole[:40], ""):
        note.write_text(damaged)
        caplog.clear()
        assert Predictor(run, engine="fastest", batch_size=4).engine in ("litert", "tensorflow")
        assert "fastest.json can't be used" in caplog.text


def test_a_head_of_other_layers_than_numpy_knows_needs_tensorflow_or_the_run(tailed, tmp_path):
    needs("litert")
    custom = head_to_file(tailed, "custom")
    tensorflow, litert = Predictor(tailed), Predictor(tailed, engine="litert")
    tensorflow.remove_head("custom")
    assert tensorflow.add_head(custom) == "custom"
    with pytest.raises(ModelError, match=r"can't run by itself.*hydranet import-head"):
        litert.add_head(custom)


def test_int8_is_calibrated_on_the_runs_pictures(run, tailed, images):
    needs("litert")
    answers = Predictor(run, engine="litert", precision="int8").answer(images)
    expected = Predictor(run).answer(images)
    difference = np.abs(answers.scores("cats_dogs") - expected.scores("cats_dogs")).mean()
    assert 0 < difference < 0.2  # features of 32 pixels from a backbone that was never trained
    with pytest.raises(ConfigError, match="give the run's folder"):
        Predictor(tailed, engine="litert", precision="int8")


def test_an_engine_is_measured_on_the_pictures_themselves_and_without_gates(run):
    needs("litert")
    expected = hydranet.evaluate(Run(run))
    measured = assess_on_engine(Run(run), engine="litert")
    for name, each in measured.items():
        assert each.metrics == pytest.approx(expected[name], abs=1e-3), name
    with pytest.raises(ConfigError, match="no split 'test'"):
        assess_on_engine(Run(run), engine="litert", split="test")


def test_what_an_engine_can_not_do_is_said(run):
    with pytest.raises(ConfigError, match="tensorflow computes in float32, not in int8"):
        Predictor(run, engine="tensorflow", precision="int8")
    with pytest.raises(ConfigError, match="Unknown engine 'openvin'"):
        Predictor(run, engine="openvin")
    for engine in ("auto", "fastest"):
        with pytest.raises(ConfigError, match=f"{engine} chooses in float32"):
            Predictor(run, engine=engine, precision="int8")


@pytest.fixture
def only_litert(monkeypatch):
    needs("litert")
    monkeypatch.setattr(choose_engine, "installed_engines", lambda: ["litert"])


@pytest.mark.usefixtures("only_litert")
def test_fastest_chooses_once_and_leaves_the_files_of_the_chosen_engine(run, caplog, images):
    caplog.set_level("INFO", logger="hydranet")
    predictor = Predictor(run, engine="fastest", batch_size=4)
    assert f"Engine: {predictor.engine}, the fastest here" in caplog.text
    kept = {path.name for path in (run / "engines").iterdir()}
    assert kept == {
        "fastest.json",
        *(() if predictor.engine == "tensorflow" else (f"{predictor.engine}-float32",)),
    }
    caplog.clear()
    assert Predictor(run, engine="fastest", batch_size=4).engine == predictor.engine
    assert "the fastest here" not in caplog.text


@pytest.mark.usefixtures("only_litert")
def test_fastest_leaves_out_an_engine_that_answers_otherwise(run, caplog, monkeypatch):
    load = FileEngine.load

    def load_wrong(engine, path, **arguments):
        network = load(engine, path, **arguments)
        [name] = network.output_names

        class Wrong:
            output_names = network.output_names

            def __call__(self, inputs):
                return {name: 1.01 * network(inputs)[name]}

        return Wrong()

    monkeypatch.setattr(FileEngine, "load", load_wrong)
    assert Predictor(run, engine="fastest", batch_size=4).engine == "tensorflow"
    assert caplog.text.count("is left out: its answers differ by") == 1


def test_a_head_moves_to_another_run_with_the_same_layers(run, tmp_path, images):
    path = export_head(Run(run), "horse_human", tmp_path)
    before = Predictor(run).answer(images).scores("cats_dogs")
    remove_task(Run(run), "horse_human")
    taken_in = Run(hydranet.import_head(Run(run), path).folder)
    assert list(taken_in.model.tasks) == ["cats_dogs", "horse_human"]
    assert taken_in.experiment.tasks["horse_human"].when == {"cats_dogs": ("dog",)}
    assert {check.status for check in hydranet.verify(taken_in.model)} == {"ok"}
    np.testing.assert_array_equal(Predictor(run).answer(images).scores("cats_dogs"), before)
    with pytest.raises(ConfigError, match="has a task 'horse_human' already"):
        hydranet.import_head(Run(run), path)


def test_a_head_for_other_layers_is_refused_and_nothing_is_written(run, tailed, tmp_path):
    head_to_file(tailed, "linear").write(tmp_path / "linear.head")
    before = (run / "model.keras").read_bytes()
    for take_in in (
        lambda: hydranet.import_head(Run(run), tmp_path / "linear.head"),
        lambda: Predictor(run).add_head(tmp_path / "linear.head"),
    ):
        with pytest.raises(ModelError, match=r"'linear' was trained on other layers.*hydranet add"):
            take_in()
    assert (run / "model.keras").read_bytes() == before
