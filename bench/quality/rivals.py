"""What a head from few pictures is measured against: classifiers that anyone would write in a few lines."""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

# From training inputs, class indices, the number of classes and unseen inputs to a probability for each class.
Rival = Callable[[np.ndarray, np.ndarray, int, np.ndarray], np.ndarray]


def nearest_prototype(
    inputs: np.ndarray, labels: np.ndarray, num_classes: int, unseen: np.ndarray
) -> np.ndarray:
    """Compare with each class's mean direction, by cosine; the softmax of the cosines stands for probabilities."""
    directions = _unit(inputs)
    prototypes = _unit(np.stack([directions[labels == index].mean(axis=0) for index in range(num_classes)]))
    exponentials = np.exp(_unit(unseen) @ prototypes.T)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _logistic(scaler: type) -> Rival:
    def fit(inputs: np.ndarray, labels: np.ndarray, num_classes: int, unseen: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            # That there are few pictures of each class, or that the last digits were not reached.
            warnings.simplefilter("ignore")
            model = make_pipeline(scaler(), LogisticRegression(max_iter=1000)).fit(inputs, labels)
        return model.predict_proba(unseen)

    return fit


RIVALS: dict[str, Rival] = {
    "nearest prototype": nearest_prototype,
    "logistic regression, unit length": _logistic(Normalizer),
    "logistic regression, standardised": _logistic(StandardScaler),
}


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
