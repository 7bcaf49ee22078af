"""Fixtures for tests of what a person reads."""

import pytest


@pytest.fixture(scope="session")
def shared_separate():
    """A comparison of two seeds.

    Sharing costs the breeds 2 and then 4 points, and takes a year and then half a year off the error of the age. It
    halves the cost of an answer, and makes training a second longer, and then three.
    """
    from hydranet.comparison._compare import Comparison
    from hydranet.comparison._trial import Trial
    from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR

    def trial(accuracy, error, cost, seconds):
        breed = {"split": "test", "num_examples": 200, "accuracy": accuracy, "loss": 1.0}
        age = {"split": "validation", "num_examples": 50, "mean_absolute_error": error, "loss": 1.0}
        return Trial({"breed": breed, "age": age}, cost, seconds)

    return Comparison(
        name="shared_separate",
        seeds=(7, 8),
        subject="shared",
        baseline="separate",
        trials=[trial(0.48, 4.0, 1.0, 9.0), trial(0.46, 4.5, 1.0, 11.0)],
        baseline_trials=[trial(0.5, 5.0, 2.0, 8.0), trial(0.5, 5.0, 2.0, 8.0)],
        main_metrics={"breed": ACCURACY, "age": MEAN_ABSOLUTE_ERROR},
    )
