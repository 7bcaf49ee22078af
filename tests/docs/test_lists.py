"""The pages name every engine and format that comes with hydranet, and what pip has to install for it."""

from pathlib import Path

import pytest

from hydranet.engines import ENGINES
from hydranet.exports import FORMATS

DOCS = Path(__file__).parents[2] / "docs"


def built_in(registry):
    return [registry[name] for name, origin in registry.origins().items() if origin.startswith("hydranet.")]


@pytest.mark.parametrize("engine", built_in(ENGINES), ids=lambda engine: engine.name)
def test_an_engine_is_listed_with_its_precisions_and_extra(engine):
    page = (DOCS / "prediction.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{engine.name}` ")]
    extra = engine.requirement.replace("hydranet", "") if "[" in engine.requirement else ""
    assert f"`.{extra}`" in row if extra else "nothing more" in row
    assert ", ".join(f"`{precision}`" for precision in engine.precisions) in row


@pytest.mark.parametrize("file_format", built_in(FORMATS), ids=lambda file_format: file_format.name)
def test_a_format_is_listed_with_its_precisions(file_format):
    page = (DOCS / "exports.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{file_format.name}` ")]
    assert ", ".join(f"`{precision}`" for precision in file_format.precisions) in row
