"""The kinds of task: labels in, predictions out."""

import dataclasses
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.errors import ConfigError, DataError
from hydranet.heads import Custom, Flatten
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._regression import Regression
from hydranet.tasks._single_label import SingleLabel

CLASS_NAMES = st.lists(st.text("abcxyz ä", min_size=1, max_size=5).map(str.strip).filter(bool), unique=True)


def perfect(targets):
    """Raw outputs that are sure of the right answer."""
    return (2 * targets - 1) * 20


@given(CLASS_NAMES.filter(lambda names: len(names) >= 2), st.data())
def test_single_labels_come_back_from_perfect_outputs(classes, data):
    task = SingleLabel(name="task", classes=tuple(classes))
    labels = data.draw(st.lists(st.sampled_from(classes), min_size=1))
    targets = task.targets(task.encode(labels))
    assert targets.dtype == np.float32
    assert targets.shape == (len(labels), task.num_outputs)
    predictions = task.decode(perfect(targets), top_k=3)
    assert [prediction.label for prediction in predictions] == labels
    for prediction in predictions:
        assert prediction.probability > 0.99
        assert prediction.top[0] == (prediction.label, prediction.probability)
        assert len(prediction.top) == min(3, len(classes))


def test_a_kind_with_other_output_layers_has_no_dense_layers_but_its_own():
    regression = Regression(name="age", mean=30.0, standard_deviation=2.0)
    assert regression.dense_layers((6,))[-1] == {"kind": "rescaling", "scale": 2.0, "offset": 30.0}

    class Plain(Regression):
        def output_layers(self):
            return []

    assert Plain(name="age", mean=30.0, standard_deviation=2.0).dense_layers((6,)) is None


@given(CLASS_NAMES.filter(bool), st.data())
def test_several_labels_come_back_from_perfect_outputs(classes, data):
    task = MultiLabel(name="task", classes=tuple(classes))
    chosen = data.draw(st.lists(st.lists(st.sampled_from(classes), unique=True), min_size=1))
    targets = task.targets(task.encode([" | ".join(names) for names in chosen]))
    for names, prediction in zip(chosen, task.decode(perfect(targets)), strict=True):
        assert set(prediction.label) == set(names)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1))
def test_numbers_come_back_as_they_were(values):
    task = Regression(name="task", mean=0.0, standard_deviation=1.0)
    encoded = task.encode([repr(value) for value in values])
    assert [prediction.label for prediction in task.decode(task.targets(encoded))] == values


def test_two_classes_share_one_output_the_log_odds_of_the_second():
    task = SingleLabel(name="task", classes=("cat", "dog"))
    [prediction] = task.decode(np.array([[-np.log(3)]]))
    assert prediction.label == "cat"
    assert prediction.probability == pytest.approx(0.75)
    assert dict(prediction.top) == pytest.approx({"cat": 0.75, "dog": 0.25})


