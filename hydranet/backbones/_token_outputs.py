"""The named features of a transformer: its tokens, their map, and one vector for the picture."""

from typing import Any

from hydranet.backbones._backbone import MAP, POOLED
from hydranet.errors import ConfigError

TOKENS = "tokens"
# Class and register tokens stand before those of patches; no network has more.
_MOST_PREFIX_TOKENS = 32


def token_outputs(model: Any, tokens: Any, vector: Any, pooling: str) -> dict[str, Any]:
    """Return outputs by the name of the feature.

    Args:
        model: a model of KerasHub.
        tokens: its last ones, `(batch, num_tokens, width)`.
        vector: what it makes of them itself, `(batch, width)`; None where it ends in tokens.
        pooling: `auto`, `avg`, `max`, `cls` or `none`.

    Raises:
        ConfigError: the tokens are not those of a grid of patches, or there is no class token.
    """
    from keras import layers

    _, num_tokens, width = tokens.shape
    height, columns = _grid(model, num_tokens)
    num_prefix = num_tokens - height * columns
    if pooling == "cls" and not num_prefix:
        raise ConfigError(
            f"{type(model).__name__} has no class token here: use another `pooling` than `cls`."
        )
    patches = layers.Cropping1D((num_prefix, 0), name="patches")(tokens) if num_prefix else tokens
    feature_map = layers.Reshape((height, columns, width), name=MAP)(patches)
    if pooling == "auto" and vector is not None:
        pooled = vector
    elif pooling == "cls" or (pooling == "auto" and num_prefix):
        first = layers.Cropping1D((0, num_tokens - 1), name="class_token")(tokens)
        pooled = layers.Reshape((width,), name=POOLED)(first)
    else:
        pool = layers.GlobalMaxPooling2D if pooling == "max" else layers.GlobalAveragePooling2D
        pooled = pool(name=POOLED)(feature_map)
    return {POOLED: pooled, MAP: feature_map, TOKENS: tokens}


def _grid(model: Any, num_tokens: int) -> tuple[int, int]:
    """Return how many patches stand below and beside each other."""
    height, width, _ = model.inputs[0].shape[1:]
    for rows, columns in _grids(height, width, getattr(model, "patch_size", None), num_tokens):
        if 0 <= num_tokens - rows * columns <= _MOST_PREFIX_TOKENS:
            return rows, columns
    raise ConfigError(
        f"{type(model).__name__} gives {num_tokens} tokens for a picture of {height} × {width} px, which are no "
        "grid of patches: use another `image_size`, or another model."
    )


def _grids(height: int, width: int, patch: Any, num_tokens: int) -> list[tuple[int, int]]:
    """Return the grids that may be meant: first what the patches say, then those of the picture's shape."""
    grids = []
    if patch is not None:
        patch_height, patch_width = patch if isinstance(patch, list | tuple) else (patch, patch)
        grids.append((height // patch_height, width // patch_width))
    largest = round((num_tokens * height / width) ** 0.5) + 1
    return grids + [
        (rows, rows * width // height) for rows in range(largest, 0, -1) if rows * width % height == 0
    ]
