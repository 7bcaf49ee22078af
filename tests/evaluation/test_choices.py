import numpy as np
import pytest

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.errors import ConfigError
from hydranet.evaluation._choices import choices_of


def test_a_decision_is_the_answer_that_the_task_gives_with_its_probability(assessed):
    task = SingleLabel(name="coat", classes=("curly", "long", "short"))
    assessment = assessed(task, ["long", "curly", "short"], np.log([[1, 3, 4], [5, 3, 2], [4, 4, 2]]))

    choices = choices_of(assessment)

    answers = task.decode(assessment.outputs)
    assert [choices.words(index) for [index] in choices.answer] == [each.label for each in answers]
    assert choices.confidence.tolist() == [[each.probability] for each in answers]
    assert choices.right.tolist() == [[False], [True], [False]]
    assert choices.values.mean() == pytest.approx(assessment.metrics["accuracy"])


def test_one_half_is_the_first_of_two_classes_and_no_presence(assessed):
    two = choices_of(
        assessed(SingleLabel(name="pet", classes=("cat", "dog")), ["cat", "dog", "dog"], [0, 0, 1])
    )
    many = choices_of(assessed(MultiLabel(name="sky", classes=("rain", "sun")), ["rain"], [[0, -1]]))

    assert two.answer.tolist() == [[0], [0], [1]]
    assert many.answer.tolist() == [[0, 0]]
    assert many.words(1, 0) == "rain present"
    assert many.confidence == pytest.approx(np.array([[0.5, 1 / (1 + np.exp(-1))]]))
    assert many.right.tolist() == [[False, True]]


def test_a_number_is_no_decision(assessed):
    assessment = assessed(Regression(name="age", mean=0, standard_deviation=1), ["1", "2"], [1, 2])

    with pytest.raises(ConfigError, match=r"'age' has nothing to decide.*received a regression task"):
        choices_of(assessment)
