"""How much each task counts in the layers that several tasks train together.

Every method weighs the gradients of the tasks, so that one backward pass of the weighted sum of the losses is
all that the shared layers cost. What a method needs to know of the tasks is seen at the shared features: `T`
losses and `T` gradients. Each is a pure function, which is run within a `tf.function`: what it has learnt is
handed in and out.
"""

from hydranet.training.balancing.balancing import Balancing, State
from hydranet.training.balancing.famo import FAMO
from hydranet.training.balancing.gradnorm import GradNorm
from hydranet.training.balancing.pcgrad import PCGrad
from hydranet.training.balancing.static import Static
from hydranet.training.balancing.uncertainty import Uncertainty

__all__ = ["FAMO", "Balancing", "GradNorm", "PCGrad", "State", "Static", "Uncertainty"]
