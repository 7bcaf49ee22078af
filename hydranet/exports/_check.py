"""Whether an exported file answers as the model does, and what a smaller precision costs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.data import Dataset, Picture, PictureFile
from hydranet.evaluation import Measurement
from hydranet.exports._format import Answer
from hydranet.inference import read_batches
from hydranet.progress import progress_bar
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet

_DECODED_IN_GRAPH = (b"\xff\xd8\xff", b"\x89PNG")


def answer_of_model(model: "HydraNet") -> Answer:
    """Return how the Keras model answers."""
    import tensorflow as tf

    shape = (None, *model.trunk.images_shape)
    outputs = tf.function(
        lambda images: model(images), input_signature=[tf.TensorSpec(shape, tf.float32)], autograph=False
    )

    def answer(images: np.ndarray) -> dict[str, np.ndarray]:
        return {name: model.tasks[name].scores(np.asarray(part)) for name, part in outputs(images).items()}

    return answer


def largest_differences(
    model: Answer, file: Answer, tasks: Mapping[str, Task], images: Sequence[np.ndarray]
) -> dict[str, float]:
    """Return by how much scores differ at most, by task name.

    Args:
        model: what the answers should be.
        file: what they are.
        tasks: all of them.
        images: batches of float32 `(batch, height, width, 3)`.

    Returns:
        Differences in units of `Task.score_unit`.
    """
    largest = dict.fromkeys(tasks, 0.0)
    for batch in images:
        expected, received = model(batch), file(batch)
        for name, task in tasks.items():
            difference = float(np.abs(received[name] - expected[name]).max()) / task.score_unit
            largest[name] = float(np.maximum(largest[name], difference))  # a NaN stays one
    return largest


def difference_from_bytes(model: Answer, file: Answer, examples: Dataset, size: tuple[int, ...]) -> float:
    """Return by how much scores of JPEG and PNG files that are decoded in the graph differ at most; 0 without any."""
    largest = 0.0
    chosen = [
        row for row in range(len(examples)) if all(map(_is_decoded_in_graph, examples.pictures_of(row)))
    ]
    files = examples.select(np.array(chosen, int))
    for rows, images in read_batches(files, size):
        contents = [picture.content() for row in rows for picture in files.pictures_of(row)]
        expected, received = model(images), file(np.array(contents, object).reshape(-1, *files.example_shape))
        differences = [np.abs(received[name] - expected[name]).max() for name in expected]
        largest = float(np.max([largest, *differences]))
    return largest


def _is_decoded_in_graph(picture: Picture) -> bool:
    return isinstance(picture, PictureFile) and picture.content().startswith(_DECODED_IN_GRAPH)


def measure_both(
    model: Answer,
    file: Answer,
    tasks: Mapping[str, Task],
    validation: Mapping[str, Dataset],
    size: tuple[int, ...],
) -> dict[str, dict[str, Any]]:
    """Return the main metric of each task on its validation pictures: `metric`, `before`, `after`, `num_examples`."""
    results = {}
    for name, dataset in validation.items():
        task, labels, seen = tasks[name], tasks[name].encode(dataset.labels), 0
        measured = {"before": Measurement(task), "after": Measurement(task)}
        with progress_bar(f"measuring {name}", len(dataset)) as bar:
            for places, images in read_batches(dataset, size):
                for moment, answer in (("before", model), ("after", file)):
                    measured[moment].add(labels[places], task.activated(answer(images)[name]))
                seen += len(places)
                bar.update(len(places))
        main = task.main_metric.name
        results[name] = {
            "metric": main,
            **{moment: each.result()[main] for moment, each in measured.items()},
            "num_examples": seen,
        }
    return results
