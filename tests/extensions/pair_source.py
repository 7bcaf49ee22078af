"""A source whose examples are two pictures each: do both show the same?"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from hydranet import Drawings
from hydranet.data import Example, Source
from hydranet.settings import NonNegativeInt, PositiveInt


@dataclass(frozen=True)
class Pairs(Source):
    """Pairs of drawings, labelled `same` or `different`, half of them each.

    Args:
        collection: of the drawings.
        num_train: how many training drawings of each class.
        num_validation: how many validation drawings of each class.
        seed: another seed gives other drawings.
    """

    collection: str
    num_train: PositiveInt = 8
    num_validation: PositiveInt = 4
    seed: NonNegativeInt = 0
    kind: Literal["pairs"] = field(default="pairs", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    @property
    def example_shape(self) -> tuple[int, ...]:
        """Two pictures beside each other."""
        return (2,)

    def load(self) -> dict[str, list[Example]]:
        """Pair each drawing with one of its class and one of another."""
        drawings = Drawings(self.collection, self.num_train, self.num_validation, self.seed)
        return {split: list(_pairs(examples)) for split, examples in drawings.load().items()}


def _pairs(examples):
    classes: dict[str, list] = {}
    for example in examples:
        classes.setdefault(example.label, []).append(example.pictures)
    names = list(classes)
    for number, name in enumerate(names):
        others = classes[names[(number + 1) % len(names)]]
        for place, picture in enumerate(classes[name]):
            yield Example([picture, classes[name][place - 1]], "same")
            yield Example([picture, others[place]], "different")
