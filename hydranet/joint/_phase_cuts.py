"""Above which cuts layers learn in the phases of fine-tuning, and where the tails start for that."""

from collections.abc import Iterable
from functools import partial
from itertools import accumulate
from operator import attrgetter

from hydranet.backbones import Cut, cut_at, find_cuts, nearest_cut
from hydranet.errors import ConfigError
from hydranet.fine_tuning import FineTuning
from hydranet.model import Trunk

# The share of a network's multiply-adds that a tail may begin earlier than it must, where less is to be stored there:
# levels are wide maps.
_MOST_MORE = 0.05


def find_phase_cuts(trunk: Trunk, phases: tuple[FineTuning, ...]) -> list[Cut]:
    """Return the cut of each phase, above which its layers learn.

    Args:
        trunk: gives the features under which blocks are counted: `Experiment.features_tuned`.
        phases: in their order.

    Raises:
        ConfigError: a layer or block does not exist, or a phase unfreezes less than the one before.
    """
    cuts: list[Cut] = []
    for index, phase in enumerate(phases):
        try:
            cut = trunk.find_cut(phase.lowest)
        except ConfigError as error:
            raise ConfigError(f"fine_tuning.{index}: {error}") from error
        if cuts and cut.index > cuts[-1].index:
            raise ConfigError(
                f"fine_tuning.{index}: the trunk would end at {cut.layer}, above {cuts[-1].layer} of the phase before. "
                "A phase can't unfreeze less than the one before: order them from the fewest layers to the most."
            )
        cuts.append(cut)
    return cuts


def find_starts(trunk: Trunk, cuts: Iterable[Cut], at: int | None) -> list[Cut]:
    """Return where the tails start in each phase: below all that the trunk gives, such as levels below the cut.

    Args:
        trunk: gives the features that heads read.
        cuts: of the phases.
        at: the index of the cut where they start, if it is settled.
    """
    if at is not None:
        start = cut_at(trunk.whole, at, trunk.features)
        return [start for _ in cuts]
    possible = find_cuts(trunk.whole, trunk.features)
    starts = [_start(possible, cut) for cut in cuts]
    return list(
        accumulate(starts, partial(min, key=attrgetter("index")))
    )  # no phase starts above the one before


def _start(possible: list[Cut], cut: Cut) -> Cut:
    nearest = nearest_cut(possible, cut.index)
    if nearest.index == cut.index:
        return cut
    lowest_share = nearest.share_below - _MOST_MORE
    near = [each for each in possible if each.index <= cut.index and each.share_below >= lowest_share]
    return min(near, key=lambda each: (each.num_bytes(), -each.index))
