import numpy as np
import pytest

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.evaluation._notable import Notable, least_certain, most_confident_mistakes

COAT = SingleLabel(name="coat", classes=("curly", "long", "short"))
PET = SingleLabel(name="pet", classes=("cat", "dog"))
SKY = MultiLabel(name="sky", classes=("rain", "sun"))
AGE = Regression(name="age", mean=30, standard_deviation=10)


def log_odds(*probabilities):
    return np.log(np.divide(probabilities, np.subtract(1, probabilities)))


def about(number):
    return pytest.approx(number, abs=1e-6)


def test_the_surest_mistakes_come_first_and_right_answers_never(assessed):
    chances = [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.05, 0.05, 0.9], [0.2, 0.1, 0.7]]
    assessment = assessed(COAT, ["long", "curly", "short", "long"], np.log(chances))

    assert most_confident_mistakes(assessment, 2) == [
        Notable(1, "curly", "long", about(0.8), 1),
        Notable(3, "long", "short", about(0.7), 2),
    ]
    assert [each.row for each in most_confident_mistakes(assessment, 10)] == [1, 3, 0]
    assert [each.row for each in least_certain(assessment, 3)] == [0, 3, 1]


def test_of_two_classes_either_can_be_the_answer(assessed):
    assessment = assessed(PET, ["dog", "cat", "cat"], log_odds(0.2, 0.7, 0.4))

    assert most_confident_mistakes(assessment, 5) == [
        Notable(0, "dog", "cat", about(0.8), 0),
        Notable(1, "cat", "dog", about(0.7), 1),
    ]
    assert least_certain(assessment, 1) == [Notable(2, "cat", "cat", about(0.6), 0)]


def test_each_of_several_labels_is_an_answer_in_words(assessed):
    assessment = assessed(
        SKY, ["rain", "rain|sun", ""], np.reshape(log_odds(0.1, 0.2, 0.9, 0.3, 0.45, 0.7), (3, 2))
    )

    assert most_confident_mistakes(assessment, 2) == [
        Notable(0, "rain present", "rain absent", about(0.9), 0),
        Notable(1, "sun present", "sun absent", about(0.7), 1),
    ]
    assert least_certain(assessment, 1) == [Notable(2, "rain absent", "rain absent", about(0.55), 0)]


def test_equally_sure_answers_keep_the_order_of_the_pictures(assessed):
    assessment = assessed(PET, ["cat"] * 5, [100.0] * 5)

    assert [each.row for each in most_confident_mistakes(assessment, 3)] == [0, 1, 2]
    assert [each.row for each in least_certain(assessment, 3)] == [0, 1, 2]


def test_the_largest_errors_of_a_number_in_its_own_unit(assessed):
    assessment = assessed(AGE, ["30", " 8", "51.25"], [30, 20.5, 46.71875])

    assert most_confident_mistakes(assessment, 5) == [
        Notable(1, "8", "20.5", None, 0),
        Notable(2, "51.25", "46.719", None, 0),
    ]
    assert least_certain(assessment, 5) == []


def test_a_kind_of_ones_own_has_them_too(own_kind):
    mistakes = most_confident_mistakes(own_kind, 5)

    assert mistakes == [Notable(2, "180", "0", None, 0), Notable(1, "90", "0", None, 0)]
    assert least_certain(own_kind, 5) == []