def test_scores_are_the_probabilities_of_all_classes_in_their_order():
    two = SingleLabel(name="task", classes=("cat", "dog")).scores(np.array([[np.log(3)]]))
    three = SingleLabel(name="task", classes=("a", "b", "c")).scores(np.log([[2.0, 1.0, 1.0]]))
    several = MultiLabel(name="task", classes=("rain", "sun")).scores(np.array([[0.0, np.log(3)]]))
    number = Regression(name="task").scores(np.array([[31.5]]))
    for scores, expected in [
        (two, [[0.25, 0.75]]),
        (three, [[0.5, 0.25, 0.25]]),
        (several, [[0.5, 0.75]]),
        (number, [[31.5]]),
    ]:
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_of_equal_classes_the_first_is_present_as_decode_has_it():
    task = SingleLabel(name="task", classes=("a", "b", "c"))
    outputs = np.array([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    assert task.present(outputs).tolist() == [[False, True, False], [True, False, False]]
    assert [prediction.label for prediction in task.decode(outputs)] == ["b", "a"]


def test_a_label_is_present_above_one_half():
    task = MultiLabel(name="task", classes=("rain", "sun"))
    outputs = np.array([[0.0, 0.1], [-1.0, -1.0]])
    assert task.present(outputs).tolist() == [[False, True], [False, False]]
    assert [prediction.label for prediction in task.decode(outputs)] == [("sun",), ()]


def test_no_class_is_present_where_there_are_none():
    assert Regression(name="age").present(np.zeros((3, 1))).shape == (3, 0)


def test_a_gate_of_one_class_may_be_written_as_a_text():
    one, listed = (SingleLabel(name="breed", when={"pet": classes}) for classes in ("dog", ["dog"]))
    assert one == listed
    assert one.when == {"pet": ("dog",)}
    assert hash(one) == hash(listed)
    assert SingleLabel(name="breed").when == {}


def test_extreme_outputs_overflow_nothing():
    for task in (SingleLabel(name="a", classes=("x", "y")), SingleLabel(name="a", classes=("x", "y", "z"))):
        outputs = np.full((2, task.num_outputs), 1e4, np.float32) * [[1], [-1]]
        assert np.isfinite(task.activate(outputs)).all()


@pytest.mark.parametrize(
    "task",
    [SingleLabel(name="pets", classes=("cat", "dog")), MultiLabel(name="pets", classes=("cat", "dog"))],
)
def test_a_label_outside_the_classes_names_task_classes_and_the_nearest(task):
    with pytest.raises(DataError) as caught:
        task.encode(["cat", "dgo"])
    assert str(caught.value) == (
        "The label 'dgo' is not a class of the task 'pets': expected one of cat, dog. Did you mean 'dog'?"
    )


@pytest.mark.parametrize("label", ["", "old", "nan", "inf", "1,5", "1e99"])
def test_a_label_that_is_no_finite_number_is_named(label):
    with (
        pytest.raises(DataError, match=r"of the task 'age' is not a finite number"),
        np.errstate(over="ignore"),
    ):
        Regression(name="age").encode(["3", label])


def test_classes_that_are_not_given_are_those_of_the_labels_by_name():
    assert SingleLabel(name="a").resolve(["dog", "cat", "dog"]).classes == ("cat", "dog")
    assert MultiLabel(name="a").resolve(["sun|rain", "snow ", ""]).classes == ("rain", "snow", "sun")


def test_classes_that_are_given_keep_their_order():
    assert SingleLabel(name="a", classes=("dog", "cat")).resolve(["cat", "dog"]).classes == ("dog", "cat")


@pytest.mark.parametrize(
    ("task", "labels", "text"),
    [
        (SingleLabel(name="a"), ["cat"], r"one class only \(cat\): expected at least two"),
        (SingleLabel(name="a"), [], r"one class only \(none\)"),
        (SingleLabel(name="a", classes=("cat", "cow", "dog")), ["cat", "dog"], "no training picture of: cow"),
        (SingleLabel(name="a", class_weights={"cta": 2.0}), ["cat", "dog"], "Did you mean 'cat'"),
        (SingleLabel(name="a", class_prior={"cta": 2.0}), ["cat", "dog"], "Did you mean 'cat'"),
        (MultiLabel(name="a"), ["", " | "], "no labelled training picture"),
        (Regression(name="a"), ["3", "3.0"], "at least two different training labels"),
        (Regression(name="a"), [], "at least two different training labels"),
    ],
)
def test_labels_from_which_nothing_can_be_learnt_are_refused(task, labels, text):
    with pytest.raises(DataError, match=text):
        task.resolve(labels)


def test_the_scale_of_a_regression_is_that_of_its_labels():
    task = Regression(name="age").resolve(["1", "3"])
    assert (task.mean, task.standard_deviation) == (2.0, 1.0)
    assert Regression(name="age", mean=5.0).resolve(["1", "3"]).mean == 5.0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: SingleLabel(name="a", classes=("x", "y", "x")), "names a class twice: x"),
        (lambda: MultiLabel(name="a", classes=("x", "x")), "names a class twice: x"),
        (lambda: SingleLabel(name="a", classes=("x",)), "at least 2 classes: received"),
        (
            lambda: SingleLabel(name="a", class_weights={"x": 0.0}),
            "class_weights.x must be above 0",
        ),
        (
            lambda: SingleLabel(name="a", class_weights={"x": float("nan")}),
            "class_weights.x must be above 0",
        ),
        (lambda: SingleLabel(name="a", class_prior={"x": 0.0}), "class_prior.x must be above 0"),
        (
            lambda: SingleLabel(name="a", class_prior="equal", sampling="over"),
            "has class_prior and sampling: expected one of them",
        ),
        (lambda: Regression(name="a", standard_deviation=0.0), "standard_deviation must be above 0"),
        (lambda: SingleLabel(name="a", when={"pet": ()}), "one or several classes of 'pet'.*received \\(\\)"),
        (lambda: SingleLabel(name="a", when={"pet": True}), "or range of indices: received True"),
        (lambda: SingleLabel(name="a", when={"pet": ["dog", 1.0]}), "or range of indices: received .*1"),
        (
            lambda: SingleLabel(name="a", when={"pet": "dog"}, when_above=1.0),
            r"when_above must be in \[0, 1\)",
        ),
        (lambda: SingleLabel(name="A task"), "'a_task' would do"),
    ],
)
def test_a_task_checks_itself(make, text):
    with pytest.raises(ConfigError, match=text):
        make()


