"""Backbones as data: what a kind says of itself, and what all have in common."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from hydranet import Application, Backbone, ConfigError, Linear


@dataclass(frozen=True)
class Plain(Backbone):
    """A backbone that is not made."""

    kind: Literal["plain"] = field(default="plain", kw_only=True)
    label = "Plain"
    features = ("pooled", "early")

    def build_network(self):
        raise NotImplementedError


def test_height_and_width_may_differ():
    assert Plain().image_shape == (224, 224, 3)
    backbone = Plain(image_size=[120, 160])
    assert (backbone.image_size, backbone.image_shape) == ((120, 160), (120, 160, 3))
    assert (backbone.describe(), Plain(image_size=96).describe()) == (
        "Plain at 120 × 160 px",
        "Plain at 96 px",
    )


@pytest.mark.parametrize("size", [0, (32, 0), (32, 32, 3), "32", 3.5, True, ()])
def test_what_is_no_size_is_a_config_error(size):
    with pytest.raises(ConfigError, match="image_size must be"):
        Plain(image_size=size)


def test_a_head_reads_the_feature_that_it_names_or_the_default_one():
    assert Plain().feature_of(Linear()) == "pooled"
    assert Plain().feature_of(Linear(feature="early")) == "early"
    assert Application(pooling="none").feature_of(Linear()) == "map"
    assert Plain().in_order(["early", "pooled", "early"]) == ("pooled", "early")
    with pytest.raises(ConfigError, match=r"Unknown feature of Plain 'erly'\. Did you mean 'early'"):
        Plain().feature_of(Linear(feature="erly"))


def test_random_weights_are_not_for_every_kind():
    assert not Plain().is_random
    with pytest.raises(ConfigError, match="Plain can't have random weights"):
        Plain().randomised()
    assert Application().randomised() == Application(weights="random")
