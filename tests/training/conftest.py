"""Fixtures for tests of training."""

import pytest


@pytest.fixture(scope="session")
def mobilenet_weights(make_weights):
    """A weights file of the smallest MobileNet.

    It is built in half the time of a MobileNetV2, and has the blocks and cuts that a tail needs.
    """
    return make_weights("MobileNet", alpha=0.25)


@pytest.fixture
def no_pass(monkeypatch):
    """Let the test fail if a picture goes through the backbone to have its features stored."""

    def fail(*_, **__):
        raise AssertionError("the backbone was about to run")

    monkeypatch.setattr("hydranet.training.extract.compile_network", fail)
