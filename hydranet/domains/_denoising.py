"""What is common to both domains: features as the others of a picture foretell them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hydranet.domains._adaptation import Adaptation, Adapted, SeenThrough
from hydranet.domains._moments import brought_to, common_scale, mean
from hydranet.settings import ShareBelowOne

_SHRINKAGE = 0.1


@dataclass(frozen=True)
class Denoising(Adaptation):
    """A linear denoising autoencoder of the features of both domains, folded into the head.

    After Chen et al., Marginalized Denoising Autoencoders for Domain Adaptation (2012, arXiv:1206.4683): the map that
    best restores features of which a share was left out at random, in closed form, of one layer. The features of
    training pictures have been given mean and variance of the domain first, as `Standardise` does. The map is linear,
    so that the head stays as it is; it must be linear itself.

    Args:
        corruption: the share that is left out, above 0.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
        >>> Denoising().adapt(rows, rows).bring(rows).shape
        (50, 4)
    """

    corruption: ShareBelowOne = 0.5
    kind: Literal["denoising"] = field(default="denoising", kw_only=True, repr=False)

    @property
    def folds(self) -> bool:
        """True: see `Adaptation.folds`."""
        return True

    def adapt(self, source: np.ndarray, target: np.ndarray) -> Adapted:
        """Return features brought to the domain and restored; see `Adaptation.adapt`."""
        bring = brought_to(source, target, _SHRINKAGE)
        rows = np.concatenate([bring(source), target])
        through = _autoencoder(rows, self.corruption)
        return Adapted(lambda values: through(bring(values)), seen_through=through)


def _autoencoder(rows: np.ndarray, corruption: float) -> SeenThrough:
    """Return the map that restores standardised features best, where each is left out with this probability.

    With S their scatter and q the share that is kept, it is q S (q² S + q (1 - q) diag S)⁻¹, here by the inner products
    of the rows, which are fewer than features.
    """
    kept, centre, scale = 1 - corruption, mean(rows), common_scale(rows)
    standard = ((rows - centre) / scale).astype(np.float64)
    noise = kept * corruption * (standard**2).sum(axis=0) + 1e-5 * len(rows)
    weighed = standard / noise
    inner = np.eye(len(rows)) + kept**2 * (weighed @ standard.T)
    into = kept * np.linalg.solve(inner, weighed).T / scale[:, None]
    return SeenThrough(centre, into.astype(np.float32), standard.astype(np.float32))
