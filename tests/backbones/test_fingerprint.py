"""The fingerprint: the same for the same features, and another for any others."""

import keras
import numpy as np
import pytest

from hydranet.backbones._fingerprint import fingerprint, reading_once


def network(stride=1, pooling=keras.layers.GlobalAveragePooling2D):
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, strides=stride, padding="same")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Add()([x, keras.layers.Conv2D(4, 1)(x)])
    return keras.Model(image, pooling()(x))


def test_two_builds_are_equal_although_their_layers_are_numbered_differently():
    first, second = network(), network()

    assert [layer.name for layer in first.layers] != [layer.name for layer in second.layers]
    assert fingerprint(first, "raw") == fingerprint(second, "raw")


def test_names_within_nested_models_and_of_bare_operations_make_no_difference():
    def nested():
        keras.utils.set_random_seed(0)
        image = keras.Input((8, 8, 3))
        stem = keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.LayerNormalization()])
        x = stem(image)
        return keras.Model(image, keras.layers.Flatten()(x + 2 * x))

    assert fingerprint(nested(), "raw") == fingerprint(nested(), "raw")


def test_the_dtype_changes_it():
    def of(dtype):
        keras.utils.set_random_seed(0)
        image = keras.Input((8, 8, 3))
        return keras.Model(image, keras.layers.ReLU(dtype=dtype)(image))

    assert fingerprint(of("float32"), "raw") != fingerprint(of("float16"), "raw")


def test_one_moved_weight_changes_it():
    model = network()
    before = fingerprint(model, "raw")
    kernel = model.layers[1].kernel
    moved = kernel.numpy()
    moved.flat[5] = np.nextafter(moved.flat[5], np.float32(9))
    kernel.assign(moved)

    assert fingerprint(model, "raw") != before


def test_a_weight_that_is_moved_between_two_readings_is_seen():
    model = network()
    with reading_once():
        before = fingerprint(model, "raw")
        assert fingerprint(model, "raw") == before
    model.layers[1].kernel.assign(model.layers[1].kernel + 1)
    with reading_once():
        assert fingerprint(model, "raw") != before
    assert fingerprint(model, "raw") != before


def test_a_batch_norm_statistic_changes_it():
    model = network()
    before = fingerprint(model, "raw")
    model.layers[2].moving_variance.assign([1.0, 1.0, 1.0, 1.1])

    assert fingerprint(model, "raw") != before


@pytest.mark.parametrize(
    "other", [{"stride": 2}, {"pooling": keras.layers.GlobalMaxPooling2D}, {"pooling": keras.layers.Flatten}]
)
def test_another_architecture_over_the_same_weights_changes_it(other):
    first, second = network(), network(**other)

    assert all(np.array_equal(a, b) for a, b in zip(first.weights, second.weights, strict=True))
    assert fingerprint(first, "raw") != fingerprint(second, "raw")


def test_preprocessing_changes_it():
    assert fingerprint(network(), "raw") != fingerprint(network(), "scaled")


def test_what_is_trainable_does_not_change_it():
    model = network()
    before = fingerprint(model, "raw")
    model.trainable = False
    model.layers[1].trainable = True

    assert fingerprint(model, "raw") == before


@pytest.mark.slow
def test_picture_size_and_pooling_of_a_backbone_change_it(new_trunk, trunk):
    others = [new_trunk(image_size=64), new_trunk(pooling="max")]

    assert len({each.fingerprint("pooled") for each in (trunk, *others)}) == 3
    assert new_trunk().fingerprint("pooled") == trunk.fingerprint("pooled")
