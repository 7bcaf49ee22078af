"""A head that comes trained, from the config to prediction, verification, exports and files: nothing trains it."""

import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest

from hydranet import (
    Drawings,
    Experiment,
    FineTuning,
    MultiLabel,
    Predictor,
    Pretrained,
    Regression,
    Run,
    SingleLabel,
    add_task,
    audit,
    evaluate,
    export,
    export_head,
    import_head,
    load_config,
    remove_task,
    train,
    verify,
    write_report,
)
from hydranet.backbones import Application
from hydranet.cli import main
from hydranet.comparison import compare
from hydranet.engines import installed_engines
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import FeaturesConfig, TrainingConfig

pytestmark = pytest.mark.slow

CLASSES = ("corgi", "husky", "tabby", "tiger")
CATS_DOGS = Drawings("cats_dogs", 12, 6)


@pytest.fixture(scope="module")
def top():
    random = np.random.default_rng(1)
    return random.normal(size=(1280, 4)).astype(np.float32), random.normal(size=4).astype(np.float32)


@pytest.fixture(scope="module")
def folder(top, tmp_path_factory):
    """A file of weights for four classes, one for cats and dogs, and the names of the four."""
    folder = tmp_path_factory.mktemp("tops")
    np.savez(folder / "top.npz", kernel=top[0], bias=top[1])
    np.savez(folder / "two.npz", kernel=top[0][:, :2], bias=top[1][:2])
    (folder / "names.txt").write_text("\n".join(CLASSES))
    return folder


@pytest.fixture(scope="module")
def head(folder):
    return Pretrained(str(folder / "top.npz"), str(folder / "names.txt"))


@pytest.fixture(scope="module")
def experiment(backbone_weights, head, folder, tmp_path_factory):
    """A task without data and one with, both of which come trained, and one that is trained."""
    tasks = [
        SingleLabel(name="animal", head=head),
        SingleLabel(
            name="known", data=CATS_DOGS, classes=("cat", "dog"), head=Pretrained(str(folder / "two.npz"))
        ),
        SingleLabel(name="cats_dogs", data=CATS_DOGS, when={"animal": ("corgi", "husky", "tabby")}),
    ]
    return Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(image_size=32, weights=str(backbone_weights), arguments={"alpha": 0.35}),
        features=FeaturesConfig(dir=str(tmp_path_factory.mktemp("features"))),
        training=TrainingConfig(),
    )


@pytest.fixture(scope="module")
def trained(experiment, tmp_path_factory):
    """A run that tests share and must not change."""
    return Run(train(experiment, tmp_path_factory.mktemp("runs") / "shared").folder)


@pytest.fixture
def own_run(trained, tmp_path):
    return Run(shutil.copytree(trained.folder, tmp_path / "run"))


def pooled(model, images):
    return np.asarray(model.features(images)["pooled"])


def test_it_gives_what_its_file_says_on_the_pooled_feature(trained, top, images):
    assert trained.model.tasks["animal"].classes == CLASSES
    assert trained.model.place("animal").feature == "pooled"
    outputs = trained.model.predict(images, verbose=0, tasks=["animal", "known"])
    expected = pooled(trained.model, images) @ top[0] + top[1]
    np.testing.assert_allclose(outputs["animal"], expected, rtol=1e-4, atol=1e-3)
    # Two classes share one output.
    np.testing.assert_allclose(outputs["known"][:, 0], expected[:, 1] - expected[:, 0], rtol=1e-4, atol=1e-3)


def test_the_metrics_say_that_it_was_not_trained_and_have_figures_where_there_are_data(trained):
    metrics = trained.metrics["tasks"]
    assert metrics["animal"] == {"trained": False, "feature": "pooled"}
    assert (metrics["known"]["trained"], metrics["known"]["num_examples"]) == (False, 12)
    assert metrics["known"]["accuracy"] == pytest.approx(evaluate(trained)["known"]["accuracy"])
    assert "num_training_examples" not in metrics["known"]
    assert {row["task"] for row in trained.history} == {"cats_dogs"}


def test_predictions_name_its_classes_and_cost_one_pass(trained, top, images):
    answers = Predictor(trained).predict(list(images))
    expected = (pooled(trained.model, images) @ top[0] + top[1]).argmax(axis=1)
    assert [answer["animal"].label for answer in answers] == [CLASSES[index] for index in expected]
    assert all(answer["animal"].unusual is None for answer in answers)


def test_a_run_needs_its_file_no_more(own_run, head, tmp_path, images):
    elsewhere = dataclasses.replace(head, weights=str(tmp_path / "gone.npz"))
    config = own_run.config_path.read_text()
    assert head.weights in config
    tasks = {"animal": SingleLabel(name="animal", classes=CLASSES, head=elsewhere)}
    assert tasks["animal"].build_head((1280,)).output_shape == (None, 4)
    assert Predictor(own_run.folder).predict([images[0]])[0]["animal"].label in CLASSES


