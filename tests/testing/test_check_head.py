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


@dataclass(frozen=True)
class OtherWords(MLP):
    kind: Literal["other_words"] = field(default="other_words", kw_only=True, repr=False)

    def dense_layers(self, feature_shape):
        *hidden, last = super().dense_layers(feature_shape)
        return [*hidden, {**last, "activation": "relu"}]


@dataclass(frozen=True)
class TooManyWords(MLP):
    kind: Literal["too_many_words"] = field(default="too_many_words", kw_only=True, repr=False)

    def dense_layers(self, feature_shape):
        return 2 * super().dense_layers(feature_shape)


@dataclass(frozen=True)
class Rectified(MLP):
    kind: Literal["rectified"] = field(default="rectified", kw_only=True, repr=False)

    def layers(self, num_outputs, feature_shape):
        import keras

        return [*super().layers(num_outputs, feature_shape)[:-1], keras.layers.Dense(num_outputs, "relu")]


def test_who_has_other_layers_than_its_base_has_no_dense_layers_but_its_own():
    assert MLP().dense_layers((8,)) is not None
    assert Rectified().dense_layers((8,)) is None
    check_head(Rectified())


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (TooFew(), "layers gives 2 outputs along the last axis, expected 3"),
        (NotLinear(hidden=(8,)), "is_linear is True, but outputs are no linear function"),
        (OtherWords(hidden=(8,)), "dense_layers gives .* with which NumPy computes something else"),
        (TooManyWords(hidden=(8,)), "dense_layers gives .* which the weights do not fit"),
    ],
    ids=["too few", "not linear", "other words", "too many words"],
)
def test_a_broken_head_fails_with_what_is_wrong(head, message):
    with pytest.raises(AssertionError, match=message):
        check_head(head)
