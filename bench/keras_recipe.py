"""The usual way with Keras, one model per task, to compare with: prints seconds and accuracies as JSON.

The recipe of keras.io/guides/transfer_learning: a folder dataset, random flips and rotations, a frozen MobileNetV2
called with `training=False`, average pooling, dropout, one dense layer, Adam, a fixed number of epochs with
validation.

    python bench/keras_recipe.py --data cats_dogs=PATH --data dog_breeds=PATH --weights PATH

PATH holds `train/CLASS/*.jpg` and `validation/CLASS/*.jpg`.
"""

import argparse
import json
import time

import keras
import tensorflow as tf

BATCH_SIZE = 32


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", metavar="TASK=PATH", action="append", required=True)
    parser.add_argument("--weights", metavar="PATH", help="random ones where not given")
    parser.add_argument("--image-size", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    tasks = {}
    for task, _, folder in (text.partition("=") for text in options.data):
        start = time.perf_counter()
        accuracy = train(folder, options.weights, options.image_size, options.epochs)
        tasks[task] = {"seconds": round(time.perf_counter() - start, 2), "accuracy": accuracy}
    print(json.dumps(tasks))


def train(folder: str, weights: str | None, image_size: int, epochs: int) -> float:
    """Train one task and return its accuracy on the validation pictures after the last epoch."""
    training, num_classes = load(f"{folder}/train", image_size)
    validation, _ = load(f"{folder}/validation", image_size)
    model = build_model(num_classes, weights, image_size)
    history = model.fit(training, validation_data=validation, epochs=epochs, verbose=0)
    return history.history["val_accuracy"][-1]


def load(folder: str, image_size: int) -> tuple[tf.data.Dataset, int]:
    """Return a folder's labelled batches and how many classes it has."""
    dataset = keras.utils.image_dataset_from_directory(
        folder, image_size=(image_size, image_size), batch_size=BATCH_SIZE, seed=0, verbose=False
    )
    return dataset.prefetch(tf.data.AUTOTUNE), len(dataset.class_names)


def build_model(num_classes: int, weights: str | None, image_size: int) -> keras.Model:
    """Return the compiled model: one logit for two classes, a softmax for more."""
    layers = keras.layers
    base = keras.applications.MobileNetV2(
        include_top=False, weights=weights, input_shape=(image_size, image_size, 3)
    )
    base.trainable = False
    images = keras.Input((image_size, image_size, 3))
    x = layers.RandomRotation(0.2)(layers.RandomFlip("horizontal")(images))
    x = base(keras.applications.mobilenet_v2.preprocess_input(x), training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    if num_classes == 2:
        outputs, loss = layers.Dense(1)(x), keras.losses.BinaryCrossentropy(from_logits=True)
        accuracy = keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)
    else:
        outputs, loss = layers.Dense(num_classes, activation="softmax")(x), "sparse_categorical_crossentropy"
        accuracy = "accuracy"
    model = keras.Model(images, outputs)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=[accuracy])
    return model


if __name__ == "__main__":
    main()
