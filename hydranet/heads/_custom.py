"""A layer of one's own."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.naming import unknown_name


@dataclass(frozen=True)
class Custom(Head):
    """A Keras layer of your own, registered with `keras.saving.register_keras_serializable`.

    The layer is made as `Layer(num_outputs, **config)` and maps features to `(batch, num_outputs)`, without an
    activation at the end. Name the module that registers it under `plugins:`.

    Args:
        layer: the registered name, `package>ClassName`.
        config: further arguments of the layer.

    Example:
        >>> Custom(layer="my_package>Attention", config={"num_heads": 4}).is_linear
        False
    """

    layer: str
    config: dict[str, Any] = field(default_factory=dict)
    kind: Literal["custom"] = field(default="custom", kw_only=True, repr=False)

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return the one layer; see `Head.layers`."""
        import keras

        layer_class = keras.saving.get_registered_object(self.layer)
        if layer_class is None:
            known = [name for name in keras.saving.get_custom_objects() if not name.startswith("hydranet>")]
            raise ConfigError(
                unknown_name("registered Keras layer", self.layer, known)
                + " Name the module that registers it under `plugins:`."
            )
        try:
            return [layer_class(num_outputs, **self.config)]
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"{self.layer} can't be made with num_outputs={num_outputs} and {self.config}: {error}."
            ) from error
