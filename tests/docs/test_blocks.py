"""Every block of the README and of the guide is followed, page by page, from top to bottom.

The blocks of a page share a folder and a namespace. A `yaml` block is checked as it stands and then is `my.yaml`, with
a small network, small pictures and no weights that would have to be fetched; a `console` block is run, a `python` block
too. A `text` block shows files; the `sh` blocks of the README install hydranet, and the checks run them.
"""

import re
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from hydranet.config import parse_experiment
from hydranet.tasks import _registry as registry

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"), key=str)
BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLLOWED = {"yaml", "console", "python"}
SHOWN = {"text", "sh"}


class Block(NamedTuple):
    language: str
    text: str
    line: int


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    return [Block(*found.groups(), text.count("\n", 0, found.start()) + 2) for found in BLOCK.finditer(text)]


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_has_a_language_that_is_followed_or_shown(page):
    languages = {block.language for block in blocks_of(page) if not block.language.startswith("{")}
    assert languages <= FOLLOWED | SHOWN


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if FOLLOWED & {block.language for block in blocks_of(page)}], ids=name_of
)
def test_a_page_can_be_followed(page, new_folder, shell, monkeypatch):
    blocks = blocks_of(page)
    folder = new_folder("".join(block.text for block in blocks))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HYDRANET_FEATURES_DIR", str(folder / "features"))
    module = ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks:
        if block.language == "yaml":
            assert parse_experiment(YAML(typ="safe", pure=True).load(block.text)).tasks
            Path("my.yaml").write_text(made_small(block.text))
        elif block.language == "console":
            shell(on_a_free_port(block.text), folder)
        elif block.language == "python":
            code = "\n" * (block.line - 1) + block.text
            exec(compile(code, name_of(page), "exec"), module.__dict__)


def made_small(config):
    """Return a config with a network of few layers and random weights, for pictures of 32 pixels."""
    yaml = YAML()
    settings = yaml.load(config)
    settings.setdefault("backbone", {}).update(
        name="MobileNet", arguments={"alpha": 0.25}, weights="random", image_size=32
    )
    with Path("my.yaml").open("w") as file:
        yaml.dump(settings, file)
    return Path("my.yaml").read_text()


def on_a_free_port(script):
    """Return a script whose server listens where nobody else does, and is stopped at the end."""
    if "hydranet serve" not in script:
        return script
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = script.replace("8000", port).replace("hydranet serve", f"hydranet serve --port {port}")
    return f"trap 'kill $!; wait $! || true' EXIT; {script}"
