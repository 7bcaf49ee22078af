"""The usual way with Keras, one model per task, to compare with: prints seconds and accuracies as JSON.

The recipe of keras.io/guides/transfer_learning: a folder dataset, random flips and rotations, a frozen MobileNetV2
called with `training=False`, average pooling, dropout, one dense layer, Adam, a fixed number of epochs. The validation
pictures are looked at once, when that is done, which spares a fifth of the time. To predict, the models answer one
after the other; the pictures are decoded once.

    python -m hydranet_bench.others.keras_recipe --data cats_dogs=PATH --data dog_breeds=PATH --weights PATH

PATH holds `train/CLASS/*.jpg` and `validation/CLASS/*.jpg`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hydranet_bench.others.peer import Stages, load_settings, read_arguments, save_settings

BATCH_SIZE = 32
LEARNING_RATE = 1e-3


def main() -> None:
    options = read_arguments()
    stages, accuracies, classes = Stages(), {}, {}
    for task, folder in options.data.items():
        with stages.time(task):
            training = load(f"{folder}/train", options.image_size)
            validation = load(f"{folder}/validation", options.image_size)
            classes[task] = training.class_names
            model = build_model(len(classes[task]), options.weights, options.image_size)
            model.fit(prefetched(training), epochs=options.epochs, verbose=0)
            accuracies[task] = model.evaluate(prefetched(validation), verbose=0, return_dict=True)["accuracy"]
        if options.models:
            model.save(options.models / f"{task}.keras")
    save_settings(options.models, options.image_size, classes)
    stages.report(accuracies)


def load(folder: str, image_size: int) -> Any:
    """Return a folder's labelled batches."""
    return keras.utils.image_dataset_from_directory(
        folder, image_size=(image_size, image_size), batch_size=BATCH_SIZE, seed=0, verbose=False
    )


def prefetched(dataset: Any) -> Any:
    """Return the batches, decoded while others are computed."""
    return dataset.prefetch(tf.data.AUTOTUNE)


def build_model(num_classes: int, weights: str, image_size: int) -> keras.Model:
    """Return the compiled model of one task."""
    images, features = frozen_features(weights, image_size)
    outputs, loss, accuracy = head(features, num_classes)
    model = keras.Model(images, outputs)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss, metrics=[accuracy])
    return model


def frozen_features(weights: str, image_size: int) -> tuple[Any, Any]:
    """Return the input, and the features of its flipped and rotated pictures."""
    layers = keras.layers
    base = keras.applications.MobileNetV2(
        include_top=False, weights=weights, input_shape=(image_size, image_size, 3)
    )
    base.trainable = False
    images = keras.Input((image_size, image_size, 3))
    x = layers.RandomRotation(0.2)(layers.RandomFlip("horizontal")(images))
    x = base(keras.applications.mobilenet_v2.preprocess_input(x), training=False)
    return images, layers.GlobalAveragePooling2D()(x)


def head(features: Any, num_classes: int, name: str | None = None) -> tuple[Any, Any, Any]:
    """Return a task's outputs, loss and accuracy: one logit for two classes, a softmax for more."""
    x = keras.layers.Dropout(0.2)(features)
    if num_classes == 2:
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        return (
            keras.layers.Dense(1, name=name)(x),
            loss,
            keras.metrics.BinaryAccuracy("accuracy", threshold=0.0),
        )
    outputs = keras.layers.Dense(num_classes, activation="softmax", name=name)(x)
    return outputs, "sparse_categorical_crossentropy", keras.metrics.SparseCategoricalAccuracy("accuracy")


def open_predictor(folder: Path) -> Any:
    """Return what gives every task's class for each of some files."""
    image_size, classes = load_settings(folder)
    models = {task: keras.models.load_model(folder / f"{task}.keras") for task in classes}

    def predict(paths: Sequence[str]) -> dict[str, list[str]]:
        pictures = load_pictures(paths, image_size).cache()
        return {
            task: names(model.predict(pictures, verbose=0), classes[task]) for task, model in models.items()
        }

    return predict


def load_pictures(paths: Sequence[str], image_size: int) -> tf.data.Dataset:
    """Return batches of pictures, decoded while others are computed."""
    pictures = tf.data.Dataset.from_tensor_slices(list(paths))
    pictures = pictures.map(lambda path: decode(path, image_size), tf.data.AUTOTUNE)
    return pictures.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)


def decode(path: Any, image_size: int) -> Any:
    """Return a picture as the folder dataset decodes it."""
    picture = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    picture = tf.image.resize(picture, (image_size, image_size))
    return tf.ensure_shape(picture, (image_size, image_size, 3))


def names(outputs: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Return the class that each row of a head's outputs is for."""
    numbers = outputs[:, 0] > 0 if outputs.shape[1] == 1 else outputs.argmax(1)
    return [classes[int(number)] for number in numbers]


if __name__ == "__main__":
    main()
