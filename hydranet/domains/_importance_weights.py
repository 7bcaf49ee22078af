"""Training pictures weighed by how like the domain's they are."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hydranet.domains._adaptation import Adaptation, Adapted
from hydranet.domains._moments import common_scale, directions, mean
from hydranet.settings import PositiveFloat


@dataclass(frozen=True)
class ImportanceWeights(Adaptation):
    """Training pictures count by the odds that a classifier of the two domains gives them of being of the other.

    After Bickel, Brückner and Scheffer, Discriminative Learning under Covariate Shift (2009, JMLR 10). It serves where
    some of the training pictures are like those of the domain, and can't where none is. The effective sample size says
    by how many pictures the head is trained.

    Args:
        l2: penalty on the weights of the classifier, of standardised features; stronger, weights are more alike.
        largest: the largest weight, where 1 is the mean.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
        >>> adapted = ImportanceWeights().adapt(rows, rows[rows[:, 0] > 0])
        >>> adapted.weights[rows[:, 0] > 1].mean() > adapted.weights[rows[:, 0] < -1].mean()
        np.True_
    """

    l2: PositiveFloat = 1.0
    largest: PositiveFloat = 10.0
    kind: Literal["importance_weights"] = field(default="importance_weights", kw_only=True, repr=False)

    def adapt(self, source: np.ndarray, target: np.ndarray) -> Adapted:
        """Return weights, and how many pictures they are worth; see `Adaptation.adapt`."""
        rows = np.concatenate([source, target])
        standard = (rows - mean(rows)) / common_scale(rows)
        logits = _domain_logits(standard @ directions(standard), len(source), self.l2)[: len(source)]
        odds = np.exp(logits - logits.max())
        weights = np.minimum(odds / odds.mean(), self.largest)
        weights /= weights.mean()
        size = float(weights.sum() ** 2 / (weights**2).sum())
        return Adapted(weights=weights.astype(np.float32), figures={"effective_sample_size": size})


def _domain_logits(rows: np.ndarray, num_source: int, l2: float) -> np.ndarray:
    """Return logits of being of the other domain, both of which count alike, by penalised logistic regression."""
    from scipy.optimize import minimize  # takes long to load
    from scipy.special import expit

    is_target = np.arange(len(rows)) >= num_source
    shares = np.where(is_target, 0.5 / (len(rows) - num_source), 0.5 / num_source)

    def objective(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = rows @ weights[:-1] + weights[-1]
        loss = shares @ np.logaddexp(0, np.where(is_target, -logits, logits))
        residuals = (expit(logits) - is_target) * shares
        gradient = np.append(rows.T @ residuals + l2 * weights[:-1], residuals.sum())
        return float(loss + 0.5 * l2 * weights[:-1] @ weights[:-1]), gradient

    found = minimize(objective, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B").x
    logits: np.ndarray = rows @ found[:-1] + found[-1]
    return logits
