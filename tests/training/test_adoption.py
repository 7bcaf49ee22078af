"""Which head is taken, by what labelled pictures of the domain say."""

import numpy as np
import pytest

from hydranet import Regression
from hydranet.domains import Coral, Standardise, adoption_text
from hydranet.features import Features
from hydranet.training._adoption import FittedHead, fit_for_domain

TASK = Regression(name="age")
NUM_LABELLED = 8


class Given(Features):
    """Features in memory: a column of zeros."""

    def __init__(self, num_rows):
        self._num_rows = num_rows

    def __len__(self):
        return self._num_rows

    @property
    def shape(self):
        return (1,)

    def read(self, rows=slice(None)):
        return np.zeros((self._num_rows, 1), np.float32)[rows]


def adopted(errors, *methods, num_labelled=NUM_LABELLED):
    """Return by how much the head is off that is taken, and what is said of it.

    Args:
        errors: by how much each head is off, by kind; that of the source alone under None.
        methods: that are tried.
        num_labelled: how many labelled pictures there are, each of the number 0.
    """

    def fit(method):
        off = errors[method and method.kind]
        return FittedHead(TASK, "pooled", lambda batch, training: np.full((len(batch), 1), off), None, None)

    labelled = (lambda feature: Given(num_labelled)) if num_labelled else None
    taken, said = fit_for_domain(fit, methods or (Coral(),), 300, labelled, ["0"] * num_labelled)
    return taken.head(np.zeros((1, 1)), training=False).item(), said


def test_a_smaller_error_is_a_gain():
    off, said = adopted({None: 2.0, "coral": 0.5})
    assert (off, said["adopted"]) == (0.5, True)
    assert said["gain"] == pytest.approx(1.5)
    assert "coral is adopted" in adoption_text(said)


def test_what_is_worse_is_not_adopted():
    off, said = adopted({None: 0.5, "coral": 2.0})
    assert (off, said["adopted"], said["gain"]) == (0.5, False, pytest.approx(-1.5))
    assert "it is not adapted" in adoption_text(said)


def test_what_is_no_worse_is_adopted():
    assert adopted({None: 1.0, "coral": 1.0})[1]["adopted"]


def test_of_several_the_best_is_taken():
    off, said = adopted({None: 3.0, "coral": 2.0, "standardise": 1.0}, Coral(), Standardise())
    assert (off, said["method"]) == (1.0, "standardise")
    assert said["methods"] == {"coral": pytest.approx(2.0), "standardise": pytest.approx(1.0)}


def test_a_single_labelled_picture_has_no_interval():
    said = adopted({None: 3.0, "coral": 2.0}, num_labelled=1)[1]
    assert said["interval"] is None
    assert "95 % interval can't be known" in adoption_text(said)


def test_without_labelled_pictures_nothing_else_is_trained():
    off, said = adopted({"coral": 2.0}, num_labelled=0)  # a head of the source alone would be a KeyError
    assert (off, said["num_labelled"]) == (2.0, 0)
    assert "can't be known" in adoption_text(said)
