"""`check_head` passes every kind of head, and says what is wrong with a broken one."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from hydranet import MLP, Flatten, Linear
from hydranet.heads import Head
from hydranet.testing import check_head


@pytest.mark.parametrize(
    "head", [Linear(), Linear(dropout=0.2), MLP(hidden=(8,), batch_norm=True), Flatten()], ids=repr
)
def test_every_kind_of_head_passes(head):
    check_head(head)


@dataclass(frozen=True)
class TooFew(Head):
    kind: Literal["too_few"] = field(default="too_few", kw_only=True, repr=False)

    def layers(self, num_outputs, feature_shape):
        import keras

        return [keras.layers.Dense(num_outputs - 1)]


@dataclass(frozen=True)
class NotLinear(MLP):
    kind: Literal["not_linear"] = field(default="not_linear", kw_only=True, repr=False)
    is_linear = True


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (TooFew(), "layers gives 2 outputs along the last axis, expected 3"),
        (NotLinear(hidden=(8,)), "is_linear is True, but outputs are no linear function"),
    ],
    ids=["too few", "not linear"],
)
def test_a_broken_head_fails_with_what_is_wrong(head, message):
    with pytest.raises(AssertionError, match=message):
        check_head(head)
