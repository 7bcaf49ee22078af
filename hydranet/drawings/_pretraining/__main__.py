"""Pretrain the bundled backbone on drawings that no bundled task uses.

The weights that ship with hydranet come from this run, on two CPU cores:

    python -m hydranet.drawings._pretraining --output hydranet/drawings/drawings_mobilenetv2.weights.h5 --minutes 32

The cores were shared with other work; it took 34 minutes with the drawing, made about 9,000 steps, and its
classifier was right on 82.7 % of the 2,340 pretext pictures that it was not trained on (117 classes).

The pictures are drawn once by two processes and kept in memory (about 1 GB). Training starts on 64-pixel
crops, where a step costs half as much, and ends on 96-pixel ones. The schedule follows the clock, so two runs
give like, not equal, weights.
"""

import argparse
import functools
import logging
import math
import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from hydranet.drawings import BACKBONE
from hydranet.drawings._pretraining.other_drawings import CLASSES, draw_class
from hydranet.files import atomic_path

_LOGGER = logging.getLogger(__name__)

_NUM_TRAIN, _NUM_VALIDATION = 320, 20
_BATCH_SIZE = 64
_SMALL_SIZE, _SHARE_SMALL = 64, 0.7
_LEARNING_RATE, _WARM_UP = 2e-3, 0.03
_WEIGHT_DECAY = 0.03
_LABEL_SMOOTHING = 0.1
_BATCH_NORM_MOMENTUM = 0.97
_SETTLING_STEPS = 200

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]


def pretrain(minutes: float, seed: int) -> tuple[keras.Model, float]:
    """Train a backbone on the pretext classes.

    Args:
        minutes: how long to train, besides the time to draw the pictures.
        seed: of the pictures, the initial weights and the order.

    Returns:
        The backbone without a top, and the accuracy of its classifier on pictures not trained on.
    """
    keras.utils.set_random_seed(seed)
    pictures, labels = _draw_all(_NUM_TRAIN, 0, seed)
    backbone, classifier = _build()
    _train(classifier, pictures, labels, minutes * 60, seed)
    _settle_batch_norm(classifier, pictures, seed)
    accuracy = _accuracy(classifier, *_draw_all(_NUM_VALIDATION, _NUM_TRAIN, seed))
    return backbone, accuracy


def _draw_all(count: int, first: int, seed: int) -> tuple[Pictures, Labels]:
    one_class = functools.partial(
        draw_class, count=count, first=first, seed=seed, image_size=BACKBONE.image_size
    )
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pictures = np.concatenate(pool.map(one_class, CLASSES, chunksize=4))
    _LOGGER.info("Drew %d pictures of %d classes.", len(pictures), len(CLASSES))
    return pictures, np.repeat(np.arange(len(CLASSES), dtype=np.int32), count)


def _build() -> tuple[keras.Model, keras.Model]:
    constructor = getattr(keras.applications, BACKBONE.constructor)
    backbone = constructor(include_top=False, weights=None, input_shape=(None, None, 3), **BACKBONE.arguments)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _BATCH_NORM_MOMENTUM  # 0.999 lags thousands of steps behind
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    logits = keras.layers.Dense(len(CLASSES))(pooled)
    return backbone, keras.Model(backbone.input, logits)


def _train(model: keras.Model, pictures: Pictures, labels: Labels, seconds: float, seed: int) -> None:
    optimizer = keras.optimizers.AdamW(_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["beta", "gamma", "bias"])
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(seed)
    steps = {size: _make_step(model, optimizer, size) for size in (_SMALL_SIZE, BACKBONE.image_size)}
    started, number, done = time.monotonic(), 0, 0.0
    order = rng.permutation(len(labels))
    while done < 1:
        start = number * _BATCH_SIZE % (len(labels) - _BATCH_SIZE)
        if start < _BATCH_SIZE:
            order = rng.permutation(len(labels))
        rows = order[start : start + _BATCH_SIZE]
        optimizer.learning_rate.assign(_learning_rate(done))
        step = steps[_SMALL_SIZE if done < _SHARE_SMALL else BACKBONE.image_size]
        loss = step(tf.constant(pictures[rows]), tf.constant(labels[rows]))
        if number % 200 == 0:
            _LOGGER.info("step %d, %.0f %% of the time, loss %.3f", number, 100 * done, float(loss))
        number += 1
        done = (time.monotonic() - started) / seconds


