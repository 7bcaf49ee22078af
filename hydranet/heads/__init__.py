"""The kinds of head: the layers between the shared features and one task's outputs."""

from hydranet.heads._dense import DenseHead, DenseLayer, build_dense_head, reduce_features
from hydranet.heads._heads import MLP, Custom, Flatten, Head, Linear

__all__ = [
    "MLP",
    "Custom",
    "DenseHead",
    "DenseLayer",
    "Flatten",
    "Head",
    "Linear",
    "build_dense_head",
    "reduce_features",
]
