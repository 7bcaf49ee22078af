"""Every config that comes with hydranet trains, at small size: other pictures, few layers, random weights."""

import csv
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from hydranet import Run, cli

CONFIGS = Path(__file__).parents[1] / "configs"
# `test_real_pictures.py` runs it: the top of a pretrained network is not to be had at small size.
ELSEWHERE = {"dogs"}
SIZE, NUM_STEPS, NUM_CAMERAS = 32, 16, 8
BACKBONE = {"name": "MobileNetV2", "arguments": {"alpha": 0.35}, "weights": "random", "image_size": SIZE}
# Of a vision transformer with as many layers as are told apart.
TRANSFORMER = {
    "kind": "keras_hub",
    "name": "ViTBackbone",
    "image_size": SIZE,
    "weights": "random",
    "arguments": {
        "image_shape": [SIZE, SIZE, 3],
        "patch_size": 16,
        "num_layers": 3,
        "num_heads": 2,
        "hidden_dim": 8,
        "mlp_dim": 16,
    },
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Bright and dark pictures, with a mask and a box for each, and films of them."""
    folder = tmp_path_factory.mktemp("pictures")
    boxes = [["file", "body_xmin", "body_ymin", "body_xmax", "body_ymax"]]
    for split, count in (("train", 12), ("validation", 6)):
        for label, level in (("bright", 180), ("dark", 20)):
            for number in range(count):
                name = f"{split}/{label}/{number}.png"
                _paint(folder / "pictures" / name, level, number)
                mask = np.full((40, 40), 2, np.uint8)
                mask[5:30, 10:30] = 1
                _save(folder / "masks" / name, mask)
                boxes.append([name, 10, 5, 30, 30])
    _write(folder / "boxes.csv", boxes)
    for number in range(24):
        _paint(folder / "other" / f"{number}.png", 60 + 5 * number, number)
    np.savez(
        folder / "features.npz",
        **{
            f"{kind}{split}": values
            for split, count in (("train", 24), ("valid", 12))
            for kind, values in _features(count).items()
        },
    )
    inputs = keras.Input((SIZE, SIZE, 3))
    outputs = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(6, 3, activation="relu")(inputs))
    keras.Model(inputs, outputs).export(folder / "saved_model", verbose=False)
    return folder


def _paint(path, level, seed):
    noise = np.random.default_rng(seed).integers(0, 60, (40, 40, 3))
    _save(path, (level + noise).astype(np.uint8))


def _save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def _write(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def _features(count):
    rng = np.random.default_rng(count)
    labels = np.arange(count) % 2
    maps = rng.random((count, 2, 2, 8)) + labels[:, None, None, None]
    return {"": maps.astype(np.float32), "labels_": np.array(["collie", "poodle"])[labels]}


def made_small(name, settings, folder):
    """Change a config to other data and a small network; what it asks for stays."""
    tasks = settings["tasks"]
    if settings["backbone"].get("kind") == "keras_hub":
        settings["backbone"] = TRANSFORMER
    elif settings["backbone"].get("kind") == "saved_model":
        settings["backbone"].update(path=str(folder / "saved_model"), image_size=SIZE)
    elif settings["backbone"].get("kind") == "arrays":
        settings["backbone"].update(shape=[2, 2, 8])
    else:
        settings["backbone"].update(BACKBONE)
        if "fine_tune_at" in settings.get("fine_tuning", {}):
            settings["fine_tuning"]["fine_tune_at"] = 140
    for task in list(tasks):
        tasks[task] = dict(tasks[task] or {})
        tasks[task]["data"] = _small_data(tasks[task].get("data"), folder)
    if name == "cameras":
        settings["tasks"] = _streams(tasks, folder)
    if "domain" in settings:
        settings["domain"].update(
            data=str(folder / "other"), labelled={"signs": str(folder / "pictures/validation")}
        )
    for part in (settings.setdefault("training", {}), settings.get("fine_tuning", {})):
        part["max_epochs" if part is settings["training"] else "epochs"] = 1
    return settings


def _small_data(data, folder):
    kind = data.get("kind") if isinstance(data, dict) else "folder"
    match kind:
        case "drawings":
            return {**data, "num_train": 6, "num_validation": 4}
        case "masks":
            return {**data, "path": str(folder / "pictures"), "masks": str(folder / "masks")}
        case "boxes":
            return {**data, "path": str(folder / "boxes.csv"), "pictures": str(folder / "pictures")}
        case "arrays":
            return {**data, "path": str(folder / "features.npz")}
        case "csv":
            return dict(data)
    return str(folder / "pictures")


def _streams(tasks, folder):
    """Return one camera's questions, and write streams in which it turns from bright to dark or back."""
    questions = {name: task for name, task in tasks.items() if name.endswith("_0")}
    [columns] = {tuple(task["data"]["image"]) for task in questions.values()}
    assert len(tasks) == 48
    assert len(columns) == NUM_STEPS * NUM_CAMERAS
    rng, rows = np.random.default_rng(0), [[*columns, *questions, "split"]]
    for split, count in (("train", 8), ("validation", 4)):
        for number in range(count):
            turning = int(rng.integers(1, NUM_STEPS))
            shown = [("bright", "dark")[(step < turning) ^ (number % 2)] for step in range(NUM_STEPS)]
            paths = [
                f"pictures/{split}/{label}/{rng.integers(6)}.png"
                for label in shown
                for _ in range(NUM_CAMERAS)
            ]
            answers = [
                shown.count("dark") if task.get("kind") == "regression" else shown[-1]
                for task in questions.values()
            ]
            rows.append([*paths, *answers, split])
    _write(folder / "streams.csv", rows)
    for task in questions.values():
        task["data"]["path"] = str(folder / "streams.csv")
    return questions


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_config_trains(path, folder, tmp_path, monkeypatch):
    if path.stem in ELSEWHERE:
        pytest.skip("run in test_real_pictures.py")
    if path.stem == "vision_transformer":
        pytest.importorskip("keras_hub", reason="needs the extra 'keras-hub'")
    monkeypatch.setenv("HYDRANET_FEATURES_DIR", str(tmp_path / "features"))
    settings = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    small = made_small(path.stem, settings, folder)
    with (tmp_path / path.name).open("w") as file:
        YAML(typ="safe").dump(small, file)

    assert cli.main(["train", str(tmp_path / path.name), "--run", str(tmp_path / "run")]) == 0

    run = Run(tmp_path / "run")
    assert set(run.metrics["tasks"]) == set(small["tasks"])
    assert (run.folder / "report.html").is_file()


def test_the_head_comment_of_a_config_says_how_it_is_run_and_what_came_of_it():
    for path in CONFIGS.glob("*.yaml"):
        comment = path.read_text(encoding="utf-8").split("backbone:")[0]
        assert f"hydranet train configs/{path.name}" in comment, path.name
        assert any(word in comment for word in ("accuracy", "0.9", "0.8", "nothing of its accuracy")), (
            path.name
        )
