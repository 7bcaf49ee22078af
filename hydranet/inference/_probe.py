"""Whether a head that comes from outside gives numbers that can be used, tried before it answers anybody."""

import numpy as np

from hydranet.inference._isolated import isolated
from hydranet.inference._networks import BatchFeatures, Networks
from hydranet.inference._one_pass import PlacedHead
from hydranet.inference._stack import StackedHeads
from hydranet.runs import check_answers, probe_examples


def probe(added: PlacedHead, networks: Networks) -> None:
    """Try a head on a few plain pictures.

    Raises:
        ModelError: what it gives is not finite, or can't be decoded.
    """
    images, places = probe_examples(networks.image_size, networks.example_shape)
    features = BatchFeatures(networks, images, places).of(added.place, np.ones(len(places), bool))
    with np.errstate(over="ignore", invalid="ignore"):
        [outputs] = StackedHeads({"": isolated(added.head, added.task)})(features).values()
    check_answers(added.task, outputs)
