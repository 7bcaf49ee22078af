"""Name → task: duplicates, entry points, plug-ins."""

import sys
from importlib.metadata import EntryPoint

import pytest

from hydranet import SingleLabel
from hydranet.errors import ConfigError
from hydranet.tasks import _registry as registry
from hydranet.tasks import load_plugin
from hydranet.tasks._registry import get_task, register_task, task_origins

PLUGIN = """
from hydranet import SingleLabel, register_task

@register_task
def shoes():
    return SingleLabel(name="shoes", classes=("boot", "sandal"))
"""


@pytest.fixture(autouse=True)
def registrations(monkeypatch):
    """Leave the registry and the imported plug-ins as they were."""
    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith("hydranet_plugin_"):
            del sys.modules[name]


def offer(monkeypatch, *pairs):
    points = [EntryPoint(name, value, registry.ENTRY_POINT_GROUP) for name, value in pairs]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


def test_a_registered_task_is_found_by_the_name_of_its_function():
    @register_task
    def shoes():
        return SingleLabel(name="shoes")

    assert get_task("shoes") == shoes()
    assert task_origins()["shoes"].endswith(".shoes")


def test_a_name_registered_twice_is_an_error_that_names_both_origins():
    def shoes():
        return SingleLabel(name="shoes")

    register_task(shoes)
    other = type(shoes)(shoes.__code__, shoes.__globals__, "shoes")
    other.__module__ = "elsewhere"
    with pytest.raises(ConfigError) as caught:
        register_task(other)
    assert f"{shoes.__module__}:{shoes.__qualname__}" in str(caught.value)
    assert "elsewhere:" in str(caught.value)
    assert get_task("shoes") == shoes()


def test_the_name_of_an_installed_task_is_taken_before_it_is_imported(monkeypatch):
    offer(monkeypatch, ("shoes", "their_package:shoes"))

    def shoes():
        return SingleLabel(name="shoes")

    with pytest.raises(ConfigError, match="their_package:shoes"):
        register_task(shoes)


def test_the_same_function_may_be_registered_again_as_when_its_module_is_reloaded():
    def shoes():
        return SingleLabel(name="shoes")

    register_task(shoes)
    register_task(shoes)


def test_a_function_name_that_is_no_task_name_is_refused():
    def Shoes():  # noqa: N802
        return SingleLabel(name="shoes")

    with pytest.raises(ConfigError, match="'shoes' would do"):
        register_task(Shoes)


def test_an_unknown_task_lists_the_known_ones_and_the_nearest():
    with pytest.raises(ConfigError) as caught:
        get_task("cats_dgos")
    assert "Did you mean 'cats_dogs'?" in str(caught.value)
    assert "dog_breeds" in str(caught.value)
    assert "--data TASK=PATH" in str(caught.value)


def test_a_task_that_calls_itself_otherwise_is_an_error():
    @register_task
    def shoes():
        return SingleLabel(name="boots")

    with pytest.raises(ConfigError, match=r"registered as 'shoes' but returns a task called 'boots'"):
        get_task("shoes")


def test_the_built_in_tasks_come_through_entry_points_as_anyones_do():
    for name in ("cats_dogs", "dog_breeds", "horse_human"):
        assert task_origins()[name] == f"hydranet_tasks.{name}:{name}"
        assert get_task(name).name == name


def test_entry_points_are_listed_without_importing_them(monkeypatch):
    offer(monkeypatch, ("shoes", "no_such_package:shoes"))
    assert task_origins()["shoes"] == "no_such_package:shoes"


def test_an_entry_point_needs_no_decorator(monkeypatch, tmp_path):
    (tmp_path / "plain_shoes.py").write_text(PLUGIN.replace("@register_task", ""))
    monkeypatch.syspath_prepend(tmp_path)
    offer(monkeypatch, ("shoes", "plain_shoes:shoes"))
    assert get_task("shoes").classes == ("boot", "sandal")


def test_two_packages_with_one_task_name_are_an_error_that_names_both(monkeypatch):
    offer(monkeypatch, ("shoes", "one:shoes"), ("shoes", "two:shoes"))
    with pytest.raises(ConfigError, match="one:shoes and two:shoes"):
        task_origins()


def test_a_plugin_file_is_found_from_the_folder_of_its_config(tmp_path):
    (tmp_path / "my_tasks.py").write_text(PLUGIN)
    load_plugin("my_tasks.py", base_dir=tmp_path)
    load_plugin("my_tasks.py", base_dir=tmp_path)
    assert get_task("shoes").classes == ("boot", "sandal")


def test_a_plugin_module_is_imported_by_name(monkeypatch, tmp_path):
    (tmp_path / "installed_shoes.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    load_plugin("installed_shoes")
    assert get_task("shoes").classes == ("boot", "sandal")


def test_a_missing_plugin_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(ConfigError, match=str(tmp_path / "my_tasks.py")):
        load_plugin("my_tasks.py", base_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"no_such_package.*Install it, or give the path"):
        load_plugin("no_such_package")


def test_a_plugin_that_fails_is_not_taken_for_imported_afterwards(tmp_path):
    (tmp_path / "my_tasks.py").write_text("raise ZeroDivisionError")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load_plugin("my_tasks.py", base_dir=tmp_path)
