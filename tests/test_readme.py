"""The README fits on a few screens, and its two commands are what the checks run; its other blocks are followed."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 150


def test_it_is_short():
    assert len(README.splitlines()) <= MOST_LINES


def test_the_two_install_commands_are_what_the_checks_run():
    checks = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert len(re.findall(r"^```sh$", README, re.MULTILINE)) == 2
    assert "readme_command 1" in checks
    assert "readme_command 2" in checks


def test_what_it_links_to_is_there():
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
