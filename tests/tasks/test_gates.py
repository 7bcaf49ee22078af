"""Gates: which tasks are answered, in which order, for which rows; and which gates can't work."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.errors import ConfigError
from hydranet.tasks._gates import (
    Gates,
    check_gates,
    check_removal,
    describe_gate,
    gate_classes,
    gate_levels,
    gate_problems,
)
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._regression import Regression
from hydranet.tasks._single_label import SingleLabel


def by_name(*tasks):
    return {task.name: task for task in tasks}


PETS = by_name(
    SingleLabel(name="age_of_dog", classes=("old", "young"), when={"breed": ("corgi", "poodle")}),
    SingleLabel(name="breed", classes=("corgi", "husky", "poodle"), when={"pet": "dog"}),
    SingleLabel(name="pet", classes=("cat", "dog")),
    MultiLabel(name="weather", classes=("rain", "snow", "sun")),
    Regression(
        name="wetness", mean=0.0, standard_deviation=1.0, when={"pet": "dog", "weather": ["rain", "snow"]}
    ),
)


@pytest.mark.parametrize(
    ("wanted", "levels"),
    [
        (["pet"], [["pet"]]),
        (["breed"], [["pet"], ["breed"]]),
        (["age_of_dog", "weather"], [["pet", "weather"], ["breed"], ["age_of_dog"]]),
        (PETS, [["pet", "weather"], ["breed", "wetness"], ["age_of_dog"]]),
        ([], []),
    ],
)
def test_a_task_comes_after_the_tasks_of_its_gate_which_are_needed_too(wanted, levels):
    assert gate_levels(PETS, wanted) == levels


def test_an_unknown_task_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"Unknown task 'bred'\. Did you mean 'breed'"):
        gate_levels(PETS, ["bred"])


# Coarse, so that scores are often equal, or exactly one half.
OUTPUTS = st.sampled_from([-40.0, -1.0, 0.0, 1e-9, 0.5, 1.0, 40.0, 40.00001])


@given(st.integers(0, 4), st.data())
def test_a_gate_opens_where_decode_gives_one_of_its_classes(num_rows, data):
    numbers = {
        name: data.draw(
            st.lists(OUTPUTS, min_size=num_rows * task.num_outputs, max_size=num_rows * task.num_outputs)
        )
        for name, task in PETS.items()
    }
    outputs = {
        name: np.array(numbers[name], np.float32).reshape(num_rows, task.num_outputs)
        for name, task in PETS.items()
    }
    gates = Gates(PETS, num_rows)
    answered = {name: gates.open_rows(name, outputs) for name in PETS}

    assert {rows.shape for rows in answered.values()} == {(num_rows,)}
    for row in range(num_rows):
        pet, weather = (PETS[name].decode(outputs[name])[row].label for name in ("pet", "weather"))
        assert answered["pet"][row]
        assert answered["breed"][row] == (pet == "dog")
        known = PETS["breed"].scores(outputs["breed"])[row, [0, 2]].sum() > 0.5
        assert answered["age_of_dog"][row] == (pet == "dog" and known)
        assert answered["wetness"][row] == (pet == "dog" and bool({"rain", "snow"} & set(weather)))


def test_a_gate_on_a_task_that_is_not_answered_is_closed_whatever_its_outputs_hold():
    outputs = {"pet": np.array([[-1.0], [2.0]]), "breed": np.array([[np.nan] * 3, [3.0, 2.0, 1.0]])}
    assert Gates(PETS, 2).open_rows("age_of_dog", outputs).tolist() == [False, True]
    cats = {"pet": np.array([[-1.0]])}  # so `breed` has not run at all
    assert Gates(PETS, 1).open_rows("age_of_dog", cats).tolist() == [False]


ANIMALS = SingleLabel(name="animal", classes=("cat", "corgi", "husky", "wolf"))
# How probable each is: no class of a pair has most, and yet the pair has.
SHARES = np.log(np.array([[0.4, 0.3, 0.3, 0.0], [0.6, 0.2, 0.1, 0.1], [0.1, 0.0, 0.3, 0.6]]) + 1e-9)


def opened(when, **settings):
    breed = SingleLabel(name="breed", when={"animal": when}, **settings)
    return Gates(by_name(ANIMALS, breed), len(SHARES)).open_rows("breed", {"animal": SHARES}).tolist()


@pytest.mark.parametrize(
    "when",
    ["1-2", [1, 2], ["corgi", 2], ["1", "husky"], " 1 - 2 ", ["1-2", "1-1", "corgi"], ["husky", "corgi"]],
)
def test_classes_are_named_numbered_or_given_as_a_range_and_are_asked_together(when):
    check_gates(by_name(ANIMALS, SingleLabel(name="breed", when={"animal": when})))
    assert opened(when) == [True, False, False]


def test_a_single_class_is_the_predicted_one_however_probable_it_is():
    assert opened("cat") == opened("0-0") == opened(0) == [True, True, False]


def test_how_probable_they_must_be_can_be_said():
    assert opened("1-2", when_above=0.25) == [True, True, True]
    assert opened("1-2", when_above=0.65) == [False, False, False]
    assert opened("cat", when_above=0.5) == [False, True, False]


def test_of_labels_of_several_classes_one_must_have_its_score():
    outputs = {"weather": np.array([[0.0, 2.0, -2.0], [-2.0, -1.0, 3.0], [-1.0, -1.0, 3.0]])}
    wet = SingleLabel(name="wet", when={"weather": "0-1"})
    tasks = by_name(PETS["weather"], wet)
    assert Gates(tasks, 3).open_rows("wet", outputs).tolist() == [True, False, False]
    tasks["wet"] = SingleLabel(name="wet", when={"weather": "0-1"}, when_above=0.2)
    assert Gates(tasks, 3).open_rows("wet", outputs).tolist() == [True, True, True]


AGES = SingleLabel(name="age", classes=("0-2", "3-5", "6-9"))
DIGITS = SingleLabel(name="digit", classes=tuple("0123456789"))
ODD = SingleLabel(name="odd", classes=tuple("13579"))


@pytest.mark.parametrize(
    ("gate", "chosen", "indices"),
    [(AGES, ("0-2", "6-9"), (0, 2)), (DIGITS, ("3", "5-7", 9), (3, 5, 6, 7, 9)), (ODD, ("3", "9"), (1, 4))],
)
def test_a_text_that_is_a_name_is_that_whatever_it_looks_like(gate, chosen, indices):
    tasks = by_name(gate, SingleLabel(name="asked", when={gate.name: chosen}))
    assert gate_problems(tasks) == []
    assert gate_classes(tasks["asked"], tasks) == {gate.name: indices}


@pytest.mark.parametrize(
    ("gate", "chosen", "said"),
    [
        (ANIMALS, "2-1", "The range '2-1' of classes of the task 'animal' is reversed: expected 1-2."),
        (
            ANIMALS,
            "2-4",
            "'2-4' is outside of the classes of the task 'animal': expected indices from 0 to 3.",
        ),
        (ANIMALS, 4, "4 is outside of the classes of the task 'animal': expected indices from 0 to 3."),
        (ANIMALS, -1, "The label '-1' is not a class of the task 'animal'"),
        (ANIMALS, "1-", "The label '1-' is not a class of the task 'animal'"),
        (ANIMALS, "9" * 5000, "is not a class of the task 'animal'"),
        (
            AGES,
            "0-1",
            "'0-1' is no name of a class of the task 'age', and does not say which indices are meant",
        ),
        (ODD, 3, "since classes are called like numbers, such as '1': expected names, in quotes."),
        (ODD, "0-2", "'0-2' is no name of a class of the task 'odd'"),
    ],
)
def test_classes_that_are_not_there_or_could_be_others_are_refused(gate, chosen, said):
    [problem] = gate_problems(by_name(gate, SingleLabel(name="asked", when={gate.name: [chosen]})))
    assert problem.startswith(f"tasks.asked.when.{gate.name}: ")
    assert said in problem


def test_what_others_are_told_of_a_gate_has_the_names():
    tasks = by_name(ANIMALS, SingleLabel(name="breed", when={"animal": [0, "2-3"]}, when_above=0.3))
    described = {"when": {"animal": ["cat", "husky", "wolf"]}, "when_above": 0.3}
    assert describe_gate(tasks["breed"], tasks) == described
    assert describe_gate(ANIMALS, tasks) == {"when": {}}


def test_gates_that_work_have_no_problems():
    assert gate_problems(PETS) == []
    check_gates(PETS)


def gated(name, **when):
    return SingleLabel(name=name, when=when)


@pytest.mark.parametrize(
    ("tasks", "problems"),
    [
        ([gated("a", b="x")], ["tasks.a.when: Unknown task 'b'. Known: none."]),
        (
            [gated("breed", pett="dog"), PETS["pet"]],
            ["tasks.breed.when: Unknown task 'pett'. Did you mean 'pet'? Known: pet."],
        ),
        ([gated("a", a="x")], ["tasks.a.when: the task 'a' can't be its own gate: name another task."]),
        (
            [gated("a", age="3"), Regression(name="age")],
            ["tasks.a.when: the task 'age' has no classes: expected one that predicts classes."],
        ),
        (
            [gated("a", pet=("dgo", "cat")), PETS["pet"]],
            [
                "tasks.a.when.pet: The label 'dgo' is not a class of the task 'pet': expected one of cat, dog. "
                "Did you mean 'dog'?"
            ],
        ),
        ([gated("a", pet="dgo"), SingleLabel(name="pet")], []),  # its classes come from its data
        (
            [gated("a", b="x"), gated("b", a="x")],
            ["tasks.a.when: its gate depends on itself: 'a' when 'b' when 'a'. Take one of them out."],
        ),
        (
            [
                gated("d", c="x"),
                gated("a", b="x"),
                gated("b", c="x"),
                gated("c", a="x", d="x"),
                gated("e", a="x"),
            ],
            [
                "tasks.d.when: its gate depends on itself: 'd' when 'c' when 'd'. Take one of them out.",
                "tasks.c.when: its gate depends on itself: 'c' when 'a' when 'b' when 'c'. Take one of them out.",
            ],
        ),
    ],
)
def test_a_gate_that_can_not_work_is_explained(tasks, problems):
    assert sorted(gate_problems(by_name(*tasks))) == sorted(problems)


def test_all_problems_are_raised_at_once():
    with pytest.raises(ConfigError, match=r"(?s)tasks\.a\.when: .*\n  tasks\.b\.when: "):
        check_gates(by_name(gated("a", x="y"), gated("b", b="y")))


def test_nothing_is_said_of_the_classes_of_a_task_that_could_not_be_read():
    assert gate_problems({"a": gated("a", pet="dog"), "pet": None}) == []


def test_a_task_is_not_removed_while_others_are_gated_on_it():
    with pytest.raises(
        ConfigError, match=r"'pet' can't be removed, because it is the gate of 'breed', 'wetness'"
    ):
        check_removal("pet", PETS)
    check_removal("age_of_dog", PETS)