def test_a_task_is_data():
    task = SingleLabel(name="a", classes=("x", "y"))
    assert task == SingleLabel(name="a", classes=("x", "y"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        task.name = "b"


@pytest.mark.parametrize("kind", [SingleLabel, MultiLabel, Regression])
def test_every_field_of_a_kind_is_typed_and_has_a_default_but_the_name(kind):
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        assert field.name in hints
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        assert required == (field.name == "name")


def test_balanced_classes_weigh_alike_however_many_examples_they_have():
    task = SingleLabel(name="a", classes=("x", "y", "z"), class_weights="balanced")
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 2])
    weights = task.example_weights(labels)
    assert weights.dtype == np.float32
    assert weights.mean() == pytest.approx(1)
    assert np.bincount(labels, weights) == pytest.approx([8 / 3] * 3)


def test_given_class_weights_keep_their_proportions_and_the_others_count_one():
    task = SingleLabel(name="a", classes=("x", "y", "z"), class_weights={"y": 3.0, "z": 0.5})
    x, y, z = task.example_weights(np.array([0, 1, 2]))
    assert (y / x, z / x) == pytest.approx((3, 0.5))
    assert np.mean([x, y, z]) == pytest.approx(1)


def test_examples_weigh_alike_by_default():
    assert SingleLabel(name="a", classes=("x", "y")).example_weights(np.array([0, 0, 1])).tolist() == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("task", [SingleLabel(name="a"), MultiLabel(name="a"), Regression(name="a")])
def test_a_head_needs_a_resolved_task(task):
    assert not task.is_resolved
    with pytest.raises(ConfigError, match=r"The task 'a' has no"):
        task.build_head((8,))


def test_a_head_that_can_not_work_on_the_features_is_refused_before_it_is_built():
    with pytest.raises(ConfigError, match="needs a feature map"):
        SingleLabel(name="a", classes=("x", "y"), head=Flatten()).build_head((8,))


def test_a_custom_layer_with_the_wrong_number_of_outputs_is_refused():
    import keras

    @keras.saving.register_keras_serializable("test_tasks")
    class Wide(keras.layers.Dense):
        def __init__(self, num_outputs, **kwargs):
            super().__init__(num_outputs + 1, **kwargs)

    with pytest.raises(ConfigError, match=r"outputs of shape \(None, 4\): expected \(None, 3\)"):
        SingleLabel(name="a", classes=("x", "y", "z"), head=Custom("test_tasks>Wide")).build_head((8,))
    keras.saving.get_custom_objects().pop("test_tasks>Wide")


def test_the_outputs_of_a_regression_start_on_the_scale_of_its_labels():
    task = Regression(name="year", mean=1950.0, standard_deviation=30.0)
    outputs = np.asarray(task.build_head((8,))(np.zeros((2, 8), np.float32)))
    assert outputs == pytest.approx(1950.0)


@pytest.mark.parametrize(
    ("num_classes", "names"),
    [(2, ["accuracy", "auc"]), (10, ["accuracy"]), (11, ["accuracy", "top_5_accuracy"])],
)
def test_metrics_fit_the_number_of_classes(num_classes, names):
    task = SingleLabel(name="a", classes=tuple(map(str, range(num_classes))))
    assert [metric.name for metric in task.metrics()] == names