def _learning_rate(done: float) -> float:
    return _LEARNING_RATE * min(done / _WARM_UP, 0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))


def _make_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, size: int
) -> tf.types.experimental.PolymorphicFunction:
    loss_function = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_LABEL_SMOOTHING)

    def step(pictures: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        images = _augment(pictures, size)
        with tf.GradientTape() as tape:
            loss = loss_function(tf.one_hot(labels, len(CLASSES)), model(images, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return tf.function(step)


def _augment(pictures: tf.Tensor, size: int) -> tf.Tensor:
    """Crop, mirror and recolour: float32 in [-1, 1]."""
    count = tf.shape(pictures)[0]
    height = tf.random.uniform((count, 1), 0.75, 1.1)
    width = tf.clip_by_value(height * tf.random.uniform((count, 1), 0.8, 1.25), 0.65, 1.15)
    top, left = tf.random.uniform((count, 1)) * (1 - height), tf.random.uniform((count, 1)) * (1 - width)
    mirrored = tf.random.uniform((count, 1)) < 0.5
    right = left + width
    boxes = tf.concat(
        [top, tf.where(mirrored, right, left), top + height, tf.where(mirrored, left, right)], 1
    )
    images = tf.image.crop_and_resize(tf.cast(pictures, tf.float32), boxes, tf.range(count), (size, size))
    gains = tf.random.uniform((count, 1, 1, 3), 0.75, 1.25) * tf.random.uniform((count, 1, 1, 1), 0.8, 1.2)
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    images = grey + (images - grey) * tf.random.uniform((count, 1, 1, 1), 0.2, 1.3)
    return tf.clip_by_value(images * gains, 0.0, 255.0) / 127.5 - 1.0


def _settle_batch_norm(model: keras.Model, pictures: Pictures, seed: int) -> None:
    """Let the moving statistics catch up with the final weights, on pictures as they will be seen."""
    forward = tf.function(lambda images: model(images, training=True))
    rng = np.random.default_rng(seed + 1)
    for _ in range(_SETTLING_STEPS):
        rows = rng.integers(len(pictures), size=_BATCH_SIZE)
        forward(tf.constant(pictures[rows].astype(np.float32) / 127.5 - 1.0))


def _accuracy(model: keras.Model, pictures: Pictures, labels: Labels) -> float:
    logits = model.predict(pictures.astype(np.float32) / 127.5 - 1.0, batch_size=_BATCH_SIZE, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == labels))


def main(arguments: Sequence[str] | None = None) -> None:
    """Pretrain and save the backbone's weights, as told by the command line."""
    parser = argparse.ArgumentParser(description="Pretrain the bundled backbone on drawings.")
    parser.add_argument("--output", type=Path, required=True, help="where to write; ends in .weights.h5")
    parser.add_argument("--minutes", type=float, default=20.0, help="how long to train (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of pictures, weights and order (default: 0)")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    backbone, accuracy = pretrain(options.minutes, options.seed)
    with atomic_path(options.output) as temporary:
        _save(backbone, temporary)
    _LOGGER.info("Pretext accuracy %.3f; wrote %s.", accuracy, options.output)


def _save(backbone: keras.Model, path: Path) -> None:
    named = path.with_name(f"{path.name.removesuffix('.h5')}.weights.h5")
    backbone.save_weights(named)
    named.replace(path)


if __name__ == "__main__":
    main()
