"""The kinds of head: the layers between features and one task's outputs, as data.

Features are `(batch, num_features)`, or `(batch, height, width, channels)` where the head reads a feature map. Each
kind builds a small stack of standard Keras layers; `DenseHead` is what most are once they are trained, in NumPy.
`UsualFeatures` stand by a trained head and say how unusual features are to it.

Example:
    >>> from hydranet.heads import MLP
    >>> [type(layer).__name__ for layer in MLP(hidden=(200,), dropout=0.4).layers(133, feature_shape=(2048,))]
    ['Dense', 'Dropout', 'Dense']
"""

from hydranet.heads._attention import Attention
from hydranet.heads._coordinates import Coordinates
from hydranet.heads._custom import Custom
from hydranet.heads._dense import DenseHead, DenseLayer, build_dense_head, reduce_features
from hydranet.heads._flatten import Flatten
from hydranet.heads._head import Head, Network, ReadyHead
from hydranet.heads._linear import Linear
from hydranet.heads._map import Map
from hydranet.heads._mlp import MLP
from hydranet.heads._pretrained import Pretrained
from hydranet.heads._recurrent import Recurrent
from hydranet.heads._top import Top
from hydranet.heads._usual_features import UsualFeatures, unit_vectors

__all__ = [
    "MLP",
    "Attention",
    "Coordinates",
    "Custom",
    "DenseHead",
    "DenseLayer",
    "Flatten",
    "Head",
    "Linear",
    "Map",
    "Network",
    "Pretrained",
    "ReadyHead",
    "Recurrent",
    "Top",
    "UsualFeatures",
    "build_dense_head",
    "reduce_features",
    "unit_vectors",
]