def test_large_numbers_that_are_near_each_other_stay_apart():
    times = [1.7e9 + 3600 * hour for hour in range(200)]
    task = Regression(name="taken").resolve(list(map(repr, times)))
    assert task.mean == pytest.approx(np.mean(times), abs=1e-3)
    assert task.standard_deviation == pytest.approx(np.std(times), rel=1e-6)
    standardised = task.convex_targets(task.encode(list(map(repr, times))))[:, 0]
    np.testing.assert_allclose(standardised, (np.array(times) - np.mean(times)) / np.std(times), atol=1e-6)
    metric = next(each for each in task.metrics() if each.name == "r2")
    labels, outputs = task.encode(list(map(repr, times))), np.array(times, np.float32)[:, None]
    metric.update_state(task.targets(labels), task.activate(outputs))
    assert float(metric.result()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1700050048.0, "1700050048"), (5.5584e-06, "5.5584e-06"), (31.5, "31.5"), (-2e6, "-2000000")],
)
def test_a_number_is_told_with_the_digits_that_matter(number, text):
    assert Prediction(label=number).label_text("|") == text


def test_numbers_that_answers_can_not_tell_apart_are_noted():
    task = Regression(name="taken")
    [note] = task.label_notes([repr(1.7e9 + second) for second in range(60)])
    assert "answers come in steps of 128: take a constant away from them" in note
    assert task.label_notes([repr(1.7e9 + 86400 * day) for day in range(60)]) == []
    assert task.label_notes(["0.00001", "0.00002"]) == []


@pytest.mark.parametrize("label", ["1e38", "-1e38", "inf", "nan", "tall"])
def test_a_number_that_is_none_or_far_too_large_is_refused(label):
    with pytest.raises(DataError, match="is not a finite number below 1e"):
        Regression(name="size").encode(["1.5", label])


def test_a_task_of_one_class_refuses_labels_that_name_several():
    with pytest.raises(DataError, match=r"several classes or none, such as \['cat', 'dog'\].*multi_label"):
        SingleLabel(name="pet").resolve(["cat", ("cat", "dog")])


def test_labels_of_several_classes_may_come_as_they_are():
    task = MultiLabel(name="pets").resolve([("cat|tiger", "dog"), ()])
    assert task.classes == ("cat|tiger", "dog")
    assert task.encode([("cat|tiger",), ()]).tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_oversampling_repeats_what_is_rare_and_undersampling_leaves_out_what_is_frequent():
    labels = np.array([0] * 7 + [1] * 3 + [2] * 2)
    over, under = (
        SingleLabel(name="a", classes=("x", "y", "z"), sampling=sampling).example_weights(labels)
        for sampling in ("over", "under")
    )

    assert over.mean() == pytest.approx(1)
    assert np.allclose(np.bincount(labels, over), 4)
    assert np.allclose(np.bincount(labels, under), 4)
    assert (over > 0).all()
    assert np.bincount(labels[under > 0]).tolist() == [2, 2, 2]


def test_another_prior_shifts_outputs_by_what_the_shares_differ():
    two = SingleLabel(name="a", class_prior="equal").resolve(["cat"] * 3 + ["dog"])
    three = SingleLabel(name="a", class_prior={"y": 2.0}).resolve(["x", "x", "y", "z"])

    assert two.training_shares == (0.75, 0.25)
    assert two.output_offsets == pytest.approx([np.log(3)])
    expected = np.log([0.25 / 0.5, 0.5 / 0.25, 0.25 / 0.25])
    assert three.output_offsets == pytest.approx(expected)
    assert SingleLabel(name="a").resolve(["cat", "dog"]).output_offsets is None


def test_gradients_train_outputs_that_are_shifted_by_another_prior():
    task = SingleLabel(name="a", class_prior="equal").resolve(["x", "x", "y", "z"])
    labels, outputs = np.array([0, 2]), np.array([[0.3, -1.0, 2.0], [0.0, 0.5, 1.0]], np.float32)

    np.testing.assert_allclose(
        task.training_loss(labels, outputs + task.output_offsets), task.loss(labels, outputs), atol=1e-6
    )


def test_very_unequal_classes_are_noted_unless_something_makes_up_for_them():
    labels = ["cat"] * 40 + ["dog"] * 4
    [note] = SingleLabel(name="a").label_notes(labels)

    assert "40 examples of 'cat', 4 of 'dog'" in note
    assert "class_prior: equal" in note
    assert SingleLabel(name="a").label_notes(labels[:39] + labels[40:]) == []
    for made_up in ({"class_weights": "balanced"}, {"class_prior": "equal"}, {"sampling": "over"}):
        assert SingleLabel(name="a", **made_up).label_notes(labels) == []
