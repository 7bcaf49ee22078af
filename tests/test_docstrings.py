"""Every example in a docstring runs, and every public name has one."""

import doctest
import importlib
import io
import shutil
from pathlib import Path

import pytest

import hydranet
from hydranet.tasks import _registry as registry

ROOT = Path(hydranet.__file__).parent


def modules_with_examples():
    for path in sorted(ROOT.rglob("*.py")):
        if ">>>" in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__")


@pytest.fixture(autouse=True)
def _own_folder_and_registry(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRANET_FEATURES_DIR", str(tmp_path / "features"))
    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_the_examples_run(name, request, tmp_path):
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report = io.StringIO()
    for example in doctest.DocTestFinder().find(module, name):
        if "runs/quickstart" in (example.docstring or ""):
            run = request.getfixturevalue("quickstart")
            shutil.copytree(run, tmp_path / "runs" / "quickstart", dirs_exist_ok=True)
        runner.run(example, out=report.write)
    tried, failed = runner.tries, runner.failures
    assert tried > 0, f"{name} has an example outside a docstring"
    assert not failed, report.getvalue()


@pytest.mark.parametrize("name", hydranet.__all__)
def test_a_public_name_says_what_it_is_for_and_shows_it(name):
    member = getattr(hydranet, name)
    text = member.__doc__ or ""
    assert text.strip(), f"{name} has no docstring"
    assert text.strip().partition("\n")[0].endswith((".", ":")), f"{name}: the first line is one sentence"
    if not (isinstance(member, type) and issubclass(member, Exception)):
        assert "Example:\n" in text, f"{name} shows no example"
        assert ">>>" in text, f"the example of {name} does not run"
