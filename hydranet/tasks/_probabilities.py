"""From raw outputs to probabilities, in NumPy."""

import numpy as np


def sigmoid(outputs: np.ndarray) -> np.ndarray:
    """Return the probability that log-odds stand for: same shape and dtype."""
    small = np.exp(-np.abs(outputs))  # which never overflows
    return np.where(outputs >= 0, 1, small) / (1 + small)


def softmax(outputs: np.ndarray) -> np.ndarray:
    """Return probabilities that sum to 1 along the last axis: same shape and dtype."""
    exponentials = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    probabilities: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities
