"""An experiment: what its parts can't see of each other is checked for all together."""

import pytest

from hydranet import Experiment, SingleLabel
from hydranet.errors import ConfigError


def experiment(**tails):
    return Experiment(tasks={name: SingleLabel(name=name, tail=tail) for name, tail in tails.items()})


def test_gates_are_checked_for_all_tasks_together():
    breed = SingleLabel(name="breed", when={"pet": "dog"})
    assert Experiment(tasks={"breed": breed, "pet": SingleLabel(name="pet")})
    with pytest.raises(ConfigError, match=r"tasks\.breed\.when: Unknown task 'pet'"):
        Experiment(tasks={"breed": breed})


def test_a_tail_of_its_own_is_not_shared_by_accident():
    assert experiment(pets="own", cats="shared", dogs="shared").tasks["pets"].tail_group == "pets"
    for tails in ({"pets": "own", "cats": "pets"}, {"shared": "own"}, {"frozen": "own"}):
        with pytest.raises(ConfigError, match="can't have a tail of its own"):
            experiment(**tails)


def test_a_task_is_called_as_its_key():
    with pytest.raises(ConfigError, match=r"tasks\.pets\.name must be its key, 'pets': received 'pet'"):
        Experiment(tasks={"pets": SingleLabel(name="pet")})
