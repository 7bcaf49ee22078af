"""Packages with one module that offers something, installed as pip would install them."""

import os
import subprocess
import sys
from pathlib import Path


def install(module: Path, folder: Path, entry_points: str) -> dict[str, str]:
    """Install a module into a folder, and return the environment of a process that finds it there."""
    (folder / module.name).write_bytes(module.read_bytes())
    described = folder / f"{module.stem}-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.stem}\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text(entry_points)
    return {**os.environ, "PYTHONPATH": str(folder)}


def hydranet(environment: dict[str, str], *arguments: object) -> str:
    """Run a command in a process of its own, and return what it prints."""
    command = [sys.executable, "-m", "hydranet", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout
