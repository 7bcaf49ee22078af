"""The config page describes every kind of every family that a config may name."""

import re
from pathlib import Path

import pytest

from hydranet.backbones import Backbone
from hydranet.balancing import Balancing
from hydranet.data import Source
from hydranet.heads import Head
from hydranet.tasks import Task

PAGE = (Path(__file__).parents[2] / "docs" / "config.md").read_text(encoding="utf-8")
DESCRIBED = set(re.findall(r"^\.\. autoclass:: (\S+)$", PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    "family", [Backbone, Source, Task, Head, Balancing], ids=lambda family: family.__name__
)
def test_every_kind_that_comes_with_hydranet_is_described(family):
    kinds = [kind for kind in family.variants().values() if kind.__module__.startswith("hydranet.")]
    names = {f"{kind.__module__.rpartition('.')[0]}.{kind.__name__}" for kind in kinds}
    assert names
    assert names <= DESCRIBED
