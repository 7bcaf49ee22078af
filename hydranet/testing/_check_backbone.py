"""`check_backbone`: what every backbone must do, for the tests of people who write a kind of their own."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.backbones import Backbone, find_cuts
from hydranet.errors import ConfigError, HydraNetError
from hydranet.heads import Linear
from hydranet.settings import to_config, validate
from hydranet.tasks import Task, task_from_config
from hydranet.testing._expect import expect, finite, raises

_NUM_PICTURES = 3
# Of the largest number of a feature: by how much rounding may make rows depend on those beside them.
_TOLERANCE = 1e-4


def check_backbone(backbone: Backbone) -> None:
    """Check that `backbone` keeps the contract of `hydranet.Backbone`, so that it works wherever backbones do.

    Use it in a test of your own kind, with a small picture size, and once more with another height than width. The
    network is built some times, its weights are loaded, and a small model is saved.

    Args:
        backbone: with its settings.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet import Application
        >>> check_backbone(
        ...     Application("MobileNet", image_size=[32, 64], weights="random", arguments={"alpha": 0.25})
        ... )
    """
    from hydranet.model import Trunk

    try:
        _check_is_data(backbone)
        _check_names(backbone)
        _check_network(backbone)
        trunk = Trunk(backbone, features=backbone.features)
        images = np.random.default_rng(0).uniform(0, 255, (_NUM_PICTURES, *backbone.image_shape))
        _check_features(trunk, images.astype(np.float32))
        _check_fingerprints(trunk)
        _check_cuts(trunk, images.astype(np.float32))
        _check_saving(trunk, images.astype(np.float32))
    except HydraNetError as error:
        raise AssertionError(f"{backbone}: {error}") from error


def _check_is_data(backbone: Backbone) -> None:
    advice = "decorate its class with @dataclass(frozen=True), and leave __eq__ to that."
    can_change = not raises(dataclasses.FrozenInstanceError, setattr, backbone, "image_size", 1)
    expect(not can_change, f"{backbone} can change: {advice}")
    errors: list[str] = []
    copy = validate(Backbone, to_config(backbone), errors)  # type: ignore[type-abstract]
    advice = "keep all state in fields of JSON types, and give each class a `kind` of its own."
    expect(copy == backbone, f"its config gives {copy or errors}, expected {backbone}: {advice}")


def _check_names(backbone: Backbone) -> None:
    names = backbone.features
    expect(names and len(set(names)) == len(names), f"features are {names}, expected each name once.")
    default = backbone.default_feature
    expect(default in names, f"default_feature is {default!r}, expected one of {names}.")
    choices = backbone.choices
    is_choice = default in choices and len(set(choices)) == len(choices) and set(choices) <= set(names)
    expect(is_choice, f"choices are {choices}, expected some of {names}, with {default!r}, each once.")
    for name in names:
        parts = backbone.parts(name)
        stand_alone = all(part in names and backbone.parts(part) == (part,) for part in parts)
        advice = "expected features that are not made of others."
        expect(parts and stand_alone, f"{name!r} is made of {parts}: {advice}")
    expect(backbone.label, "label is empty: say what people call the network.")


def _check_network(backbone: Backbone) -> None:
    network = backbone.build_network()
    outputs = network.output
    is_named = isinstance(outputs, dict) and set(outputs) == set(backbone.features)
    expect(is_named, f"build_network gives {outputs}, expected a dict of outputs: {backbone.features}.")
    expect(len(network.inputs) == 1, f"build_network has {len(network.inputs)} inputs, expected one.")
    for name, output in outputs.items():
        shape = tuple(output.shape[1:])
        expect(None not in shape, f"the shape of {name!r} is {shape}: build the network for `image_shape`.")
    weights = [weight.shape for weight in backbone.build_network().weights]
    expect(weights == [weight.shape for weight in network.weights], "two builds have other weights.")


def _check_features(trunk: Any, images: np.ndarray) -> None:
    before = images.copy()
    given = {name: np.asarray(feature) for name, feature in trunk(images).items()}
    expect(np.array_equal(images, before), "preprocess writes to the pictures: make new ones.")
    for name, shape in trunk.feature_shapes.items():
        finite(f"the feature {name!r}", given[name], (len(images), *shape))
        for what, other in (
            ("when it is computed again", trunk(images)),
            ("in training", trunk(images, training=True)),
            ("when it is the only one that is wanted", trunk.giving([name])(images)),
        ):
            expect(np.array_equal(other[name], given[name]), f"the feature {name!r} is another {what}.")
        parts = [given.get(part, given[name]) for part in trunk.backbone.parts(name)]
        is_joined = np.array_equal(np.concatenate(parts, axis=-1), given[name])
        expect(is_joined, f"the feature {name!r} is not {trunk.backbone.parts(name)} side by side.")
        alone = np.concatenate([np.asarray(trunk(image[None])[name]) for image in images])
        difference = np.abs(alone - given[name]).max() / max(np.abs(given[name]).max(), 1e-30)
        expect(difference <= _TOLERANCE, f"the feature {name!r} depends on the other pictures of its batch.")


def _check_fingerprints(trunk: Any) -> None:
    from hydranet.model import Trunk

    def fingerprints(each: Any) -> dict[str, str]:
        return {name: each.fingerprint(name) for name in each.features}

    before = fingerprints(trunk)
    expect(len(set(before.values())) == len(before), f"two features have one fingerprint: {before}.")
    copy = Trunk(trunk.backbone, features=trunk.features, network=trunk.backbone.build_network())
    copy.whole.set_weights(trunk.whole.get_weights())
    expect(fingerprints(copy) == before, "a copy with the same weights has another fingerprint.")
    weights = [weight for weight in copy.whole.weights if "float" in weight.dtype]
    if not weights:
        return
    weights[0].assign(weights[0].numpy() + 1)
    expect(fingerprints(copy) != before, f"{weights[0].path} has changed, but no fingerprint has.")


def _check_cuts(trunk: Any, images: np.ndarray) -> None:
    from hydranet.model import ACTIVATION, Tail

    if not trunk.backbone.has_cuts:
        expect(raises(ConfigError, trunk.find_cut, "all"), "has_cuts is False, but there is a cut.")
        return
    expected, cuts = trunk(images), find_cuts(trunk.whole, trunk.features)
    for cut in (cuts[0], cuts[len(cuts) // 2]):
        activation = trunk.below(cut)(images)[ACTIVATION]
        for name, feature in Tail.of(trunk, cut)(activation).items():
            same = np.array_equal(feature, expected[name])
            expect(
                same, f"below and above the cut {cut.layer}, {name!r} is not what the whole network gives."
            )
    trunk.find_cut("all")


def _check_saving(trunk: Any, images: np.ndarray) -> None:
    from hydranet.model import HydraNet

    tasks = [
        _task(f"task_{number}", Linear(feature=name))
        for number, name in enumerate(trunk.features)
        if len(trunk.feature_shapes[name]) in {1, 3}  # what a linear head can read
    ]
    if not tasks:
        return
    model = HydraNet(trunk, tasks)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = HydraNet.load(path)
    expect(loaded.fingerprints() == model.fingerprints(), "once saved and loaded, fingerprints are others.")
    expected, given = model(images), loaded(images)
    for task in expected:
        same = np.array_equal(expected[task], given[task])
        expect(same, "once saved and loaded, the network gives other features.")


def _task(name: str, head: Linear) -> Task:
    """Return a task of the default kind."""
    kind = {"kind": Task.default_kind, "classes": ["a", "b"]}
    return task_from_config({"name": name, **kind, "head": to_config(head)})
