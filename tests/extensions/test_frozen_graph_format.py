"""A format that hydranet does not know is written and checked as the others are, from Python and the command line."""

import json
from pathlib import Path

import pytest

from hydranet import (
    Application,
    ConfigError,
    Drawings,
    Experiment,
    FeaturesConfig,
    SingleLabel,
    export,
    train,
)
from hydranet.exports import FORMATS
from hydranet.tasks import load_plugin
from hydranet.testing import check_format

from .installed import hydranet, install

pytestmark = pytest.mark.slow

PLUGIN = Path(__file__).with_name("frozen_graph_format.py")


@pytest.fixture(scope="module")
def run(tmp_path_factory, mobilenet_weights):
    """A run with one task, on drawings."""
    folder = tmp_path_factory.mktemp("pets")
    backbone = Application(
        "MobileNet", image_size=32, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
    )
    experiment = Experiment(
        tasks={"pets": SingleLabel(name="pets", data=Drawings("cats_dogs", 12, 6))},
        backbone=backbone,
        features=FeaturesConfig(dir=str(folder / "features")),
    )
    return train(experiment, folder / "run")


def test_it_keeps_the_contract():
    load_plugin(str(PLUGIN))
    check_format(FORMATS["frozen_graph"])


def test_export_writes_checks_and_describes_it(run, tmp_path):
    load_plugin(str(PLUGIN))
    for _ in range(2):  # it may replace its own
        report = export(run, tmp_path / "out", file_format="frozen_graph")
    assert report.largest_differences["pets"] <= 1e-4
    assert sorted(path.name for path in report.folder.iterdir()) == ["hydranet.json", "model.pb"]
    description = json.loads((report.folder / "hydranet.json").read_text())
    assert (description["format"], description["tasks"]["pets"]["classes"]) == (
        "frozen_graph",
        ["cat", "dog"],
    )
    assert description["graph"].startswith("a GraphDef")
    with pytest.raises(ConfigError, match="frozen_graph is not written in int8"):
        export(run, tmp_path / "out", file_format="frozen_graph", precision="int8")


def test_the_command_line_knows_it_once_it_is_installed(run, tmp_path):
    environment = install(PLUGIN, tmp_path, "[hydranet.formats]\nfrozen_graph = frozen_graph_format:FORMAT\n")
    assert "litert, frozen_graph" in " ".join(hydranet(environment, "export", "--help").split())
    printed = hydranet(environment, "export", run.folder, "--format", "frozen_graph", "--json")
    assert json.loads(printed)["largest_differences"]["pets"] <= 1e-4
    assert (run.folder / "exports/frozen_graph-float32/model.pb").is_file()
