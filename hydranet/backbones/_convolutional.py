"""What convolutional networks give: the last map, that map as a vector, and earlier levels beside it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.backbones._backbone import MAP, POOLED, Backbone
from hydranet.backbones._levels import find_levels

# The averages of two earlier maps, and these and `pooled` side by side.
LEVEL_1, LEVEL_2, LEVELS = "level_1", "level_2", "levels"
# The map that `level_1` is the average of.
MAP_1 = "map_1"


@dataclass(frozen=True)
class ConvolutionalBackbone(Backbone):
    """A network of maps that get smaller and deeper: the base of kinds of backbone that hold such networks.

    Args:
        pooling: how `pooled` is made of the last feature map: `avg` or `max`; with `none`, heads read the map itself
            unless they ask for another feature.
        pooled: what heads that name no feature read. With `levels` each gets the one that serves its task best on
            a part of its training pictures: `pooled`, which is the last map alone, the earlier `level_1`, or `levels`,
            which is `level_1`, `level_2` and `pooled` side by side; with `last` it is always `pooled`.
        image_size: see `Backbone`.
    """

    pooling: Literal["avg", "max", "none"] = field(default="avg", kw_only=True)
    pooled: Literal["levels", "last"] = field(default="levels", kw_only=True)

    @property
    def features(self) -> tuple[str, ...]:
        """The last feature map and the same as a vector; earlier levels, all side by side, and an earlier map."""
        return (POOLED, MAP) if self.pooled == "last" else (POOLED, MAP, LEVEL_1, LEVEL_2, LEVELS, MAP_1)

    @property
    def default_feature(self) -> str:
        """The vector, or the map where `pooling` is `none`."""
        return MAP if self.pooling == "none" else POOLED

    @property
    def choices(self) -> tuple[str, ...]:
        """The last level, all of them, or an earlier one; see `Backbone.choices`."""
        has_choice = self.pooled == "levels" and self.default_feature == POOLED
        return (POOLED, LEVELS, LEVEL_1) if has_choice else super().choices

    def parts(self, feature: str) -> tuple[str, ...]:
        """Return the levels of `levels`; see `Backbone.parts`."""
        return (LEVEL_1, LEVEL_2, POOLED) if feature == LEVELS else super().parts(feature)

    def giving_features(self, model: Any, output: Any) -> Any:
        """Return the network over the layers of another one that gives all features by name.

        Args:
            model: a functional Keras model of one input.
            output: a tensor of it, `(batch, height, width, channels)` or, if it is pooled already, `(batch, channels)`.

        Raises:
            ConfigError: it has no such levels.
        """
        import keras

        feature_map = last_map(output)
        vector = output if len(output.shape) == 2 and self.pooling != "none" else self._pool()(feature_map)
        outputs = {POOLED: vector, MAP: feature_map}
        if self.pooled == "levels":
            up_to_map = keras.Model(model.inputs[0], feature_map, name=model.name)
            levels = dict(zip((LEVEL_1, LEVEL_2), find_levels(up_to_map, feature_map), strict=True))
            outputs |= {name: self._pool(name)(level) for name, level in levels.items()}
            outputs[MAP_1] = levels[LEVEL_1]
            outputs[LEVELS] = keras.layers.Concatenate(name=LEVELS)(
                [outputs[part] for part in self.parts(LEVELS)]
            )
        return keras.Model(model.inputs[0], outputs, name=model.name)

    def _pool(self, name: str | None = None) -> Any:
        import keras

        layers = keras.layers
        pool = layers.GlobalMaxPooling2D if self.pooling == "max" else layers.GlobalAveragePooling2D
        return pool(name=name)


def last_map(tensor: Any) -> Any:
    """Return the tensor `(batch, height, width, channels)` nearest to another one, or itself."""
    while len(tensor.shape) != 4:
        operation, node, _ = tensor._keras_history
        [tensor] = operation._inbound_nodes[node].input_tensors
    return tensor
