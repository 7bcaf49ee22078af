"""The models of `keras.applications`."""

import pytest

from hydranet.backbones._application import (
    application_names,
    build_application,
    find_application,
    preprocessing_of,
)


def test_every_application_is_a_constructor_with_its_own_preprocessing():
    names = application_names()

    assert {"MobileNetV2", "ResNet50V2", "EfficientNetV2B0", "ConvNeXtTiny", "Xception"} <= set(names)
    for name in names:
        constructor = find_application(name)
        assert constructor.__name__ == name
        assert preprocessing_of(name).__module__ == constructor.__module__


@pytest.mark.parametrize("pooling", ["avg", "none"])
def test_a_model_has_no_classification_top(pooling):
    network = build_application("MobileNet", image_size=32, pooling=pooling, arguments={"alpha": 0.25})

    assert network.output_shape == ((None, 256) if pooling == "avg" else (None, 1, 1, 256))