def test_verify_knows_its_weights_even_where_no_probe_picture_shows_a_change(own_run):
    model = own_run.model
    assert {check.task: check.status for check in verify(model)} == dict.fromkeys(model.tasks, "ok")
    kernel, bias = model.head("animal").get_weights()
    unseen = np.flatnonzero(pooled(model, np.zeros((1, 32, 32, 3), np.float32))[0] == 0)
    assert len(unseen)
    moved = bias.copy()
    moved[0] = np.nextafter(moved[0], np.inf, dtype=np.float32)
    model.head("animal").set_weights([kernel, moved])
    statuses = {check.task: check.status for check in verify(model)}
    assert statuses == {"animal": "differs", "known": "ok", "cats_dogs": "ok"}


def test_the_report_says_that_it_came_trained(trained, tmp_path):
    page = write_report(trained, tmp_path / "report.html").read_text()
    assert "animal: Its head came trained, and it has no data to be measured on." in page
    assert "known: Its head came trained." in page


def test_evaluation_leaves_it_out_until_it_is_given_pictures(trained):
    assert list(evaluate(trained)) == ["known", "cats_dogs"]
    with pytest.raises(ConfigError, match="'animal' has no data"):
        evaluate(trained, tasks=["animal"])


def test_an_audit_trains_no_head_in_its_place(trained):
    assert list(audit(trained, folds=2)) == ["cats_dogs"]
    with pytest.raises(ConfigError, match="'known' can't be audited: its head came trained"):
        audit(trained, tasks=["known"], folds=2)


def test_it_is_added_and_removed_without_moving_a_bit_of_the_others(own_run, head, images):
    before = own_run.model.predict(images, verbose=0)
    larger = add_task(
        own_run, SingleLabel(name="second", head=head, when={"cats_dogs": "0-1"}, when_above=0.6)
    )
    after = larger.model.predict(images, verbose=0)
    assert list(after) == [*before, "second"]
    for name, outputs in before.items():
        np.testing.assert_array_equal(after[name], outputs)
    np.testing.assert_array_equal(after["second"], after["animal"])
    assert larger.metrics["tasks"]["second"] == {"trained": False, "feature": "pooled"}
    assert {check.status for check in verify(Run(larger.folder).model)} == {"ok"}
    assert list(remove_task(larger, "second").model.tasks) == list(before)


def test_the_command_line_adds_it_without_data(own_run, folder, capsys):
    top = ["--set", "head.kind=pretrained", "--set", f"head.weights={folder / 'top.npz'}"]
    assert main(["add", str(own_run.folder), "animal_again", *top]) == 0
    assert "animal_again" in capsys.readouterr().out
    assert Run(own_run.folder).model.tasks["animal_again"].classes == ("0", "1", "2", "3")


def test_it_travels_as_a_head_file(own_run, tmp_path, images):
    expected = own_run.model.predict(images, verbose=0)["known"]
    path = export_head(own_run, "known", tmp_path)
    run = import_head(remove_task(own_run, "known"), path)
    np.testing.assert_array_equal(run.model.predict(images, verbose=0)["known"], expected)
    assert {check.status for check in verify(run.model)} == {"ok"}


def test_exports_have_it(trained, tmp_path):
    export(trained, tmp_path / "exported", file_format="saved_model")
    [path] = tmp_path.rglob("hydranet.json")
    assert json.loads(path.read_text())["tasks"]["animal"]["classes"] == list(CLASSES)


def test_a_run_may_have_no_other_head(experiment, tmp_path):
    alone = dataclasses.replace(experiment, tasks={"animal": experiment.tasks["animal"]})
    run = train(alone, tmp_path / "run")
    assert run.metrics["pictures"]["num_pictures"] == 0
    assert {check.status for check in verify(run.model)} == {"ok"}


def test_fine_tuning_leaves_it_the_layers_that_it_came_from(experiment, trained, tmp_path, images):
    phase = FineTuning(unfreeze="1 block", epochs=1, learning_rate=1e-3)
    run = train(dataclasses.replace(experiment, fine_tuning=(phase,)), tmp_path / "run")
    expected = trained.model.predict(images, verbose=0)
    outputs = run.model.predict(images, verbose=0)
    for name in ("animal", "known"):
        np.testing.assert_allclose(outputs[name], expected[name], rtol=1e-4, atol=1e-3)
    assert all("animal" not in phase["tasks"] for phase in run.metrics["fine_tuning"])
    assert {check.status for check in verify(Run(run.folder).model)} == {"ok"}
    resumed = train(dataclasses.replace(experiment, fine_tuning=(phase,)), tmp_path / "run", resume=True)
    assert resumed.metrics == Run(run.folder).metrics


def test_a_comparison_with_a_random_backbone_is_of_the_heads_that_are_trained(experiment, tmp_path):
    run = train(experiment, tmp_path / "run", compare_random=True)
    assert list(run.metrics["random_backbone"]) == ["cats_dogs"]


def test_what_is_compared_are_the_heads_that_are_trained(experiment, tmp_path):
    both = dict(experiment.tasks)
    both["again"] = SingleLabel(name="again", data=CATS_DOGS)
    found = compare(
        dataclasses.replace(experiment, tasks=both), tmp_path, num_seeds=2, only=["shared_separate"]
    )
    assert list(found["shared_separate"].main_metrics) == ["cats_dogs", "again"]
    del both["cats_dogs"], both["again"]
    with pytest.raises(ConfigError, match="There is nothing to train: the heads of all tasks come trained"):
        compare(dataclasses.replace(experiment, tasks=both), tmp_path)


def test_a_config_names_it(folder, backbone_weights, tmp_path):
    config = tmp_path / "animals.yaml"
    shutil.copy(folder / "top.npz", tmp_path)
    config.write_text("tasks: {animal: {head: {kind: pretrained, weights: top.npz}}}")
    task = load_config(config).tasks["animal"]
    assert task.head == Pretrained(str(tmp_path / "top.npz"))
    options = ["--weights", str(backbone_weights), "--set", "backbone.image_size=32"]
    options += ["--set", "backbone.arguments.alpha=0.35"]
    assert main(["validate", str(config), *options]) == 0
    assert main(["train", str(config), "--run", str(tmp_path / "run"), *options]) == 0


def alone(experiment, task, **settings):
    return dataclasses.replace(experiment, tasks={task.name: task}, **settings)


def test_what_it_can_not_stand_on_is_refused(experiment, head, tmp_path):
    task = SingleLabel(name="animal", head=head)
    random = dataclasses.replace(experiment.backbone, weights="random")
    with pytest.raises(ConfigError, match=r"tasks\.animal\.head: .* weights of MobileNetV2 are random"):
        train(alone(experiment, task, backbone=random), tmp_path / "run")
    levels = dataclasses.replace(task, head=dataclasses.replace(head, feature="levels"))
    with pytest.raises(
        ModelError, match=r"was trained on 1,280 features, and levels .* has the shape \(1808,\)"
    ):
        train(alone(experiment, levels), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"tail of 'animal': its head comes trained"):
        SingleLabel(name="animal", head=head, tail="own")
    with pytest.raises(ConfigError, match="has class_weights, but its head comes trained"):
        SingleLabel(name="animal", head=head, class_weights="balanced")


def test_a_task_that_it_does_not_answer_is_refused(experiment, head, tmp_path):
    with pytest.raises(ConfigError, match=r"tasks\.size\.head: it comes trained to tell classes apart"):
        train(alone(experiment, Regression(name="size", head=head)), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"tasks\.few\.classes: received 3 of them .* tells 4 apart"):
        train(
            alone(experiment, SingleLabel(name="few", classes=("a", "b", "c"), head=head)), tmp_path / "run"
        )


def test_it_may_name_several_classes_of_one_picture(experiment, head, top, tmp_path, images):
    run = train(alone(experiment, MultiLabel(name="traits", head=head)), tmp_path / "run")
    expected = pooled(run.model, images) @ top[0] + top[1]
    np.testing.assert_allclose(run.model.predict(images, verbose=0)["traits"], expected, rtol=1e-4, atol=1e-3)


def test_a_top_of_several_layers_answers_as_its_whole_network(tmp_path, images):
    keras.utils.set_random_seed(0)
    settings = {"weights": None, "input_shape": (32, 32, 3), "minimalistic": True}
    whole = keras.applications.MobileNetV3Small(classes=3, **settings)
    for layer in whole.layers:  # so that features differ from picture to picture
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    whole(images, training=True)
    below = keras.applications.MobileNetV3Small(include_top=False, pooling="avg", **settings)
    below.set_weights(whole.get_weights()[: len(below.weights)])
    whole.save_weights(tmp_path / "whole.weights.h5")
    below.save_weights(tmp_path / "below.weights.h5")
    (tmp_path / "names.txt").write_text("ant\nbee\ncow\n")
    head = Pretrained(str(tmp_path / "whole.weights.h5"), str(tmp_path / "names.txt"))
    experiment = Experiment(
        tasks={
            "animal": SingleLabel(name="animal", head=head),
            "cats_dogs": SingleLabel(name="cats_dogs", data=CATS_DOGS),
        },
        backbone=Application(
            "MobileNetV3Small",
            image_size=32,
            weights=str(tmp_path / "below.weights.h5"),
            arguments={"minimalistic": True},
        ),
        features=FeaturesConfig(dir=str(tmp_path / "features")),
    )
    run = train(experiment, tmp_path / "run")
    expected = np.asarray(whole(images))
    assert expected.std(axis=0).max() > 1e-3
    assert run.model.tasks["animal"].classes == ("ant", "bee", "cow")
    assert run.experiment.tasks["animal"].head.hidden == (1024,)
    for path in ("whole.weights.h5", "below.weights.h5", "names.txt"):
        (tmp_path / path).unlink()
    run = Run(run.folder)
    for engine in installed_engines():
        answers = Predictor(run, engine=engine).answer(images, [None] * len(images))
        np.testing.assert_allclose(answers.scores("animal"), expected, rtol=0, atol=1e-4)
    path = export_head(run, "animal", tmp_path)
    taken = import_head(remove_task(run, "animal"), path)
    assert {check.status for check in verify(taken.model)} == {"ok"}
    assert export(taken, tmp_path / "exported", file_format="saved_model")
