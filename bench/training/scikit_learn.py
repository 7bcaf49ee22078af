"""A linear head as one would train it with scikit-learn on features that are there already."""

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hydranet.training._penalty_search import PENALTIES

# As hydranet does: so many penalties in a row that are not better end the search.
_PATIENCE = 2
# Where nothing is held out.
_DEFAULT_PENALTY = 0.1
_MOST_ITERATIONS = 500


def fit_scikit_learn(inputs: np.ndarray, labels: np.ndarray, held_out: np.ndarray) -> Any:
    """Return a fitted pipeline; the penalty with the lowest loss on the held-out part is taken.

    Args:
        inputs: float32 `(num_examples, num_features)`.
        labels: class names `(num_examples,)`.
        held_out: which examples choose the penalty: bool `(num_examples,)`.
    """
    scaler = StandardScaler().fit(inputs)
    standardised = scaler.transform(inputs)
    l2 = _DEFAULT_PENALTY
    if held_out.any():
        fitted = standardised[~held_out], labels[~held_out]
        judged = standardised[held_out], labels[held_out]
        l2 = _choose_penalty(*fitted, *judged)
    return make_pipeline(scaler, _model(l2, len(labels)).fit(standardised, labels))


def _choose_penalty(
    inputs: np.ndarray, labels: np.ndarray, judging_inputs: np.ndarray, judging_labels: np.ndarray
) -> float:
    losses: list[float] = []
    model = _model(PENALTIES[0], len(labels))
    for l2 in PENALTIES:
        model.set_params(C=_model(l2, len(labels)).C).fit(inputs, labels)  # from the one before
        probabilities = model.predict_proba(judging_inputs)
        losses.append(float(log_loss(judging_labels, probabilities, labels=model.classes_)))
        if len(losses) - 1 - int(np.argmin(losses)) >= _PATIENCE:
            break
    return PENALTIES[int(np.argmin(losses))]


def _model(l2: float, num_examples: int) -> LogisticRegression:
    """Return a model whose `C` weighs the summed loss as `l2` weighs the mean loss."""
    return LogisticRegression(C=1 / (l2 * num_examples), max_iter=_MOST_ITERATIONS, warm_start=True)
