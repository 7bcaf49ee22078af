"""Mean and variance of each feature brought to those of the domain."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hydranet.domains._adaptation import Adaptation, Adapted
from hydranet.domains._moments import brought_to
from hydranet.settings import PositiveFloat


@dataclass(frozen=True)
class Standardise(Adaptation):
    """The features of training pictures get mean and variance of the domain, each by itself.

    After Li et al., Revisiting Batch Normalization for Practical Domain Adaptation (2016, arXiv:1603.04779), at the
    features alone.

    Args:
        shrinkage: what is added to each standard deviation, as a share of the mean one of all features: few pictures
            say little of features that hardly vary.

    Example:
        >>> rows = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
        >>> Standardise().adapt(rows, rows + 1).bring(rows)
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """

    shrinkage: PositiveFloat = 0.1
    kind: Literal["standardise"] = field(default="standardise", kw_only=True, repr=False)

    def adapt(self, source: np.ndarray, target: np.ndarray) -> Adapted:
        """Return features brought to the domain's; see `Adaptation.adapt`."""
        return Adapted(brought_to(source, target, self.shrinkage))
