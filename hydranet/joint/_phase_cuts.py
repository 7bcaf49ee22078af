"""Where the trunk ends in each phase of fine-tuning."""

from hydranet.backbones import Cut
from hydranet.errors import ConfigError
from hydranet.fine_tuning import FineTuning
from hydranet.model import Trunk


def find_phase_cuts(trunk: Trunk, phases: tuple[FineTuning, ...]) -> list[Cut]:
    """Return the cut of each phase.

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
