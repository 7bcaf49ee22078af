"""Fixtures that several test modules share."""

import os
import shutil
import sys
from pathlib import Path

import hypothesis
import pytest

# How long an example takes depends on the machine, and on what else it does.
hypothesis.settings.register_profile("hydranet", deadline=None)
hypothesis.settings.load_profile("hydranet")

# A process that a test means to start runs one of these; libraries ask `uname` and the like when they are imported.
PROGRAMS = ("python", "bash", "sh", "hydranet")
running_fast = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Note whether a fast test runs."""
    global running_fast
    running_fast = item.get_closest_marker("slow") is None
    try:
        return (yield)
    finally:
        running_fast = False


def refuse_what_is_not_fast(event, arguments):
    """Raise where a test that is not marked as slow does what only a slow one may."""
    if not running_fast:
        return
    if event == "subprocess.Popen" and Path(os.fsdecode(arguments[0])).name.startswith(PROGRAMS):
        raise AssertionError("the test starts a process: mark it, or its module, with pytest.mark.slow")
    if event == "socket.bind":
        raise AssertionError("the test opens a port: mark it, or its module, with pytest.mark.slow")


sys.addaudithook(refuse_what_is_not_fast)


@pytest.fixture(scope="session", autouse=True)
def default_engine():
    """Have TensorFlow compute where no engine is named, as with a GPU: each network is converted otherwise."""
    from hydranet.engines import _fast

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fast, "has_gpu", lambda: True)
        yield


@pytest.fixture
def fast_path(monkeypatch):
    """Have the fast engine compute where none is named, as a user has it who has no GPU."""
    from hydranet.engines import _fast

    monkeypatch.setattr(_fast, "has_gpu", lambda: False)
    return _fast.fast_engine() or pytest.skip("the fast engine is not installed")


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real pictures and weights: `HYDRANET_TEST_ASSETS`, or `shared` beside the checkout."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("HYDRANET_TEST_ASSETS", default))
    if not folder.is_dir():
        pytest.skip(f"no real pictures: {folder} is not a folder; set HYDRANET_TEST_ASSETS")
    return folder


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory):
    """A small stand-in for the run that `configs/quickstart.yaml` gives: docstrings and pages start from it."""
    import hydranet

    folder = tmp_path_factory.mktemp("quickstart")
    config = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
    tasks = ("horse_human", "cats_dogs", "dog_breeds")
    sizes = {"num_train": 5, "num_validation": 2}
    overrides = {
        "backbone.weights": "random",
        "backbone.image_size": 32,
        "features.dir": str(folder / "features"),
        **{f"tasks.{task}.data.{key}": size for task in tasks for key, size in sizes.items()},
    }
    hydranet.train(hydranet.load_config(config, overrides=overrides), folder / "run")
    return folder / "run"


@pytest.fixture(scope="session")
def make_weights(tmp_path_factory):
    """Make a weights file of a network for pictures of 32 pixels.

    Random weights alone give features of about 1e-12; here BatchNorm has the statistics of some drawings, so
    that features differ from picture to picture as those of a pretrained network do.
    """
    import keras
    import numpy as np

    from hydranet.backbones import Application
    from hydranet.drawings._collections import draw

    def make(architecture, **arguments):
        keras.utils.set_random_seed(0)
        network = Application(architecture, image_size=32, arguments=arguments).build_network()
        pictures = [
            draw("cats_dogs", label, index=index, image_size=32)
            for label in ("cat", "dog")
            for index in range(900, 932)
        ]
        network.trainable = True
        for layer in network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.0
        network(np.array(pictures, np.float32) / 127.5 - 1, training=True)
        path = tmp_path_factory.mktemp("weights") / f"{architecture}.weights.h5"
        network.save_weights(path)
        return path

    return make


@pytest.fixture(scope="session")
def backbone_weights(make_weights):
    """A weights file of the small MobileNetV2 that tests use."""
    return make_weights("MobileNetV2", alpha=0.35)


@pytest.fixture(scope="session")
def mobilenet_weights(make_weights):
    """A weights file of the smallest MobileNet.

    It is built in half the time of a MobileNetV2, and has the blocks and cuts that a tail needs.
    """
    return make_weights("MobileNet", alpha=0.25)


@pytest.fixture(scope="session")
def new_trunk(backbone_weights):
    """Make a MobileNetV2 for pictures of 32 pixels, of one's own; settings are those of `Application`."""
    from hydranet.backbones import Application
    from hydranet.model import Trunk

    def make(*, features=None, **settings):
        small = {"image_size": 32, "arguments": {"alpha": 0.35}, "weights": str(backbone_weights)}
        return Trunk(Application("MobileNetV2", **{**small, **settings}), features=features)

    return make


@pytest.fixture(scope="session")
def trunk(new_trunk):
    """A MobileNetV2 for pictures of 32 pixels that tests share and must not change."""
    return new_trunk()


@pytest.fixture(scope="session")
def images():
    """Twelve drawings: float32 `(12, 32, 32, 3)`."""
    import numpy as np

    from hydranet.drawings._collections import draw

    labels = ("cat", "dog") * 6
    pictures = [draw("cats_dogs", label, index=index, image_size=32) for index, label in enumerate(labels)]
    return np.array(pictures, np.float32)


@pytest.fixture
def stored(tmp_path):
    """Store an array as features and return them."""
    import uuid

    import numpy as np

    from hydranet.features._store import FeatureStore

    def store(rows):
        space = FeatureStore(tmp_path / "features").space(uuid.uuid4().hex, rows.shape[1:])
        keys = np.random.default_rng(0).integers(0, 2**64, (len(rows), 2), np.uint64)
        space.append(keys, rows)
        return space.features(keys)

    return store


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, which notes what pages log and what they fetch."""
    driver_path, path = (
        shutil.which("chromedriver"),
        shutil.which("chromium") or shutil.which("google-chrome"),
    )
    if not (driver_path and path):
        pytest.skip("no Chromium and chromedriver on this machine")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = path
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *(
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    try:
        yield driver
    finally:
        driver.quit()
