"""The part of a network that gives some of its features: another model over the same layers and weights."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

# Making one takes milliseconds, and a training asks dozens of times.
_parts: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()


def narrowed(model: Any, features: Sequence[str] | None) -> Any:
    """Return the part of a model that gives some of its outputs: a Keras model over the same layers and weights.

    Args:
        model: functional, with a dict of outputs.
        features: names of outputs; None for the model itself.
    """
    import keras

    if features is None:
        return model

    def make() -> Any:
        return keras.Model(model.inputs[0], {name: model.output[name] for name in features}, name=model.name)

    return _part(model, tuple(features), make)


def towards(model: Any, feature: str) -> Any:
    """Return the part of a model that gives one of its outputs, by itself and not by name."""
    import keras

    return _part(model, feature, lambda: keras.Model(model.inputs[0], model.output[feature]))


def _part(model: Any, what: Any, make: Callable[[], Any]) -> Any:
    known = _parts.setdefault(model, {})
    if what not in known:
        known[what] = make()
    return known[what]
