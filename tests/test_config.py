"""YAML → Experiment: what a user writes, and what is said about mistakes."""

import dataclasses
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydranet import CSV, MLP, TFDS, Augmentation, Custom, Drawings, Flatten, Folder
from hydranet.backbones import Application
from hydranet.config import (
    check_data,
    experiment_to_yaml,
    load_config,
)
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment, FeaturesConfig, TrainingConfig
from hydranet.tasks import _registry as registry
from hydranet.tasks import task_from_config, task_to_config
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._regression import Regression
from hydranet.tasks._single_label import SingleLabel

TASKS = [
    SingleLabel(name="plain"),
    SingleLabel(name="balanced", classes=("yes", "no"), class_weights="balanced", data=Folder("/pictures")),
    SingleLabel(
        name="weighed", classes=("1", "null", "é: #"), class_weights={"1": 2.0}, head=MLP(hidden=(8, 4))
    ),
    MultiLabel(
        name="weather", classes=("rain",), data=CSV("/w.csv", "weather", split="split"), head=Flatten(0.5)
    ),
    Regression(name="age", mean=31.5, standard_deviation=7.0, data=Drawings("cats_dogs", 3, 2, seed=1)),
    SingleLabel(name="own", data=TFDS("x", data_dir="/d"), head=Custom("a>B", {"heads": 4, "names": ["x"]})),
]


@pytest.fixture
def load(tmp_path):
    """Write a config and load it."""

    def load(text, **arguments):
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load_config(path, **arguments)

    return load


@pytest.fixture
def errors_of(load):
    def errors_of(text, **arguments):
        with pytest.raises(ConfigError) as caught:
            load(text, **arguments)
        first, *lines = str(caught.value).split("\n  ")
        assert f"{len(lines)} error" in first
        return lines

    return errors_of


@pytest.fixture
def registrations(monkeypatch):
    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))
    yield
    for name in [name for name in sys.modules if name.startswith("hydranet_plugin_")]:
        del sys.modules[name]


def test_a_folder_is_all_that_a_task_needs(load, tmp_path):
    experiment = load("tasks: {shoes: {data: pictures}}")
    assert experiment == Experiment(
        tasks={"shoes": SingleLabel(name="shoes", data=Folder(str(tmp_path / "pictures")))}
    )


def test_a_registered_task_needs_only_its_name(load):
    assert load("tasks: {cats_dogs: }").tasks["cats_dogs"].data == TFDS("cats_vs_dogs")


def test_a_registered_tasks_fields_can_be_replaced_one_by_one(load):
    task = load("tasks: {cats_dogs: {head: mlp, class_weights: balanced}}").tasks["cats_dogs"]
    assert (task.data, task.head, task.class_weights) == (TFDS("cats_vs_dogs"), MLP(), "balanced")


def test_a_gate_names_one_class_or_several(load):
    experiment = load(
        """
        tasks:
          breed: {data: x, when: {cats_dogs: dog}}
          colour: {data: y, when: {cats_dogs: [cat, dog], breed: no}}
          cats_dogs:
        """
    )
    assert experiment.tasks["breed"].when == {"cats_dogs": ("dog",)}
    assert experiment.tasks["colour"].when == {"cats_dogs": ("cat", "dog"), "breed": ("no",)}
    assert load(experiment_to_yaml(experiment)) == experiment
    for task in experiment.tasks.values():
        assert task_from_config(task_to_config(task)) == task


def test_bad_gates_are_named_with_all_other_mistakes(errors_of):
    assert errors_of(
        """
        tasks:
          pet: {data: x, classes: [cat, dog]}
          age: {data: x, tial: own}
          breed: {data: x, when: {pet: dgo, age: "3"}}
          size: {data: x, when: {pett: dog}}
        """
    ) == [
        "tasks.breed.when.pet: The label 'dgo' is not a class of the task 'pet': expected one of cat, dog. "
        "Did you mean 'dog'?",
        "tasks.size.when: Unknown task 'pett'. Did you mean 'pet'? Known: age, breed, pet.",
        "tasks.age.tial: unknown key. Did you mean 'tail'? Known: class_prior, class_weights, classes, data, "
        "head, kind, loss_weight, name, sampling, sampling_weight, tail, training_shares, when, "
        "when_above.",
    ]


