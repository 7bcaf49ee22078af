"""Converted networks are kept by fingerprint, whole, and used where they give the same features."""

import dataclasses
import logging
import shutil

import numpy as np
import pytest

from hydranet import Application
from hydranet.engines._file_engine import FileEngine
from hydranet.experiment import FeaturesConfig
from hydranet.features import FeatureStore, _choose_engine, _networks
from hydranet.features._choose_engine import choose_engine
from hydranet.features._networks import NetworkStore, fingerprints_of, network_key
from hydranet.model import Trunk

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.setattr(_choose_engine, "_chosen", {})


@pytest.fixture
def store(tmp_path):
    return NetworkStore(tmp_path / "networks")


@pytest.fixture
def conversions(monkeypatch):
    """The paths that networks are converted to."""
    made, convert = [], FileEngine.convert

    def counted(engine, network, path, **arguments):
        made.append(path)
        return convert(engine, network, path, **arguments)

    monkeypatch.setattr(FileEngine, "convert", counted)
    return made


def chosen(trunk, config):
    return choose_engine(trunk, config, fingerprints_of(trunk))


def test_a_network_is_converted_once_whichever_of_its_features_are_wanted(
    store, fast_path, trunk, new_trunk, images, conversions
):
    several = new_trunk(features=["pooled", "map"])
    kept = store.keep(several, fast_path)
    assert store.keep(several, fast_path) == store.keep(trunk, fast_path) == kept
    assert len(conversions) == 1
    assert kept.agrees
    expected = np.asarray(trunk(images)["pooled"])
    actual = fast_path.load(kept.path)(images)["pooled"]
    np.testing.assert_allclose(actual, expected, atol=1e-4 * np.abs(expected).max())


def test_another_network_or_other_features_have_another_key(new_trunk):
    networks = new_trunk(), new_trunk(features=["pooled", "map"]), new_trunk(weights="random")
    assert len({network_key(fingerprints_of(each)) for each in (*networks, new_trunk())}) == 3


def test_a_damaged_file_is_named_and_made_anew_before_it_is_used(
    store, fast_path, trunk, conversions, caplog, tmp_path
):
    kept = store.keep(trunk, fast_path)
    copy = shutil.copytree(kept.path.parent, tmp_path / "copy")
    for path in sorted(kept.path.parent.iterdir()):
        whole = path.read_bytes()
        middle = len(whole) // 2
        for content in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], whole[:-7], b""):
            path.write_bytes(content)
            caplog.clear()
            assert store._find(fingerprints_of(trunk), fast_path) is None
            assert f"{kept.path.parent.name} is damaged and made anew when it is needed" in caplog.text
            shutil.copytree(copy, kept.path.parent, dirs_exist_ok=True)
    kept.path.unlink()

    assert store.keep(trunk, fast_path).agrees
    assert len(conversions) == 2
    assert kept.path.is_file()


def test_features_are_computed_by_it_where_it_agrees_and_by_another_where_it_does_not(
    tmp_path, fast_path, trunk, monkeypatch, caplog
):
    config = FeaturesConfig(dir=str(tmp_path))
    assert chosen(trunk, config) == fast_path.name
    assert chosen(trunk, dataclasses.replace(config, engine="tensorflow")) == "tensorflow"

    monkeypatch.setattr(_choose_engine, "_chosen", {})
    monkeypatch.setattr(_networks, "_TOLERANCE", 0.0)
    assert chosen(trunk, config) == "tensorflow"
    assert "differ by" in caplog.text


def test_a_network_that_can_not_be_converted_is_computed_by_another_and_tried_once(
    tmp_path, fast_path, trunk, monkeypatch, caplog
):
    def fail(*_, **__):
        raise ValueError("unknown layer")

    monkeypatch.setattr(type(fast_path), "serialize", fail)
    for _ in range(2):
        assert chosen(trunk, FeaturesConfig(dir=str(tmp_path))) == "tensorflow"
    assert caplog.text.count("unknown layer") == 1


def test_a_feature_of_another_kind_of_number_does_not_agree(store, fast_path, new_trunk, monkeypatch):
    load = FileEngine.load

    def load_wrong(engine, path, **arguments):
        network = load(engine, path, **arguments)
        return lambda images: {name: values * np.nan for name, values in network(images).items()}

    monkeypatch.setattr(FileEngine, "load", load_wrong)
    assert not store.keep(new_trunk(), fast_path).agrees


def test_clearing_the_store_removes_them_and_nothing_else(tmp_path, fast_path, caplog):
    store = FeatureStore(tmp_path)
    trunk = Trunk(Application("MobileNetV2", image_size=32, weights="random", arguments={"alpha": 0.35}))
    store.networks.keep(trunk, fast_path)
    mine = tmp_path / "networks" / "mine.txt"
    mine.write_text("keep me")
    num_bytes = store.networks.num_bytes()
    caplog.set_level(logging.WARNING)
    assert store.clear() == num_bytes > 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
