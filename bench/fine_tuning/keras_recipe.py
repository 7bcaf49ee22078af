"""Fine-tuning as tutorials of Keras have it, to compare with.

A dense layer on the frozen network by Adam; then the layers from the 100th on with it, at a hundredth of that rate, all
BatchNorm in inference mode, and the weights of the epoch with the lowest validation loss (tensorflow.org, "Transfer
learning and fine-tuning"; keras.io/guides/transfer_learning). Nothing is augmented, as in what it is compared with.
"""

import keras
import numpy as np

# Pictures, uint8, and class indices.
Examples = tuple[np.ndarray, np.ndarray]

HEAD_LEARNING_RATE, LEARNING_RATE = 1e-3, 1e-5
FINE_TUNE_AT = 100
BATCH_SIZE = 32


def accuracies(
    splits: dict[str, Examples], num_classes: int, weights: str | None, *, epochs: tuple[int, int], seed: int
) -> tuple[float, float]:
    """Return test accuracies before and after fine-tuning.

    Args:
        splits: `train`, `validation` and `test`.
        num_classes: of the task.
        weights: of MobileNetV2 without its top; None for random ones.
        epochs: of the head, and of fine-tuning.
        seed: of initial weights, dropout and order.
    """
    keras.utils.set_random_seed(seed)
    base = keras.applications.MobileNetV2(
        include_top=False, pooling="avg", weights=weights, input_shape=splits["train"][0].shape[1:]
    )
    head = keras.Sequential([keras.layers.Dropout(0.2), keras.layers.Dense(num_classes)])
    _compile(head, HEAD_LEARNING_RATE)
    features, labels = base.predict(_preprocessed(splits["train"][0]), verbose=0), splits["train"][1]
    head.fit(features, labels, batch_size=BATCH_SIZE, epochs=epochs[0], verbose=0)

    images = keras.Input(base.input_shape[1:])
    model = keras.Model(images, head(base(images, training=False)))
    for layer in base.layers[:FINE_TUNE_AT]:
        layer.trainable = False
    _compile(model, LEARNING_RATE)
    test, labels = _preprocessed(splits["test"][0]), splits["test"][1]
    before = model.evaluate(test, labels, verbose=0, return_dict=True)["accuracy"]
    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs[1], restore_best_weights=True)
    model.fit(
        _preprocessed(splits["train"][0]),
        splits["train"][1],
        validation_data=(_preprocessed(splits["validation"][0]), splits["validation"][1]),
        batch_size=BATCH_SIZE,
        epochs=epochs[1],
        callbacks=[best],
        verbose=0,
    )
    return before, model.evaluate(test, labels, verbose=0, return_dict=True)["accuracy"]


def _compile(model: keras.Model, learning_rate: float) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"])


def _preprocessed(images: np.ndarray) -> np.ndarray:
    preprocessed: np.ndarray = keras.applications.mobilenet_v2.preprocess_input(images.astype(np.float32))
    return preprocessed
