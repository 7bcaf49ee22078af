"""Systems that people know from courses and papers have the numbers of parameters that are printed there."""

import pytest

from hydranet import MLP, Application, Flatten, HydraNet, SingleLabel


def numbers(count):
    return tuple(f"class_{number}" for number in range(count))


def test_cats_and_dogs_on_mobilenet():
    """Of TensorFlow's tutorial on transfer learning: 2,259,265 parameters, of which 1,281 learn."""
    backbone = Application("MobileNetV2", image_size=160, weights="random", pooled="last")
    model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])

    assert model.count_params() == 2_259_265
    assert sum(weight.numpy().size for weight in model.trainable_variables) == 1_281


@pytest.mark.parametrize(
    ("backbone", "feature_shape", "head", "num_classes", "total", "learning"),
    [
        (
            "Xception",
            (2048,),
            MLP(hidden=[200], batch_norm=True, dropout=0.4),
            133,
            437_333,
            436_933,
        ),
        ("ResNet50", (7, 7, 2048), Flatten(dropout=0.5), 100, 10_035_300, 10_035_300),
    ],
    ids=["dog breeds", "sports"],
)
def test_heads_on_stored_features(backbone, feature_shape, head, num_classes, total, learning):
    size = 299 if backbone == "Xception" else 224
    network = Application(backbone, image_size=size, weights="random", pooled="last").build_network()
    feature = "map" if len(feature_shape) == 3 else "pooled"
    built = SingleLabel(name="classes", classes=numbers(num_classes), head=head).build_head(feature_shape)

    assert network.output[feature].shape[1:] == feature_shape
    assert built.count_params() == total
    assert sum(weight.numpy().size for weight in built.trainable_variables) == learning
