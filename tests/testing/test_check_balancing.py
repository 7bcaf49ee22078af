"""The kit passes for every balancing method that works, and says what is wrong with one that does not."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest
import tensorflow as tf

from hydranet.balancing._balancing import Balancing
from hydranet.balancing._famo import FAMO
from hydranet.balancing._gradnorm import GradNorm
from hydranet.balancing._pcgrad import PCGrad
from hydranet.balancing._static import Static
from hydranet.balancing._uncertainty import Uncertainty
from hydranet.testing._check_balancing import check_balancing

METHODS = [Static(), FAMO(decay=0.1), GradNorm(), PCGrad(), Uncertainty()]


@dataclass(frozen=True)
class Broken(Balancing):
    """Weights of 1, and a count of the steps of each task, unless it is broken."""

    fault: str = ""
    kind: Literal["broken_in_tests"] = field(default="broken_in_tests", kw_only=True)

    def initial_state(self, num_tasks):
        """Return no steps."""
        return {"steps": np.zeros(num_tasks, np.float64 if self.fault == "float64" else np.float32)}

    def weigh(self, state, losses, gradients, present):
        """Return the weights."""
        weights = tf.where(present, tf.ones_like(losses), 0.0)
        match self.fault:
            case "the absent too":
                weights = tf.ones_like(losses)
            case "the first counts twice":
                weights *= tf.concat([[2.0], tf.ones_like(losses)[1:]], axis=0)
            case "the mean of all losses":
                weights *= 0.0 * tf.reduce_mean(losses) + 1.0
            case "grows":
                return weights, {"steps": tf.concat([state["steps"], [0.0]], axis=0)}
            case "counts the absent":
                return weights, {"steps": state["steps"] + 1.0}
            case "no loss":
                weights *= tf.where(present & (losses == 0.0), 1.0 / losses, 1.0)
            case "random":
                weights *= tf.random.uniform([], 0.95, 1.0)
        return weights, {"steps": state["steps"] + tf.cast(present, tf.float32)}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.kind)
def test_every_method_of_hydranets_own_keeps_the_contract(method):
    check_balancing(method)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("float64", "initial_state gives .* expected float32"),
        ("the absent too", "expected 0 for the absent third task"),
        ("the first counts twice", "for tasks that are alike, at the first step: expected 1"),
        ("the mean of all losses", "the loss or gradient of an absent task matters"),
        ("grows", "the state becomes"),
        ("counts the absent", "'steps' of an absent task changes"),
        ("no loss", "are not finite: guard logarithms and divisions"),
        ("random", "keep all of it in the state"),
    ],
)
def test_what_a_method_gets_wrong_is_said(fault, message):
    check_balancing(Broken())
    with pytest.raises(AssertionError, match=message):
        check_balancing(Broken(fault))
