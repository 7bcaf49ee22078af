"""One batch of pictures through trunk, tails and heads: each runs once, and only for the pictures that need it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from hydranet.backbones import Place
from hydranet.errors import ConfigError
from hydranet.heads import UsualFeatures
from hydranet.inference._answers import Answers
from hydranet.inference._isolated import isolated
from hydranet.inference._networks import BatchFeatures, Features, Networks
from hydranet.inference._read_features import ReadFeatures
from hydranet.inference._stack import Head, StackedHeads
from hydranet.naming import unknown_name
from hydranet.tasks import Gates, Task, check_gates, check_removal, gate_levels

if TYPE_CHECKING:
    from hydranet.inference._heat_maps import HeatMaps


@dataclass(frozen=True)
class PlacedHead:
    """A head, where it stands, and what its training pictures have in common, if that is known."""

    task: Task
    head: Head
    place: Place
    usual: UsualFeatures | None = None


class HeadSet:
    """All heads of a model at one moment; it never changes, so a pass ends with the heads it began with.

    Args:
        heads: by task name.

    Raises:
        ConfigError: the gates of the tasks do not fit together.
    """

    def __init__(self, heads: Mapping[str, PlacedHead]) -> None:
        self.tasks: dict[str, Task] = {name: placed.task for name, placed in heads.items()}
        check_gates(self.tasks)
        self._places = {name: placed.place for name, placed in heads.items()}
        self._usual = {name: placed.usual for name, placed in heads.items() if placed.usual is not None}
        self._stacks = {
            place: StackedHeads(
                {
                    name: isolated(placed.head, placed.task)
                    for name, placed in heads.items()
                    if placed.place == place
                }
            )
            for place in dict.fromkeys(self._places.values())
        }

    def with_head(self, placed: PlacedHead) -> Self:
        """Return these heads and one more, or in place of that of the same name."""
        return type(self)({**self.placed(), placed.task.name: placed})

    def without_head(self, task: str) -> Self:
        """Return these heads but one.

        Raises:
            ConfigError: there is no such task, it is the gate of another, or the last.
        """
        if task not in self.tasks:
            raise ConfigError(unknown_name("task", task, self.tasks))
        check_removal(task, self.tasks)
        if len(self.tasks) == 1:
            raise ConfigError(f"The task {task!r} can't be removed, because it is the last one.")
        return type(self)({name: placed for name, placed in self.placed().items() if name != task})

    def without_gates(self) -> Self:
        """Return these heads, each of which answers whatever others say."""
        return type(self)(
            {
                name: replace(placed, task=replace(placed.task, when={}))
                for name, placed in self.placed().items()
            }
        )

    def answer(
        self,
        networks: Networks,
        images: np.ndarray,
        wanted: Sequence[Sequence[str] | None],
        places: np.ndarray,
        heat_maps: "HeatMaps | None" = None,
    ) -> Answers:
        """Return the answers to a batch of questions.

        Args:
            networks: on which the heads stand.
            images: float32 `(num_pictures, height, width, 3)`, values in [0, 255].
            wanted: for each row of the batch, names of the tasks wanted; None for all. Unknown ones are passed over.
            places: for each row, which of `images` it is about: int `(batch, *example_shape)`.
            heat_maps: makes those of the answers, if they are wanted.
        """
        return self.answer_from(BatchFeatures(networks, images, places), wanted, heat_maps)

    def answer_from(
        self,
        features: Features,
        wanted: Sequence[Sequence[str] | None],
        heat_maps: "HeatMaps | None" = None,
    ) -> Answers:
        """Return the same answers from what runs below the heads."""
        with np.errstate(over="ignore", invalid="ignore"):  # `Answers` finds what came of it
            return self._answer(features, wanted, heat_maps)

    def _answer(
        self,
        features: Features,
        wanted: Sequence[Sequence[str] | None],
        heat_maps: "HeatMaps | None",
    ) -> Answers:
        needed, gates = self._needed_rows(wanted), Gates(self.tasks, len(wanted))
        outputs: dict[str, np.ndarray] = {}
        answered: dict[str, np.ndarray] = {}
        unusual: dict[str, Callable[[], np.ndarray]] = {}
        for level in gate_levels(self.tasks, needed):
            for name in level:
                gated = self.tasks[name].when
                answered[name] = needed[name] & gates.open_rows(name, outputs) if gated else needed[name]
            for place in dict.fromkeys(self._places[name] for name in level):
                names = [name for name in level if self._places[name] == place]
                rows = np.logical_or.reduce([answered[name] for name in names])
                read = features.of(place, rows) if rows.any() else None
                outputs |= self._outputs(place, names, read, rows)
                unusual |= self._unusual(names, read, rows)
        heat = {} if heat_maps is None else self._heat(heat_maps, features, answered, outputs)
        return Answers(self.tasks, wanted, outputs, answered, unusual, heat)

    def _needed_rows(self, wanted: Sequence[Sequence[str] | None]) -> dict[str, np.ndarray]:
        """Return for which pictures each task is needed: boolean masks, for the gates' sake too."""
        rows_of: dict[tuple[str, ...] | None, np.ndarray] = {}
        for row, names in enumerate(wanted):
            key = None if names is None else tuple(names)
            rows_of.setdefault(key, np.zeros(len(wanted), bool))[row] = True
        needed: dict[str, np.ndarray] = {}
        for names, rows in rows_of.items():
            known = self.tasks if names is None else [name for name in names if name in self.tasks]
            for level in gate_levels(self.tasks, known):
                for name in level:
                    needed[name] = needed[name] | rows if name in needed else rows
        return needed

    def _outputs(
        self, place: Place, names: Sequence[str], read: np.ndarray | None, rows: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return the outputs of heads at one place, from what they read of `rows`; NaN for other pictures."""
        outputs = {} if read is None else self._stacks[place](read, names)
        if rows.all():
            return outputs
        shapes = {name: (len(rows), *self.tasks[name].output_shape) for name in names}
        spread = {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()}
        for name, some in outputs.items():
            spread[name][rows] = some
        return spread

    def _unusual(
        self, names: Sequence[str], read: np.ndarray | None, rows: np.ndarray
    ) -> dict[str, Callable[[], np.ndarray]]:
        """Return what computes how unusual the pictures are to each head that can tell."""
        known = {name: self._usual[name] for name in names if name in self._usual}
        if read is None or not known:
            return {}
        features = ReadFeatures(read, rows)
        return {name: partial(features.unusual, usual) for name, usual in known.items()}

    def heat_mapped(self, heat_maps: "HeatMaps") -> list[str]:
        """Return the tasks whose heads have heat maps."""
        return [name for name, placed in self.placed().items() if heat_maps.covers(placed.head, placed.place)]

    def _heat(
        self,
        heat_maps: "HeatMaps",
        features: Features,
        answered: Mapping[str, np.ndarray],
        outputs: Mapping[str, np.ndarray],
    ) -> dict[str, Callable[[], np.ndarray]]:
        """Return what computes the heat maps of each head that has any, and answers."""
        placed = self.placed()
        return {
            name: partial(
                heat_maps.compute,
                self.tasks[name],
                placed[name].head,
                features,
                placed[name].place,
                answered[name],
                outputs[name],
            )
            for name in self.heat_mapped(heat_maps)
            if name in outputs and answered[name].any()
        }

    def placed(self) -> dict[str, PlacedHead]:
        """Return the heads by task name."""
        heads = {name: head for stack in self._stacks.values() for name, head in stack.heads.items()}
        return {
            name: PlacedHead(task, heads[name], self._places[name], self._usual.get(name))
            for name, task in self.tasks.items()
        }
