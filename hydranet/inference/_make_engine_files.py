"""Make the files that an engine runs, of a model that TensorFlow has loaded."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines import as_network
from hydranet.features import KEPT_PRECISION, NetworkStore
from hydranet.files import Damaged, atomic_folder
from hydranet.inference._engine_files import EngineFiles
from hydranet.model import ACTIVATION, HydraNet
from hydranet.runs import head_to_file


def make_engine_files(
    model: HydraNet,
    files: EngineFiles,
    precision: str,
    *,
    calibration: np.ndarray | None = None,
    digest: str = "",
    networks: NetworkStore | None = None,
) -> None:
    """Write `files` of `model`, whole or not at all; networks that are there already and still right are kept.

    Args:
        model: trained.
        files: where to.
        precision: of the networks; heads are float32.
        calibration: pictures that int8 is calibrated on: float32 `(batch, height, width, 3)`, values in [0, 255].
        digest: of the model's file.
        networks: where trunks are kept that were converted before.
    """
    places = [{**place._asdict(), "fingerprint": value} for place, value in model.fingerprints().items()]
    with atomic_folder(files.folder) as temporary:
        made = EngineFiles(temporary, files.engine)
        if _known_places(files) == places:
            shutil.copytree(files.networks_dir, made.networks_dir)
        else:
            _write_networks(model, made, precision, calibration, networks)
        for name in model.tasks:
            _write_head(model, name, made)
        made.describe(
            {
                "model_digest": digest,
                "image_size": model.trunk.image_size,
                "example_shape": model.trunk.example_shape,
                "places": places,
                "heads": {name: model.place(name) for name in model.tasks},
            }
        )


def _known_places(files: EngineFiles) -> list[dict[str, Any]] | None:
    """Return what the networks that are there stand on, if they are whole."""
    try:
        return files.check().get("places")
    except Damaged:
        return None


def _write_networks(
    model: HydraNet,
    files: EngineFiles,
    precision: str,
    calibration: np.ndarray | None,
    networks: NetworkStore | None,
) -> None:
    """Convert trunk and tails; a tail is calibrated on what the trunk gives."""
    convert = partial(files.engine.convert, precision=precision)
    trunk, shape = model.trunk, model.trunk.image_shape
    if networks is None or files.engine.file_precision(precision) != KEPT_PRECISION:
        network = as_network(trunk, shape, input_name="images")
        convert(network, files.network_path("trunk"), calibration=calibration)
    else:
        _copy_network(networks.keep(trunk, files.engine).path, files)
    if model.tails and calibration is not None:
        calibration = network.predict(calibration, verbose=0)[ACTIVATION]
    for group, tail in model.tails.items():
        network = as_network(tail, tail.activation_shape, input_name="activations")
        convert(network, files.network_path(f"tail_{group}"), calibration=calibration)


def _copy_network(kept: Path, files: EngineFiles) -> None:
    files.networks_dir.mkdir()
    for suffix in files.engine.suffixes:
        shutil.copyfile(kept.with_suffix(suffix), files.network_path("trunk").with_suffix(suffix))


def _write_head(model: HydraNet, task: str, files: EngineFiles) -> None:
    path, file = files.head_path(task), head_to_file(model, task)
    file.write(path)
    if file.layers is None:
        network = as_network(
            model.head(task), file.feature_shape, input_name="features", output_name="outputs"
        )
        files.engine.convert(network, path.with_suffix(files.suffix))
