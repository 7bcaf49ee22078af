"""On which devices a training runs: one, several of this machine, or those of several machines.

All workers run the same program on the same data. What a worker computes of a global batch follows from the
index of its replicas alone, so the examples of a step do not depend on how many replicas there are.

Example:
    >>> distribution = choose_distribution()
    >>> distribution.is_chief, distribution.num_workers
    (True, 1)
"""

from hydranet.distribution._choose import choose_distribution, own_distribution
from hydranet.distribution._distribution import Distribution, Share

__all__ = ["Distribution", "Share", "choose_distribution", "own_distribution"]
