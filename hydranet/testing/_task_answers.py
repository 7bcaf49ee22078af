"""What a task answers: decoding, scores, and which classes are there."""

import json
from typing import Any

import numpy as np

from hydranet.tasks import Prediction, Task
from hydranet.testing._expect import expect, finite
from hydranet.testing._task_case import TaskCase


def check_answers(case: TaskCase) -> None:
    """Check what a task makes of outputs for a person, a server and an export."""
    _check_decoding(case)
    _check_scores(case)
    if case.task.classes:
        _check_classes(case)
    _check_description(case.task)
    _check_drawing(case)


def _check_decoding(case: TaskCase) -> None:
    task = case.task
    predictions = task.decode(case.right)
    expect(
        len(predictions) == len(case.labels), f"decode gives {len(predictions)} for {len(case.labels)} rows."
    )
    for place, (label, row, prediction) in enumerate(
        zip(case.labels, case.encoded, predictions, strict=True)
    ):
        again = task.encode([_as_label(prediction)])[0]
        same = np.isclose(again, row, rtol=0, atol=1e-4 * task.score_unit)  # as near as outputs were found
        if task.labels_are_maps:
            expect(
                prediction.map is not None,
                "labels_are_maps is True, but decode gives predictions without a map.",
            )
            same |= ~case.counted[place].any(axis=-1)
        received = f"decode gives {prediction.label!r} for perfect outputs of {label!r}"
        expect(same.all(), f"{received}: decode must undo encode.")


def _check_scores(case: TaskCase) -> None:
    task, names = case.task, case.task.score_names
    expect(len(set(names)) == len(names), f"score_names gives a name twice: {', '.join(names)}.")
    shape = (len(case.noisy), *task.score_shape)
    scores = finite("scores", task.scores(case.noisy), shape)
    in_range = not task.classes or (scores.min() >= 0 and scores.max() <= 1)
    expect(in_range, f"scores gives {scores.tolist()}, expected probabilities, from 0 to 1.")
    close = 1e-5 * task.score_unit
    tensors = finite("score_tensors", task.score_tensors(case.noisy), shape)
    expect(np.allclose(tensors, scores, atol=close), "score_tensors gives other numbers than scores.")
    finite("evidence", task.evidence(case.noisy), shape)
    again, activated = task.activated(scores), task.activate(case.noisy)
    same = again.shape == activated.shape and np.allclose(again, activated, atol=close)
    expect(same, f"activated gives {again.tolist()} of scores, expected what activate gives of outputs.")


def _check_classes(case: TaskCase) -> None:
    task, classes = case.task, case.task.classes
    scores = task.scores(case.noisy)
    shape = (len(case.noisy), len(classes))
    present = finite("present", task.present(case.noisy), shape, "bool")
    for row, is_present, prediction in zip(
        scores, present, task.decode(case.noisy, len(classes)), strict=True
    ):
        means = row.reshape(-1, len(classes)).mean(axis=0)  # of a map over its positions
        expected = {name: float(means[classes.index(name)]) for name, _ in prediction.top}
        same = np.allclose(list(dict(prediction.top).values()), list(expected.values()), atol=1e-6)
        expect(same, f"decode gives {prediction.top} for scores of {expected}: expected the same.")
        named = prediction.label if isinstance(prediction.label, tuple) else (prediction.label,)
        chosen = [name for name, value in zip(classes, is_present, strict=True) if value]
        expect(
            set(chosen) == set(named),
            f"present gives {chosen}, but decode {named}: expected the same classes.",
        )
    labelled = finite("labelled", task.labelled(case.encoded), shape, "bool")
    same = np.array_equal(task.present(case.right)[case.is_whole], labelled[case.is_whole])
    expect(same, "labelled gives other classes than present for perfect outputs of the same labels.")


def _check_description(task: Task) -> None:
    described = task.describe()
    missing = {"kind", "classes", "meaning"} - described.keys()
    expect(not missing, f"describe leaves out {', '.join(sorted(missing))}: add to what Task.describe gives.")
    same = json.loads(json.dumps(described)) == described
    expect(same, f"describe gives {described}, expected JSON types.")


def _check_drawing(case: TaskCase) -> None:
    task = case.task
    for activated in (task.activate(case.noisy)[0], task.targets(case.encoded)[0]):
        drawn = task.draw(activated)
        is_drawing = drawn is None or (drawn.dtype == np.uint8 and drawn.ndim == 3 and drawn.shape[2] == 4)
        expect(is_drawing, "draw gives no uint8 (height, width, 4): return None where nothing is drawn.")


def _as_label(prediction: Prediction) -> Any:
    if prediction.box is not None:
        return prediction.box
    if prediction.map is not None:
        return prediction.map
    return "|".join(prediction.label) if isinstance(prediction.label, tuple) else str(prediction.label)
