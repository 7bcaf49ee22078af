"""The model: one trunk, tails if the top has been trained, one head per task: one Keras model, one standard file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import keras

from hydranet.backbones import Backbone, Place, reading_once
from hydranet.errors import ConfigError, HydraNetError, ModelError
from hydranet.files import atomic_path
from hydranet.model._bounds import bounded
from hydranet.model._feature_network import FeatureNetwork
from hydranet.model._places import (
    features_at,
    gated_by,
    group_of_each_task,
    place_of,
    tail_giving,
    unique_tasks,
)
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk
from hydranet.naming import unknown_name
from hydranet.tasks import Task, check_gates, check_removal, task_from_config, task_to_config


@keras.saving.register_keras_serializable("hydranet")
class HydraNet(keras.Model):
    """A Keras model with one backbone and a head for each task; its output is a dict by task name.

    The trunk runs once per batch however many tasks are asked for, and gives all named features that heads read.
    Adding or removing a task gives a new model over the same layers, so the outputs of the other heads stay
    bit-identical. After fine-tuning the trunk ends at a cut; above it stands one tail for each group of tasks, which
    runs once per batch too.

    Call arguments:
        images: float or int `(batch, *example_shape, height, width, 3)`, values in [0, 255]; `example_shape` is `()`
            where an example is one picture.
        tasks: names of the tasks wanted; all by default.

    Args:
        trunk: the network that all tasks share, or the backbone that it is made of, with its weights.
        tasks: with their classes known; the order is that of the outputs.
        heads: layers by task name, for tasks whose head exists already; the others get a new one.
        tails: layers by group name; none if the heads stand on the trunk itself.
        tail_groups: the group of each task, by task name, where there are tails; its own `tail_group` by default.
        records: what `record_head` noted of each head, by task name.

    Returns:
        dict of raw outputs (logits, or numbers for a regression): float32 `(batch, num_outputs)` by task name.

    Raises:
        ConfigError: no task, two tasks of one name, a task of an unknown tail group, a gate that can't work, or a
            head that reads an unknown feature or can't work on it.

    Example:
        >>> import numpy as np
        >>> from hydranet import Application, HydraNet, SingleLabel
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
        >>> larger = model.with_task(SingleLabel(name="coat", classes=("curly", "long", "short")))
        >>> images = np.zeros((2, 96, 96, 3), "float32")
        >>> {name: tuple(outputs.shape) for name, outputs in larger(images).items()}
        {'cats_dogs': (2, 1), 'coat': (2, 3)}
        >>> list(larger(images, tasks=["coat"]))
        ['coat']
    """

    def __init__(
        self,
        trunk: Trunk | Backbone,
        tasks: Iterable[Task],
        *,
        heads: Mapping[str, Any] | None = None,
        tails: Mapping[str, Tail] | None = None,
        tail_groups: Mapping[str, str] | None = None,
        records: Mapping[str, Mapping[str, Any]] | None = None,
        name: str = "hydranet",
    ) -> None:
        by_name = unique_tasks(tasks)
        check_gates(by_name)
        groups = group_of_each_task(by_name, tails or {}, tail_groups or {})
        backbone = trunk if isinstance(trunk, Backbone) else trunk.backbone
        places = {task: place_of(backbone, by_name[task], groups.get(task)) for task in by_name}
        read = {place.feature for place in places.values()}
        trunk = Trunk(backbone, features=read) if isinstance(trunk, Backbone) else trunk.giving(read)
        tails = {group: tail_giving(tails or {}, group, places.values()) for group in groups.values()}
        layers = dict(heads or {})
        for task in by_name.values():
            if task.name not in layers:
                group, feature = places[task.name]
                below = trunk if group is None else tails[group]
                shape = (*trunk.example_shape, *below.feature_shapes[feature])
                layers[task.name] = task.build_head(shape)
        images = keras.Input(trunk.images_shape, name="images")
        features = features_at(trunk(images), tails, places.values())
        outputs = {task: layers[task](features[place]) for task, place in places.items()}
        super().__init__(images, outputs, name=name)
        self.trunk = trunk
        self._places = places
        self._tasks = by_name
        self._heads = {task: layers[task] for task in by_name}
        self._tails = tails
        self._tail_groups = groups
        self._records = {task: dict(record) for task, record in (records or {}).items() if task in by_name}

    def __call__(self, *args: Any, tasks: Sequence[str] | None = None, **kwargs: Any) -> Any:
        """Run the backbone once and the wanted heads; see the class."""
        for task in tasks or ():
            self._known(task)  # here, because Keras rewords what is raised inside `call`
        return super().__call__(*args, tasks=tasks, **kwargs)

    @property
    def backbone(self) -> Backbone:
        """What the trunk is made of."""
        return self.trunk.backbone

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks by name."""
        return dict(self._tasks)

    def head(self, task: str) -> Any:
        """Return the layer that is the head of `task`."""
        return self._heads[self._known(task)]

    @property
    def tails(self) -> dict[str, Tail]:
        """The tails by group name; none if the heads stand on the trunk itself."""
        return dict(self._tails)

    @property
    def tail_groups(self) -> dict[str, str]:
        """The tail group of each task, by task name; empty if there are no tails."""
        return dict(self._tail_groups)

    def place(self, task: str) -> Place:
        """Return where the head of `task` stands: on which feature of which tail group."""
        return self._places[self._known(task)]

    def feature_network(self, task: str) -> FeatureNetwork:
        """Return what is under the head of `task`, as one function from pictures to the feature that it reads."""
        group, feature = self.place(task)
        return FeatureNetwork(self.trunk, None if group is None else self._tails[group]).giving([feature])

    def feature_shape(self, task: str) -> tuple[int, ...]:
        """Return the shape of what the head of `task` reads of one example."""
        shapes = self.feature_network(task).feature_shapes
        return (*self.trunk.example_shape, *shapes[self.place(task).feature])

    def fingerprints(self) -> dict[Place, str]:
        """Return the fingerprint of the layers under the heads at each place."""
        tasks = {place: task for task, place in self._places.items()}
        with reading_once():
            return {
                place: self.feature_network(task).fingerprint(place.feature) for place, task in tasks.items()
            }

    def features(self, images: Any) -> dict[str, Any]:
        """Return what all tasks share, for pictures: the trunk's features by name; see `Trunk`."""
        return self.trunk(images)  # type: ignore[no-any-return]

    def heads(
        self, features: Mapping[str, Any], tasks: Sequence[str] | None = None, *, training: bool = False
    ) -> dict[str, Any]:
        """Return the outputs of the heads of `tasks`, or of all, for features that are known already.

        Each tail that is needed runs once.

        Args:
            features: what the trunk gives: float32 `(batch, *example_shape, ...)` by name.
            tasks: names of the tasks wanted.
            training: whether dropout is on and BatchNorm uses the batch.
        """
        names = list(self._tasks) if tasks is None else [self._known(task) for task in tasks]
        read = self.read_by_heads(features, names)
        return {name: self._heads[name](read[self._places[name]], training=training) for name in names}

    def read_by_heads(self, features: Mapping[str, Any], tasks: Iterable[str]) -> dict[Place, Any]:
        """Return what the heads of `tasks` read, by place, for features that are known already; see `heads`."""
        return features_at(features, self._tails, [self.place(task) for task in tasks])

    def call(
        self, inputs: Any, training: bool | None = None, mask: Any = None, tasks: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Run the backbone once and the wanted heads; see the class."""
        return self.heads(self.features(inputs), tasks, training=bool(training))

    def compute_output_spec(
        self, inputs: Any, training: bool | None = None, mask: Any = None, tasks: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Return shapes and dtypes of the outputs, as Keras asks for them where the model stands in another."""
        outputs = super().compute_output_spec(inputs)
        return {name: outputs[name] for name in (self._tasks if tasks is None else tasks)}

    def predict(
        self, x: Any, *args: Any, tasks: Sequence[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Return raw outputs as NumPy arrays, as `keras.Model.predict` does, for `tasks` or for all."""
        model = self if tasks is None else self.select(tasks)
        return keras.Model.predict(model, x, *args, **kwargs)  # type: ignore[no-any-return]

    def select(self, tasks: Sequence[str]) -> Self:
        """Return a model over the same layers with these tasks only; gates on other tasks fall away."""
        chosen = [self._tasks[self._known(task)] for task in tasks]
        return self._over([gated_by(task, tasks) for task in chosen])

    def with_task(
        self, task: Task, head: Any = None, *, tail: Tail | None = None, tail_group: str | None = None
    ) -> Self:
        """Return a model over the same layers with one task more.

        Args:
            task: with its classes known.
            head: a built head; a new one by default.
            tail: of the task's tail group, if the model has no such group yet.
            tail_group: the group's name, if it is not the task's `tail_group`.

        Raises:
            ConfigError: there is a task of this name already, or no tail of its group.
        """
        group = tail_group or task.tail_group
        return type(self)(
            self.trunk,
            [*self._tasks.values(), task],
            heads=self._heads if head is None else {**self._heads, task.name: head},
            tails=self._tails if tail is None else {group: tail, **self._tails},
            tail_groups={**self._tail_groups, task.name: group},
            records=self._records,
            name=self.name,
        )

    def without_task(self, task: str) -> Self:
        """Return a model over the same layers without `task`, which must be neither the last one nor a gate."""
        check_removal(self._known(task), self._tasks)
        return self._over([kept for name, kept in self._tasks.items() if name != task])

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """What was noted of each head when it was trained, by task name; see `record_head`."""
        return {task: dict(record) for task, record in self._records.items()}

    def set_record(self, task: str, record: Mapping[str, Any]) -> None:
        """Note `record` of the head of `task`; it is saved with the model."""
        self._records[self._known(task)] = dict(record)

    def get_config(self) -> dict[str, Any]:
        """Return what the model is rebuilt from; weights are saved apart."""
        return {
            "trunk": keras.saving.serialize_keras_object(self.trunk),
            "tasks": [task_to_config(task) for task in self._tasks.values()],
            "tails": {
                group: keras.saving.serialize_keras_object(tail) for group, tail in self._tails.items()
            },
            "tail_groups": self._tail_groups,
            "records": self._records,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Rebuild the model that `get_config` described, of version 0.1 too."""
        trunk = config["backbone"] if "backbone" in config else config["trunk"]
        return cls(
            keras.saving.deserialize_keras_object(trunk, custom_objects=custom_objects),
            [task_from_config(task) for task in config["tasks"]],
            tails={
                group: keras.saving.deserialize_keras_object(tail, custom_objects=custom_objects)
                for group, tail in config.get("tails", {}).items()
            },
            tail_groups=config.get("tail_groups"),
            records=config["records"],
            name=config["name"],
        )

    def save(self, filepath: str | Path, **kwargs: Any) -> None:
        """Save everything that a prediction needs as one `.keras` file, whole or not at all."""
        if Path(filepath).suffix != ".keras":
            raise ConfigError(f"A HydraNet is saved as a .keras file: received {filepath}.")
        with atomic_path(filepath) as temporary:
            super().save(temporary, **kwargs)

    @classmethod
    def load(cls, filepath: str | Path) -> Self:
        """Load a model that `save` wrote, as `keras.models.load_model` does, executing no code from the file.

        Raises:
            ModelError: the file is missing, damaged, declares far more than it holds, or holds another kind of model.
        """
        path = Path(filepath)
        if not path.is_file():
            raise ModelError(
                f"There is no model file {path}: expected one that `hydranet train` has written."
            )
        try:
            with bounded(path):
                model = keras.models.load_model(path, safe_mode=True, compile=False)
        except HydraNetError:
            raise
        except Exception as error:  # zip, HDF5, JSON: a damaged file fails in many ways
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(f"{path} is damaged or not a Keras model: {reason}") from error
        if not isinstance(model, cls):
            raise ModelError(f"{path} holds a {type(model).__name__}: expected a HydraNet.")
        return model

    def _over(self, tasks: Sequence[Task]) -> Self:
        return type(self)(
            self.trunk,
            tasks,
            heads=self._heads,
            tails=self._tails,
            tail_groups=self._tail_groups,
            records=self._records,
            name=self.name,
        )

    def _known(self, task: str) -> str:
        if task not in self._tasks:
            raise ConfigError(unknown_name("task", task, self._tasks))
        return task
