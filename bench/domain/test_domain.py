"""How much of the accuracy that another camera costs is won back by its unlabelled pictures, by each method."""

from pathlib import Path

import numpy as np

from hydranet import Application, Domain, Experiment, Folder, SingleLabel, evaluate, train
from hydranet.data import list_pictures
from hydranet.domains import Adaptation
from hydranet_bench.animals import find_pictures
from hydranet_bench.domain.camera import retake
from hydranet_bench.sizes import IS_FULL, SIZE

SPLITS = ("train", "validation", "test")
SOURCE_ONLY, SUPERVISED = "source only", "supervised"


def test_another_camera(results, show_target, assets, weights, tmp_path):
    default = Domain(data=".").method[0].kind
    for name, pictures in sets_with_test(assets, tmp_path).items():
        retaken = retake_all(pictures, tmp_path / "retaken" / name)
        accuracies = {}
        for seed in range(SIZE.domain_seeds):
            folders = divide(pictures, retaken, tmp_path / f"{name} {seed}", seed)
            for case, experiment in experiments(name, folders, weights, seed).items():
                run = train(experiment, tmp_path / f"{name} {seed} {case}")
                of_case = [accuracy(run, name, folder) for folder in (folders["source"], folders["target"])]
                accuracies.setdefault(case, []).append(of_case)
        means = {case: np.mean(each, axis=0) for case, each in accuracies.items()}
        before, after = means[SOURCE_ONLY]
        won = {
            case: (on_target - after) / (before - after) if before > after else np.nan
            for case, (_, on_target) in means.items()
        }
        results.add(
            "domain",
            [
                {
                    "set": name,
                    "case": case,
                    "seeds": SIZE.domain_seeds,
                    "unlabelled": SIZE.domain_pictures,
                    "source_accuracy": round(on_source, 4),
                    "target_accuracy": round(on_target, 4),
                    "lowest": round(min(each[1] for each in accuracies[case]), 4),
                    "highest": round(max(each[1] for each in accuracies[case]), 4),
                    "won_back": round(won[case], 3),
                }
                for case, (on_source, on_target) in means.items()
            ],
        )
        show_target(f"domain: share of the accuracy won back, {name}", round(won[default], 6), at_least=0.5)


def experiments(name, folders, weights, seed):
    """Return what is trained, by case: on one camera alone, with each method, and with labels of the other camera."""
    backbone = Application("MobileNetV2", image_size=SIZE.training_image_size, weights=weights)

    def experiment(pictures, domain=None):
        task = SingleLabel(name=name, data=Folder(str(pictures)))
        return Experiment(tasks={name: task}, backbone=backbone, domain=domain, seed=seed)

    methods = {
        kind: experiment(folders["source"], Domain(data=str(folders["unlabelled"]), method=(method(),)))
        for kind, method in Adaptation.variants().items()
    }
    only, supervised = experiment(folders["source"]), experiment(folders["target"])
    return {SOURCE_ONLY: only, **methods, SUPERVISED: supervised}


def accuracy(run, name, pictures):
    return evaluate(run, data={name: Folder(str(pictures))}, split="test")[name]["accuracy"]


def sets_with_test(assets, folder):
    """Return folders with a test split by name; where there is none, what was to validate is the test split."""
    if IS_FULL and assets:
        return {name: assets / "data" / name for name in ("signs", "trash")}
    drawn = find_pictures(assets, folder / "drawings")["cats_dogs"]
    (folder / "cats_dogs").mkdir()
    for split, given in zip(SPLITS, ("train", "validation", "validation"), strict=True):
        (folder / "cats_dogs" / split).symlink_to(Path(drawn, given).resolve(), target_is_directory=True)
    return {"cats_dogs": folder / "cats_dogs"}


def retake_all(pictures, folder):
    for split in SPLITS:
        for file in list_pictures(pictures / split).pictures:
            retake(file, folder / file.relative_to(pictures).with_suffix(".png"))
    return folder


def divide(pictures, retaken, folder, seed):
    """Return folders of `source`, `target` and `unlabelled`: no scene that trains the head is among the unlabelled."""
    training = list_pictures(pictures / "train").pictures
    drawn = set(np.random.default_rng(seed).permutation(len(training))[: SIZE.domain_pictures].tolist())
    for row, file in enumerate(training):
        place = file.relative_to(pictures)
        again = retaken / place.with_suffix(".png")
        if row in drawn:
            link(again, folder / "unlabelled" / f"{row}.png")
        else:
            link(file, folder / "source" / place)
            link(again, folder / "target" / place.with_suffix(".png"))
    for split in SPLITS[1:]:
        link(pictures / split, folder / "source" / split)
        link(retaken / split, folder / "target" / split)
    return {name: folder / name for name in ("source", "target", "unlabelled")}


def link(there, here):
    here.parent.mkdir(parents=True, exist_ok=True)
    here.symlink_to(there.resolve())
