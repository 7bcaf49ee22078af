"""Transfer between domains: heads for pictures of another camera, of which nobody has said what they show.

A `Domain` has unlabelled pictures and the `Adaptation` by which heads learn from them. Each works on stored features
and in closed form: what trains a head is brought to where the features of the domain lie, or weighed by how like them
it is. What comes out is a head as any other.

An adaptation of one's own is a frozen dataclass below `Adaptation` with its own `kind`.

Example:
    >>> from hydranet.domains import Coral, Domain
    >>> Domain(data="pictures/new_camera", method=(Coral(),)).method[0].kind
    'coral'
"""

from hydranet.domains._adaptation import Adaptation, Adapted, SeenThrough
from hydranet.domains._coral import Coral
from hydranet.domains._denoising import Denoising
from hydranet.domains._domain import Domain, DomainPictures
from hydranet.domains._importance_weights import ImportanceWeights
from hydranet.domains._standardise import Standardise
from hydranet.domains._text import adoption_text

__all__ = [
    "Adaptation",
    "Adapted",
    "Coral",
    "Denoising",
    "Domain",
    "DomainPictures",
    "ImportanceWeights",
    "SeenThrough",
    "Standardise",
    "adoption_text",
]
