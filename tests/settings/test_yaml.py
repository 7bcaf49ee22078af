"""YAML in and out, which knows no field."""

import pytest

from hydranet.errors import ConfigError
from hydranet.settings import parse_yaml_value, set_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("mlp", "mlp"),
        ("{", "{"),
        ("a: [", "a: ["),
    ],
)
def test_a_value_from_the_command_line_is_read_as_yaml(text, value):
    assert parse_yaml_value(text) == value


def test_a_dotted_path_makes_the_mappings_that_it_needs_and_takes_positions_in_lists():
    raw = {"phases": [{"epochs": 2}, {}], "backbone": None}
    set_value(raw, "phases.1.epochs", 3)
    set_value(raw, "backbone.image_size", 160)
    assert raw == {"phases": [{"epochs": 2}, {"epochs": 3}], "backbone": {"image_size": 160}}
    with pytest.raises(
        ConfigError, match=r"phases.2.epochs: received '2', expected a position .* from 0 to 1"
    ):
        set_value(raw, "phases.2.epochs", 3)
