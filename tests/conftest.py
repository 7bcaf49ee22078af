"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real pictures and weights: `HYDRANET_TEST_ASSETS`, or `shared` beside the checkout."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("HYDRANET_TEST_ASSETS", default))
    if not folder.is_dir():
        pytest.skip(f"no real pictures: {folder} is not a folder; set HYDRANET_TEST_ASSETS")
    return folder