@pytest.mark.parametrize(
    ("when", "error"),
    [
        ("pet", 'tasks.a.when: received "pet", expected a mapping.'),
        (
            "{pet: true}",
            "tasks.a.when.pet.0: received true, expected a text or an integer: put quotes around it.",
        ),
        ("{pet: {b: c}}", 'tasks.a.when.pet.0: received {"b": "c"}, expected a text or an integer.'),
        (
            "{pet: []}",
            "tasks.a: when of 'a' must name one or several classes of 'pet', by name, index or range of indices: "
            "received [].",
        ),
    ],
)
def test_a_gate_that_is_no_gate_is_explained(errors_of, when, error):
    assert errors_of(f"tasks: {{pet: {{data: x}}, a: {{data: x, when: {when}}}}}") == [error]


def test_the_order_of_the_tasks_is_that_of_the_file(load):
    assert list(load("tasks: {b: {data: x}, a: {data: y}}").tasks) == ["b", "a"]


def test_relative_paths_start_from_the_folder_of_the_config(load, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    experiment = load(
        """
        tasks:
          a: {data: ../pictures}
          b: {data: {kind: csv, path: b.csv, label: x}}
          c: {data: {kind: tfds, name: x, data_dir: tfds}}
          d: {data: /absolute}
          e: {data: ~/pictures}
        backbone: {weights: w.weights.h5}
        features: {dir: store}
        """
    )
    data = {name: task.data for name, task in experiment.tasks.items()}
    assert data["a"].path == str(tmp_path.parent / "pictures")
    assert data["b"].path == str(tmp_path / "b.csv")
    assert data["c"].data_dir == str(tmp_path / "tfds")
    assert data["d"].path == "/absolute"
    assert data["e"].path == str(Path("~/pictures").expanduser())
    assert experiment.backbone.weights == str(tmp_path / "w.weights.h5")
    assert experiment.features.dir == str(tmp_path / "store")


@pytest.mark.parametrize("weights", ["imagenet", "bundled", "random"])
def test_the_names_of_weights_are_not_taken_for_paths(load, weights):
    assert load(f"tasks: {{cats_dogs: }}\nbackbone: {{weights: {weights}}}").backbone.weights == weights


def test_overrides_replace_values_by_dotted_path(load):
    experiment = load(
        "tasks: {cats_dogs: }\nbackbone: {image_size: 96, pooling: max}",
        overrides={"backbone.image_size": 160, "tasks.cats_dogs.head": "mlp", "training.l2": 0.5},
    )
    assert experiment.backbone == Application(image_size=160, pooling="max")
    assert experiment.tasks["cats_dogs"].head == MLP()
    assert experiment.training.l2 == 0.5


def test_data_points_a_task_at_a_folder_or_makes_a_new_one(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = load("tasks: {cats_dogs: {head: mlp}}", data={"cats_dogs": "mine", "shoes": "/shoes"})
    assert experiment.tasks["cats_dogs"] == SingleLabel(
        name="cats_dogs", head=MLP(), data=Folder(str(tmp_path / "mine"))
    )
    assert experiment.tasks["shoes"].data == Folder("/shoes")


def test_all_errors_come_at_once_each_with_its_path(errors_of):
    errors = errors_of(
        """
        tasks:
          cats_dgos:
          shoes: {data: a, heed: linear}
          Bad Name: {data: x}
          boots: {data: {kind: csvv, path: x}}
        backbone: {image_size: "224", poling: avg}
        training: {patience: 0}
        augmentation: {views: 0}
        seeed: 3
        """
    )
    assert [error.split(": ")[0] for error in errors] == [
        "tasks.cats_dgos",
        "tasks.shoes.heed",
        "tasks.Bad Name",
        "tasks.boots.data.kind",
        "backbone.image_size",
        "backbone.poling",
        "augmentation.views",
        "training.patience",
        "seeed",
    ]
    assert "Did you mean 'cats_dogs'?" in errors[0]
    assert "Did you mean 'head'?" in errors[1]
    assert "'bad_name' would do" in errors[2]
    assert "Did you mean 'csv'?" in errors[3]
    assert "a number of pixels, or [height, width]: received '224'" in errors[4]
    assert "received 0, expected at least 1" in errors[6]
    assert "received 0, expected at least 1" in errors[7]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("tasks:", "tasks: received None, expected a mapping of at least one task"),
        ("seed: 1", "tasks: received None, expected a mapping of at least one task"),
        ("tasks: {a: 3}", "tasks.a: received 3, expected settings such as `data: PATH`"),
        ("tasks: {a: {data: x, mean: 3}}", "tasks.a.mean: unknown key."),
        ("tasks: {a: {data: x, name: b}}", "tasks.a: its name is its key: received name: b."),
        ("tasks: {a: {data: {kind: csv, path: x}}}", "tasks.a.data: Give either `label`, a column, or"),
        (
            "tasks: {a: {data: x, head: {hidden: [8]}}}",
            "tasks.a.head.kind: is missing, expected one of attention, coordinates, custom",
        ),
        ("tasks: {a: {data: x, head: mpl}}", "tasks.a.head.kind: received 'mpl', expected one of attention"),
        (
            "tasks: {a: {data: x, classes: [1, b]}}",
            "tasks.a.classes.0: received 1, expected a text: put quotes around it.",
        ),
        ("tasks: {a: {data: x, classes: [b, b]}}", "tasks.a: The task 'a' names a class twice: b."),
        (
            "tasks: {a: {data: x}}\ntraining: {l2: .nan}",
            "training.l2: received NaN, expected at least 0 and finite.",
        ),
        ("tasks: {a: {data: x}}\nseed: -1", "seed: received -1, expected at least 0."),
        ("tasks: {a: {data: x}}\nbackbone: 3", "backbone: received 3, expected a mapping."),
        ("tasks: {a: {data: x}}\nplugins: x.py", 'plugins: received "x.py", expected a list.'),
    ],
)
def test_a_mistake_is_explained(errors_of, text, error):
    [found] = errors_of(text)
    assert found.startswith(error)


