"""YAML in and out, which knows no field."""

import pytest

from hydranet.errors import ConfigError
from hydranet.settings import parse_yaml_value, read_yaml, set_value


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


def nested(opening, count):
    return "tasks: " + opening * count


LAUGHS = ["a: &a [x, x, x, x, x, x, x, x, x]"]
LAUGHS += [
    f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
]
CHAIN = ["a0: &a0 [x]", *(f"a{number}: &a{number} [*a{number - 1}]" for number in range(1, 3000))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n".join(LAUGHS), r"unfold to 490,329,064 values, 28 of which are written"),
        ("a: &a [*a]", "a value that contains itself"),
        ("&all\ntasks: *all", "a value that contains itself"),
        ("a: &a {b: [*a]}", "a value that contains itself"),
        ("\n".join(CHAIN), "nested more than 50 deep"),
        (nested("[", 2_000), "nested more than 50 deep"),
        (nested("{a: ", 2_000), "nested more than 50 deep"),
        (nested("- ", 2_000), "."),
        ("- " * 2_000, "nested more than 50 deep"),
        ("seed: " + "9" * 10_000, "digits"),
        ("seed: 2020-99-99", "month"),
        ("x: " + "y" * 2**23, "expected at most"),
    ],
    ids=[
        *("laughs", "in itself", "the whole in itself", "further down", "chain"),
        *("lists", "mappings", "dashes in a value", "dashes", "number", "date", "long"),
    ],
)
def test_what_is_no_reasonable_config_is_refused_at_once(tmp_path, text, said):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match=f"config.yaml is not valid YAML: [^\\0]*{said}"):
        read_yaml(tmp_path / "config.yaml")


def test_anchors_stand_for_what_is_written_once(tmp_path):
    (tmp_path / "config.yaml").write_text("a: &a {head: {kind: mlp}}\nb: {<<: *a, data: x}\nc: [*a, *a]\n")
    head = {"head": {"kind": "mlp"}}
    assert read_yaml(tmp_path / "config.yaml") == {"a": head, "b": {**head, "data": "x"}, "c": [head, head]}
