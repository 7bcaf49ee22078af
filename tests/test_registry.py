"""A table that installed packages and code may add to: names are known at once, and nothing is overwritten."""

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from hydranet.errors import ConfigError
from hydranet.registry import Registry


@dataclass(frozen=True)
class Colour:
    """A member."""

    name: str
    shade: int = 0


@dataclass(frozen=True)
class OtherColour(Colour):
    """A member from elsewhere."""


OFFERED = Colour("teal")
NO_COLOUR = "teal"


@pytest.fixture
def colours():
    return Registry("colour", "test.colours", Colour, [Colour("red"), Colour("green")])


@pytest.fixture
def offer(monkeypatch):
    """Let installed packages offer colours, by `name=module:object`."""

    def install(*offers):
        points = [EntryPoint(*each.split("="), "test.colours") for each in offers]
        monkeypatch.setattr(
            "importlib.metadata.entry_points", lambda group: points if group == "test.colours" else []
        )

    return install


def test_members_come_in_the_order_of_their_registration(colours):
    assert colours.register(Colour("blue")) is colours["blue"]
    assert (list(colours), len(colours), "blue" in colours) == (["red", "green", "blue"], 3, True)
    assert colours.values() == [Colour("red"), Colour("green"), Colour("blue")]


def test_an_unknown_name_is_an_error_with_the_nearest_match(colours):
    with pytest.raises(
        ConfigError, match=r"Unknown colour 'gren'\. Did you mean 'green'\? Known: green, red"
    ):
        colours["gren"]


def test_the_same_once_more_is_no_error_and_nothing_else_takes_a_name(colours):
    assert colours.register(Colour("red")) == Colour("red")
    for other in (OtherColour("red"), Colour("red", shade=1)):
        with pytest.raises(
            ConfigError, match=r"Two colours are called 'red': one from \S+:Colour, one from \S+"
        ):
            colours.register(other)
    assert colours["red"] == Colour("red")


def test_a_name_that_nobody_could_type_is_refused(colours):
    with pytest.raises(ConfigError, match="must match"):
        colours.register(Colour("Dark red"))


def test_what_a_package_offers_is_named_without_being_imported_and_loaded_when_asked_for(colours, offer):
    offer(f"teal={__name__}:OFFERED", "grey=no_such_module_of_greys:GREY")
    assert list(colours) == ["red", "green", "teal", "grey"]
    assert colours.origins()["grey"] == "no_such_module_of_greys:GREY"
    assert colours["teal"] is OFFERED
    assert colours.register(OFFERED) is OFFERED  # its own module may do that too
    with pytest.raises(
        ConfigError, match=r"'grey' of no_such_module_of_greys:GREY can't be imported.*uninstall"
    ):
        colours["grey"]
    assert "no_such_module_of_greys" not in sys.modules


@pytest.mark.parametrize(
    ("offers", "message"),
    [
        (["teal=a:X", "teal=b:X"], "Two colours are called 'teal': one from a:X, one from b:X"),
        (["red=a:X"], r"Two colours are called 'red': one from \S+:Colour, one from a:X"),
    ],
)
def test_two_packages_can_not_offer_one_name(colours, offer, offers, message):
    offer(*offers)
    with pytest.raises(ConfigError, match=message):
        list(colours)


def test_what_is_offered_must_be_of_the_family_and_of_that_name(colours, offer):
    for offered in ("NO_COLOUR", "OFFERED"):
        offer(f"cyan={__name__}:{offered}")
        with pytest.raises(ConfigError, match="expected a Colour of this name"):
            colours["cyan"]


def test_code_can_not_take_the_name_that_a_package_offers(colours, offer):
    offer("blue=some_package.colours:BLUE")
    with pytest.raises(ConfigError, match=r"one from some_package\.colours:BLUE, one from"):
        colours.register(Colour("blue"))
