"""Small models of KerasHub: a family each, with blocks that can be told apart."""

import keras

TRANSFORMER = {"num_layers": 3, "num_heads": 2, "hidden_dim": 16}
SIGLIP = {"patch_size": 16, **TRANSFORMER, "intermediate_dim": 32}
MODELS = {
    "ViTBackbone": {"patch_size": 16, **TRANSFORMER, "mlp_dim": 32},
    "DINOV2Backbone": {
        **{"patch_size": 8, **TRANSFORMER, "intermediate_dim": 32, "num_register_tokens": 2},
        "position_embedding_shape": [64, 64],
    },
    "SigLIPVisionEncoder": SIGLIP,
    "ResNetBackbone": {
        **{"input_conv_filters": [64], "input_conv_kernel_sizes": [7], "block_type": "basic_block"},
        **{
            "stackwise_num_filters": [64, 64],
            "stackwise_num_blocks": [1, 1],
            "stackwise_num_strides": [1, 2],
        },
    },
}
SIZE = 48


def make(name, size=SIZE):
    """Return one of the models with random weights, the same ones each time."""
    import keras_hub

    keras.utils.set_random_seed(7)
    return getattr(keras_hub.models, name)(**MODELS[name], image_shape=(size, size, 3))
