"""Where no engine is named, the fast one answers if it gives the same answers, and at once after a training."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

import hydranet
from hydranet import Predictor, Run, add_task, remove_task
from hydranet.config import parse_experiment
from hydranet.engines import _fast
from hydranet.engines._file_engine import FileEngine
from hydranet.inference import _fast_path, prepare
from hydranet.model import Trunk
from hydranet.runs import accept

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, mobilenet_weights):
    """A run with two tasks, one with a gate, trained by default settings."""

    def data(collection):
        return {"kind": "drawings", "collection": collection, "num_train": 6, "num_validation": 3}

    folder = tmp_path_factory.mktemp("fast")
    raw = {
        "backbone": {
            "name": "MobileNet",
            "image_size": 32,
            "weights": str(mobilenet_weights),
            "arguments": {"alpha": 0.25},
        },
        "features": {"dir": str(folder / "features")},
        "tasks": {
            "cats_dogs": {"data": data("cats_dogs")},
            "horse_human": {"data": data("horse_human"), "when": {"cats_dogs": "dog"}},
        },
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fast, "has_gpu", lambda: False)
        hydranet.train(parse_experiment(raw), folder / "run")
    return folder / "run"


@pytest.fixture
def run(run_folder, tmp_path, fast_path):
    """A copy of that run, whose own folder of features may be used."""
    return Run(shutil.copytree(run_folder, tmp_path / "run"), trust=True)


@pytest.fixture
def no_conversion(monkeypatch):
    """Fail where a network is converted."""

    def forget():
        def fail(*_, **__):
            raise AssertionError("a network was converted")

        monkeypatch.setattr(FileEngine, "convert", fail)

    return forget


def test_a_training_uses_the_fast_engine_and_the_prediction_starts_from_what_it_has_made(
    run, fast_path, images, no_conversion
):
    no_conversion()
    predictor = Predictor(run)
    assert predictor.engine == fast_path.name
    expected = Predictor(run, engine="tensorflow").answer(images).scores("cats_dogs")
    np.testing.assert_allclose(predictor.answer(images).scores("cats_dogs"), expected, atol=1e-4)
    again = add_task(run, hydranet.SingleLabel(name="again", data=run.experiment.tasks["cats_dogs"].data))
    assert Predictor(remove_task(again, "again")).engine == fast_path.name


def test_a_prepared_run_is_answered_from_without_tensorflow(run, fast_path):
    assert prepare(run) == fast_path.name
    program = (
        "import sys; import numpy as np; from hydranet import Predictor\n"
        "predictor = Predictor(sys.argv[1]); predictor.predict(np.zeros((1, 32, 32, 3), 'uint8'))\n"
        "print(predictor.engine, 'tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(run.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [fast_path.name, "False"]


def test_a_model_that_has_changed_is_tried_anew(run, images):
    prepare(run)
    changed = remove_task(Run(run.folder), "horse_human")
    assert list(Predictor(changed.folder).tasks) == ["cats_dogs"]


def test_where_the_answers_differ_tensorflow_gives_them_and_that_is_noted(run, monkeypatch, caplog):
    monkeypatch.setattr(_fast_path, "TOLERANCE", -1.0)
    assert Predictor(run).engine == "tensorflow"
    assert "differ by" in caplog.text
    caplog.clear()
    assert Predictor(run.folder).engine == "tensorflow"
    assert not caplog.records


def test_the_engine_is_compared_with_what_the_training_has_noted_and_tensorflow_computes_nothing(
    run, fast_path, monkeypatch
):
    _ = run.model

    def fail(*_, **__):
        raise AssertionError("TensorFlow has computed features")

    monkeypatch.setattr(Trunk, "call", fail)
    assert prepare(run) == fast_path.name


def test_a_model_that_was_changed_after_its_heads_were_recorded_is_compared_as_it_is(run, fast_path):
    head = run.model.head("cats_dogs")
    head.set_weights([-weights for weights in head.get_weights()])
    run.model.save(run.model_path)
    accept(run.folder)
    assert prepare(Run(run.folder)) == fast_path.name


def test_what_can_not_be_loaded_is_answered_by_tensorflow(run, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("no such operation")

    monkeypatch.setattr(FileEngine, "load", fail)
    assert Predictor(run).engine == "tensorflow"
    assert "no such operation" in caplog.text


def test_a_damaged_note_is_named_and_the_engine_chosen_anew(run, fast_path, caplog):
    prepare(run)
    note = run.folder / "engines" / "auto.json"
    whole = note.read_text()
    for damaged in (whole.replace(f'"{fast_path.name}"', '"another"', 1), whole[:40], ""):
        note.write_text(damaged)
        caplog.clear()
        assert Predictor(run.folder).engine == fast_path.name
        assert "auto.json can't be used" in caplog.text


def test_a_run_that_can_not_be_written_to_is_answered_from_all_the_same(run, images, caplog):
    (run.folder / "engines").touch()  # nobody can make a folder here
    expected = Predictor(run, engine="tensorflow").answer(images).scores("cats_dogs")
    np.testing.assert_allclose(Predictor(run).answer(images).scores("cats_dogs"), expected, atol=1e-4)
    assert "is not noted" in caplog.text


def test_a_model_that_is_no_run_is_computed_by_tensorflow(run):
    assert Predictor(run.model).engine == "tensorflow"
    assert Predictor(run.model_path).engine == "tensorflow"