def test_a_task_named_twice_is_an_error_that_names_the_line(load):
    with pytest.raises(ConfigError, match=r'config.yaml, line 3: found duplicate key "a": every key'):
        load("tasks:\n  a: {data: x}\n  a: {data: y}\n")


@pytest.mark.parametrize("text", ["", "3", "[1]", "just text"])
def test_a_config_that_is_no_mapping_is_refused(load, text):
    with pytest.raises(ConfigError, match="must be a mapping with `tasks:`"):
        load(text)


def test_broken_yaml_is_named_with_file_and_line(load):
    with pytest.raises(ConfigError, match=r"(?s)config.yaml is not valid YAML: .*line 2"):
        load("tasks: {a: {data: x}\n")


def test_yaml_runs_no_code(load, tmp_path):
    with pytest.raises(ConfigError, match="not valid YAML"):
        load(f"tasks: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']")
    assert not (tmp_path / "made").exists()


def test_a_config_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none.yaml can't be read: No such file"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ConfigError, match="it is not text in UTF-8"):
        load_config(tmp_path / "picture.jpg")


@pytest.mark.usefixtures("registrations")
def test_a_plugin_beside_the_config_offers_its_tasks_and_is_found_again_from_the_resolved_config(
    load, tmp_path
):
    (tmp_path / "my_tasks.py").write_text(
        "from hydranet import SingleLabel, register_task\n\n@register_task\n"
        "def shoes():\n    return SingleLabel(name='shoes', classes=('boot', 'sandal'))\n"
    )
    experiment = load("plugins: [my_tasks.py]\ntasks: {shoes: {data: x}}")
    assert experiment.tasks["shoes"].classes == ("boot", "sandal")
    elsewhere = tmp_path / "runs" / "shoes" / "config.yaml"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text(experiment_to_yaml(experiment))
    assert load_config(elsewhere) == experiment


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_kind_of_task_survives_as_json_types(task):
    assert task_from_config(task_to_config(task)) == task


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_experiment_survives_as_yaml(load, task):
    experiment = Experiment(
        tasks={task.name: task},
        backbone=Application(
            name="Xception", image_size=299, weights="/w.h5", pooling="none", arguments={"a": 0.35}
        ),
        features=FeaturesConfig(dir="/store", dtype="float16", batch_size=3),
        augmentation=Augmentation(views=4, flip=False, rotation=15, crop=0.2, colour=0.1),
        training=TrainingConfig(l2=1e-5, learning_rate=3e-4, max_epochs=7),
        skip_bad_images=True,
        seed=11,
    )
    text = experiment_to_yaml(experiment)
    assert load(text) == experiment
    for section in (experiment, experiment.backbone, experiment.features, experiment.training):
        for each in dataclasses.fields(section):
            assert f"{each.name}:" in text, "every default is written out"


PRINTABLE = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])


@pytest.mark.slow
@given(st.lists(st.text(PRINTABLE, min_size=1, max_size=12), min_size=2, max_size=4, unique=True))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_class_name_survives_as_yaml(load, classes):
    experiment = Experiment(
        tasks={"shoes": SingleLabel(name="shoes", classes=tuple(classes), data=Folder("/x"))}
    )
    assert load(experiment_to_yaml(experiment)) == experiment


