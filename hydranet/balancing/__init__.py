"""How much each task counts in the layers that several tasks train together.

Every method weighs the gradients of the tasks, so that one backward pass of the weighted sum of the losses is
all that the shared layers cost. What a method needs to know of the tasks is seen at the shared features: `T`
losses and `T` gradients. Each is a pure function, which is run within a `tf.function`: what it has learnt is
handed in and out.

A method of one's own is a frozen dataclass below `Balancing`; `hydranet.testing.check_balancing` says whether it keeps
the contract.

Example:
    >>> from hydranet import FineTuning, GradNorm
    >>> FineTuning(balancing=GradNorm(alpha=0.5)).balancing.kind
    'gradnorm'
"""

from hydranet.balancing._balancing import Balancing, State, mean_over, normalise
from hydranet.balancing._famo import FAMO
from hydranet.balancing._gradnorm import GradNorm
from hydranet.balancing._pcgrad import PCGrad
from hydranet.balancing._static import Static
from hydranet.balancing._uncertainty import Uncertainty

__all__ = [
    "FAMO",
    "Balancing",
    "GradNorm",
    "PCGrad",
    "State",
    "Static",
    "Uncertainty",
    "mean_over",
    "normalise",
]
