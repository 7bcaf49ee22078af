"""Which feature a head reads: the one that serves it best on the held-out part of its training pictures.

Earlier levels of a backbone help most where the pictures are unlike those of its pretraining, and least where their
classes are its own (Evci et al., Head2Toe, 2022, arXiv:2201.03529); so each task has its own best one.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from hydranet.evaluation import SURE, standard_error
from hydranet.training._fit_head import HeadTrial

# A lower mean loss than this is not worth a change: it hardly moves an answer, and where all held-out pictures are
# right already, it says more about how sure the head is of those than about other pictures.
_LEAST_GAIN = 0.005
# Fewer examples do not tell what the standard error is.
_FEWEST = 20


def try_features(
    names: Iterable[str], try_on: Callable[[str, HeadTrial | None], HeadTrial]
) -> dict[str, HeadTrial]:
    """Return the trial of a head on each feature, by name.

    Args:
        names: of the features, the default one first.
        try_on: tries a head on a feature, given the best trial before it, its rival.
    """
    trials: dict[str, HeadTrial] = {}
    for name in names:
        rival = trials[choose_feature(trials)] if trials else None
        trials[name] = try_on(name, rival)
    return trials


def choose_feature(trials: Mapping[str, HeadTrial]) -> str:
    """Return the name of the feature that is read.

    The first, unless the held-out loss of a later one is surely lower than that of the best before it.

    Args:
        trials: of the same examples, by feature.
    """
    best, *others = trials
    for name in others:
        if _is_surely_lower(trials[name].held_out_losses, trials[best].held_out_losses):
            best = name
    return best


def _is_surely_lower(losses: np.ndarray, of_best: np.ndarray) -> bool:
    if len(losses) < _FEWEST:
        return False
    return bool((of_best - losses).mean() > max(SURE * standard_error(losses, of_best), _LEAST_GAIN))
