"""The phases in which a tail and the heads above it are trained together.

`fine_tune` is the way through: for each phase of a job it takes the present layers from a `Tuning`, the activations
that the phase's tails start from, of the store or the trunk (`load_phase_data`), and puts copies of the layers on the
devices (`JointModel`). A `Phase` makes joint steps of them (`JointStep`) until its tasks have stopped; training
pictures that train nothing (`choosing_examples`) say when, and which epoch was the best. The `Tuning` then takes over
what has become better by more than chance gives (`is_surely_better`). Where a job has a checkpoint, it goes on from
there, bit for bit.

Example:
    >>> from hydranet import Application, FineTuning, Trunk
    >>> trunk = Trunk(Application(image_size=32, weights="random", arguments={"alpha": 0.35}))
    >>> [cut.layer for cut in find_phase_cuts(trunk, (FineTuning(unfreeze="2 blocks"),))]
    ['block_14_add']
"""

from hydranet.joint._choosing import may_choose
from hydranet.joint._fine_tune import FineTuned, fine_tune
from hydranet.joint._job import TrainingJob
from hydranet.joint._optimizers import ParameterGroup, new_optimizer
from hydranet.joint._phase_cuts import find_phase_cuts
from hydranet.joint._start import Start

__all__ = [
    "FineTuned",
    "ParameterGroup",
    "Start",
    "TrainingJob",
    "find_phase_cuts",
    "fine_tune",
    "may_choose",
    "new_optimizer",
]
