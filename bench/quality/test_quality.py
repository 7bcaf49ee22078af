"""How good heads are from few pictures, and of unequal classes, on pictures that train nothing."""

import dataclasses

import numpy as np
import pytest

from hydranet.experiment import TrainingConfig
from hydranet.training._fit_head import fit_head
from hydranet.training._head_examples import HeadExamples
from hydranet_bench.quality.rivals import RIVALS, nearest_prototype
from hydranet_bench.quality.sets import PictureSet, load_sets
from hydranet_bench.sizes import SIZE

# How many times as many pictures the frequent half of the classes has.
RATIO = 20


@pytest.fixture(scope="module")
def sets(assets, weights, tmp_path_factory) -> dict[str, PictureSet]:
    return load_sets(assets, weights, tmp_path_factory.mktemp("quality"))


def test_few_pictures(results, show_target, sets):
    behind: list[float] = []
    for name, pictures in sets.items():
        for shots in SIZE.shots:
            figures: dict[str, list[tuple[float, float]]] = {}
            for draw in range(SIZE.draws):
                rows = _some_of_each(pictures, lambda count, _, shots=shots: min(shots, count), draw)
                figures.setdefault("hydranet", []).append(_measure(pictures, _hydranet(pictures, rows)))
                inputs, labels = pictures.training.select(rows).read(), pictures.training_labels[rows]
                for rival, fit in RIVALS.items():
                    scores = fit(inputs, labels, len(pictures.task.classes), pictures.unseen)
                    figures.setdefault(rival, []).append(_measure(pictures, scores))
            means = {case: np.mean(each, axis=0) for case, each in figures.items()}
            behind.append(max(means[rival][0] for rival in RIVALS) - means["hydranet"][0])
            columns = {"set": name, "pictures_per_class": shots, "draws": SIZE.draws}
            results.add(
                "few_pictures",
                [
                    {**columns, "case": case, "accuracy": round(accuracy, 4), "log_loss": round(loss, 4)}
                    for case, (accuracy, loss) in means.items()
                ],
            )
    show_target(
        "few pictures: accuracy behind the best of three others, at worst", max(behind), at_most=0.005
    )


def test_unequal_classes(results, show_target, sets):
    cases = {
        "as they are": {},
        "class_weights: balanced": {"class_weights": "balanced"},
        "class_prior: equal": {"class_prior": "equal"},
        "sampling: over": {"sampling": "over"},
        "sampling: under": {"sampling": "under"},
    }
    means: dict[str, list[float]] = {case: [] for case in cases}
    for name, pictures in sets.items():
        figures: dict[str, list[float]] = {}
        for draw in range(SIZE.unequal_draws):
            fewest = int(np.bincount(pictures.training_labels).min())
            rare = max(fewest // RATIO, 1)
            rows = _some_of_each(pictures, lambda _, is_rare, n=fewest, few=rare: few if is_rare else n, draw)
            for case, fields in cases.items():
                scores = _hydranet(pictures, rows, **fields)
                figures.setdefault(case, []).append(_balanced_accuracy(pictures, scores))
            inputs, labels = pictures.training.select(rows).read(), pictures.training_labels[rows]
            scores = nearest_prototype(inputs, labels, len(pictures.task.classes), pictures.unseen)
            figures.setdefault("nearest prototype", []).append(_balanced_accuracy(pictures, scores))
        for case in cases:
            means[case].append(float(np.mean(figures[case])))
        results.add(
            "unequal_classes",
            [
                {
                    "set": name,
                    "ratio": RATIO,
                    "case": case,
                    "balanced_accuracy": round(float(np.mean(each)), 4),
                }
                for case, each in figures.items()
            ],
        )
    gain = np.mean(means["class_prior: equal"]) - np.mean(means["class_weights: balanced"])
    show_target("unequal classes: balanced accuracy of class_prior above class_weights", gain, at_least=0.07)


def _some_of_each(pictures: PictureSet, how_many, draw: int) -> np.ndarray:
    """Return rows of every class: `how_many` of its count and of whether it is one of the rare half."""
    rng = np.random.default_rng(draw)
    num_classes = len(pictures.task.classes)
    rare = set(rng.permutation(num_classes)[: num_classes // 2].tolist())
    rows = [
        rng.permutation(np.flatnonzero(pictures.training_labels == index)) for index in range(num_classes)
    ]
    return np.concatenate([each[: how_many(len(each), index in rare)] for index, each in enumerate(rows)])


def _hydranet(pictures: PictureSet, rows: np.ndarray, **fields) -> np.ndarray:
    """Return what a linear head that these rows train says of unseen pictures."""
    labels = [pictures.task.classes[index] for index in pictures.training_labels[rows]]
    task = dataclasses.replace(pictures.task, **fields).resolve(labels)
    examples = HeadExamples.of(task, [pictures.training.select(rows)], labels, pictures.hashes[rows])
    head, _ = fit_head(task, examples, TrainingConfig())
    return task.scores(np.asarray(head(pictures.unseen)))


def _measure(pictures: PictureSet, scores: np.ndarray) -> tuple[float, float]:
    """Return accuracy and log-loss."""
    truth = pictures.unseen_labels
    of_truth = np.clip(scores[np.arange(len(truth)), truth].astype(np.float64), 1e-7, 1)
    return float((scores.argmax(axis=1) == truth).mean()), float(-np.log(of_truth).mean())


def _balanced_accuracy(pictures: PictureSet, scores: np.ndarray) -> float:
    right = scores.argmax(axis=1) == pictures.unseen_labels
    return float(
        np.mean(
            [right[pictures.unseen_labels == index].mean() for index in np.unique(pictures.unseen_labels)]
        )
    )
