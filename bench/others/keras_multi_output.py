"""One Keras model with an output per task, as one writes it by hand: prints seconds and accuracies as JSON.

The layers, augmentation, optimizer and epochs of `keras_recipe.py`, but one frozen base for all: each picture passes
through it once per epoch, whichever task it is for. One pipeline mixes the tasks' pictures and keeps them decoded in
memory; a picture weighs nothing in the losses of the tasks that it has no label for.

    python -m hydranet_bench.others.keras_multi_output --data cats_dogs=PATH --data dog_breeds=PATH --weights PATH
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hydranet_bench.others.keras_recipe import (
    BATCH_SIZE,
    LEARNING_RATE,
    decode,
    frozen_features,
    head,
    load_pictures,
    names,
)
from hydranet_bench.others.peer import (
    Stages,
    find_classes,
    find_examples,
    load_settings,
    read_arguments,
    save_settings,
)


def main() -> None:
    options = read_arguments()
    classes = {task: find_classes(folder) for task, folder in options.data.items()}
    stages = Stages()
    with stages.time("build"):
        training = load(options.data, "train", options.image_size)
        validation = load(options.data, "validation", options.image_size)
        model = build_model({task: len(each) for task, each in classes.items()}, options)
    with stages.time("train"):
        model.fit(training, epochs=options.epochs, verbose=0)
        measured = model.evaluate(validation, verbose=0, return_dict=True)
    if options.models:
        model.save(options.models / "model.keras")
    save_settings(options.models, options.image_size, classes)
    stages.report({task: measured[f"{task}_accuracy"] for task in classes})


def load(folders: Mapping[str, str], split: str, image_size: int) -> tf.data.Dataset:
    """Return mixed batches `(pictures, labels by task, weights by task)`; the weight is 0 where no label is known."""
    found = {task: find_examples(folder, split) for task, folder in folders.items()}
    paths = [path for task_paths, _ in found.values() for path in task_paths]
    tasks = np.repeat(list(found), [len(task_paths) for task_paths, _ in found.values()])
    numbers = np.concatenate([labels for _, labels in found.values()])
    labels = {task: np.where(tasks == task, numbers, 0) for task in found}
    weights = {task: (tasks == task).astype(np.float32) for task in found}

    pictures = tf.data.Dataset.from_tensor_slices(paths).map(
        lambda path: tf.cast(tf.round(decode(path, image_size)), tf.uint8), tf.data.AUTOTUNE
    )
    dataset = tf.data.Dataset.zip(pictures.cache(), tf.data.Dataset.from_tensor_slices((labels, weights)))
    if split == "train":
        dataset = dataset.shuffle(len(paths), seed=0)
    dataset = dataset.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
    return dataset.map(lambda images, targets: (tf.cast(images, tf.float32), *targets))


def build_model(num_classes: Mapping[str, int], options: Any) -> keras.Model:
    """Return the compiled model with a head for each task."""
    images, features = frozen_features(options.weights, options.image_size)
    heads = {task: head(features, count, name=task) for task, count in num_classes.items()}
    model = keras.Model(images, {task: outputs for task, (outputs, _, _) in heads.items()})
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss={task: loss for task, (_, loss, _) in heads.items()},
        weighted_metrics={task: [accuracy] for task, (_, _, accuracy) in heads.items()},
    )
    return model


def open_predictor(folder: Path) -> Any:
    """Return what gives every task's class for each of some files."""
    image_size, classes = load_settings(folder)
    model = keras.models.load_model(folder / "model.keras")

    def predict(paths: Sequence[str]) -> dict[str, list[str]]:
        outputs = model.predict(load_pictures(paths, image_size), verbose=0)
        return {task: names(outputs[task], classes[task]) for task in classes}

    return predict


if __name__ == "__main__":
    main()
