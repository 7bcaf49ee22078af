"""The table of commands: each says what it does and which options it has."""

import pytest

from hydranet.cli import main
from hydranet.commands import COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_says_what_it_does_and_which_options_it_has(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command.name, "--help"])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: hydranet {command.name} ")
    assert command.summary in " ".join(printed.split())


def test_an_option_that_is_not_known_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as left:
        main(["features", "--cleer"])
    assert left.value.code == 2
    assert "--cleer" in capsys.readouterr().err
