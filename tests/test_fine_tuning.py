"""A phase as data: ranges are checked where it is made, and in a config file, and nothing is lost on the way."""

import pytest

from hydranet import FineTuning, load_config
from hydranet.balancing._gradnorm import GradNorm
from hydranet.config import experiment_to_yaml, parse_experiment
from hydranet.data._mixture import Sampling
from hydranet.errors import ConfigError

TASKS = {"cats_dogs": None}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"unfreeze": "1 block", "fine_tune_at": 100}, "give one of them"),
        ({"unfreeze": 0.0}, r"unfreeze must be in \(0, 1\]: received 0.0"),
        ({"unfreeze": 1.5}, "received 1.5"),
        ({"unfreeze": "0 blocks"}, "at least 1 block"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and finite: received 0.0"),
        ({"learning_rate": float("nan")}, "received nan"),
        ({"learning_rate": float("inf")}, "received inf"),
        ({"learning_rate_divisor": 0.5}, "learning_rate_divisor must be at least 1: received 0.5"),
        ({"weight_decay": -1.0}, "weight_decay must be at least 0 and finite: received -1.0"),
        ({"warmup": 1.0}, r"warmup must be in \[0, 1\): received 1.0"),
        ({"batch_size": 0}, "batch_size must be at least 1: received 0"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"schedule": "cosinus"}, "schedule must be .*: received 'cosinus'. Did you mean 'cosine'"),
        ({"store": "yes"}, "store must be 'auto', 'always' or 'never': received 'yes'"),
        ({"precision": "float16"}, "precision must be .*: received 'float16'"),
    ],
)
def test_what_is_outside_its_range_is_refused_with_what_was_received(wrong, message):
    with pytest.raises(ConfigError, match=message):
        FineTuning(**wrong)


@pytest.mark.parametrize(
    ("given", "lowest"),
    [
        ({}, "2 blocks"),
        ({"unfreeze": "all"}, "all"),
        ({"unfreeze": 0.25}, 0.25),
        ({"unfreeze": "block_15_expand"}, "block_15_expand"),
        ({"fine_tune_at": 100}, 100),
        ({"fine_tune_at": 0}, 0),
    ],
)
def test_the_lowest_layer_that_learns_is_what_was_asked_for(given, lowest):
    assert FineTuning(**given).lowest == lowest


def test_a_phase_in_a_config_says_the_same_as_one_in_python(tmp_path):
    phases = (
        FineTuning(unfreeze="1 block", epochs=2, balancing=GradNorm(alpha=0.5)),
        FineTuning(
            unfreeze=0.5,
            learning_rate_divisor=3,
            steps=40,
            sampling=Sampling(kind="temperature", temperature=3),
            store="never",
        ),
        FineTuning(fine_tune_at=100, schedule="constant", warmup=0.0, precision="float32"),
    )
    written = [
        {"unfreeze": "1 block", "epochs": 2, "balancing": {"kind": "gradnorm", "alpha": 0.5}},
        {
            "unfreeze": 0.5,
            "learning_rate_divisor": 3,
            "steps": 40,
            "sampling": {"kind": "temperature", "temperature": 3},
            "store": "never",
        },
        {"fine_tune_at": 100, "schedule": "constant", "warmup": 0, "precision": "float32"},
    ]

    experiment = parse_experiment({"tasks": TASKS, "fine_tuning": written}, origin="a test")

    assert experiment.fine_tuning == phases
    (tmp_path / "config.yaml").write_text(experiment_to_yaml(experiment), encoding="utf-8")
    assert load_config(tmp_path / "config.yaml").fine_tuning == phases


def test_a_wrong_phase_in_a_config_is_named_with_its_place():
    wrong = [{}, {"warmup": 2}, {"learnin_rate": 0.1}, {"store": "sometimes"}]

    with pytest.raises(ConfigError) as raised:
        parse_experiment({"tasks": TASKS, "fine_tuning": wrong}, origin="a test")

    for place, text in (
        ("1", "warmup: received 2, expected in [0, 1)"),
        ("2", "learning_rate"),
        ("3", "sometimes"),
    ):
        [line] = [line for line in str(raised.value).splitlines() if f"fine_tuning.{place}" in line]
        assert text in line