def test_a_task_that_can_not_be_read_says_why():
    config = {**task_to_config(TASKS[0]), "hed": 3, "classes": ["a"]}
    with pytest.raises(ConfigError, match=r"(?s)The task 'plain' can't be read:.*hed: unknown key"):
        task_from_config(config)


def test_the_classes_of_a_gate_are_checked_against_the_data(load, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "1.jpg").write_text(name)
    experiment = load("tasks: {pet: {data: pets}, breed: {data: pets, when: {pet: dgo}}}")
    with pytest.raises(ConfigError, match=r"tasks\.breed\.when\.pet: .*Did you mean 'dog'"):
        check_data(experiment)


def test_the_data_of_all_tasks_is_checked_at_once_without_decoding_a_picture(load, tmp_path):
    for name in ("good/boot", "good/clog", "single/boot"):
        (tmp_path / name).mkdir(parents=True)
        for number in range(2):
            (tmp_path / name / f"{number}.jpg").write_text(f"{name} {number}")
    experiment = load(
        """
        tasks:
          missing: {data: none}
          good: {data: good}
          single: {data: single}
          other: {data: good, classes: [boot, sandal]}
          table: {data: {kind: csv, path: c.csv, label: x}}
          cats_dogs:
        """
    )
    with pytest.raises(ConfigError) as caught:
        check_data(experiment)
    _, *lines = str(caught.value).split("\n  ")
    assert [line.split(": ")[0] for line in lines] == [
        f"tasks.{name}.data" for name in ("missing", "single", "other", "table")
    ]


def test_what_a_training_would_refuse_is_found_without_one(load, tmp_path):
    for name in ("same/boot", "same/clog"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.jpg").write_text("the same picture")
    rows = [f"{number}.jpg,{'ab'[number % 2]}" for number in range(8)]
    (tmp_path / "gone.csv").write_text("\n".join(["image,label", *rows]))
    experiment = load("tasks: {same: {data: same}, gone: {data: {kind: csv, path: gone.csv, label: label}}}")
    with pytest.raises(ConfigError) as caught:
        check_data(experiment)
    _, same, gone = str(caught.value).split("\n  ")
    assert "no pictures in its" in same
    assert "8 of 8 pictures are missing: " in gone
    assert "4.jpg and 3 more." in gone


def test_missing_pictures_stop_or_are_said_and_left_out(load, tmp_path):
    for number in range(8):
        (tmp_path / f"{number}.jpg").write_text(f"picture {number}")
    rows = [f"{number}.jpg,{'ab'[number % 2]}" for number in range(9)]
    (tmp_path / "table.csv").write_text("\n".join(["image,label", *rows]))
    text = "tasks: {table: {data: {kind: csv, path: table.csv, label: label}}}"
    with pytest.raises(ConfigError, match=r"1 of 9 pictures are missing: .*8\.jpg.*--skip-bad-images"):
        check_data(load(text))
    [note] = check_data(load(f"skip_bad_images: true\n{text}"))
    assert note == f"table: 1 of 9 pictures are missing: {tmp_path / '8.jpg'}. They are left out."


def test_what_is_to_be_said_of_the_data_is_returned(load, tmp_path):
    for name in (
        "shoes/train/boot/1.jpg",
        "shoes/train/Boot/2.jpg",
        "shoes/val/boot/3.jpg",
        "shoes/val/boot/4.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    left_out, unmeasured, twins = check_data(load("tasks: {shoes: {data: shoes}}"))
    assert left_out.startswith("shoes: ")
    assert "1 file left out: 1 .txt" in left_out
    assert (
        "validation split has no example of 1 of 2 classes, so that nothing is measured on Boot" in unmeasured
    )
    assert "may be meant as one: 'boot' (2), 'Boot' (1)" in twins


@pytest.mark.parametrize(
    ("section", "value", "text"),
    [
        (Application, {"image_size": 0}, "image_size must be at least 1: received 0"),
        (FeaturesConfig, {"batch_size": 0}, "batch_size must be at least 1"),
        (TrainingConfig, {"learning_rate": 0.0}, "learning_rate must be above 0"),
        (TrainingConfig, {"l2": -1.0}, "l2 must be at least 0"),
        (TrainingConfig, {"max_epochs": 0}, "max_epochs must be at least 1"),
    ],
)
def test_numbers_outside_their_range_are_refused_in_python_too(section, value, text):
    with pytest.raises(ConfigError, match=text):
        section(**value)
