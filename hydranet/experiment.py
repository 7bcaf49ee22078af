"""A whole run as data: frozen, and each part checks its own ranges."""

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from hydranet.backbones import Backbone, default_backbone
from hydranet.data import PICTURES, Augmentation, Motions, check_gives
from hydranet.domains import Domain
from hydranet.engines import AUTO, ENGINES
from hydranet.errors import ConfigError
from hydranet.fine_tuning import FineTuning, GradientSteps
from hydranet.settings import (
    KeyIs,
    NonNegativeFloat,
    NonNegativeInt,
    OneOf,
    OneOrSeveral,
    PathMark,
    PathText,
    PositiveFloat,
    PositiveInt,
    Settings,
)
from hydranet.tasks import FROZEN, Task, check_gates

EngineName = Annotated[str, OneOf(lambda: [AUTO, *ENGINES])]


@dataclass(frozen=True, kw_only=True)
class FeaturesConfig(Settings):
    """How the backbone's outputs are stored.

    Args:
        dir: the folder of the store, shared by all runs; where not given, `$HYDRANET_FEATURES_DIR`, or else
            `~/.cache/hydranet/features`.
        dtype: `float32`, or `float16` for half the disk and about three digits.
        batch_size: how many pictures go through the backbone at once.
        engine: what computes them: one of `hydranet.engines.ENGINES`, which differ by rounding and whose features are
            kept apart. `auto` is LiteRT, about twice as fast as TensorFlow; or TensorFlow where that has a GPU, LiteRT
            is not installed, or the two disagree.

    Example:
        >>> FeaturesConfig(dir="/data/features", dtype="float16").batch_size
        32
    """

    dir: PathText | None = None
    dtype: Literal["float32", "float16"] = "float32"
    batch_size: PositiveInt = 32
    engine: EngineName = AUTO


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(GradientSteps):
    """How heads are trained. Linear ones need none of it but `l2`: they are brought to their optimum.

    Args:
        l2: penalty on a linear head's weights; where not given, chosen on a part of the training split.
        learning_rate: of the others, which are trained by gradient, as are all fields that follow.
        optimizer: see `GradientSteps`, as `momentum` and `weight_decay`.
        batch_size: examples in one step.
        max_epochs: the most epochs.
        patience: epochs without a lower held-out loss after which a training stops; the best weights are kept.

    Example:
        >>> TrainingConfig(l2=0.01).l2
        0.01
    """

    l2: NonNegativeFloat | None = None
    learning_rate: PositiveFloat = 1e-3
    batch_size: PositiveInt = 64
    max_epochs: PositiveInt = 100
    patience: PositiveInt = 10


@dataclass(frozen=True, kw_only=True)
class Experiment(Settings):
    """A whole run as data.

    Args:
        tasks: by name.
        backbone: the network that all tasks share.
        features: how its outputs are stored.
        augmentation: changed copies of the training pictures; none by default.
        training: how the heads are trained on the frozen backbone, which always comes first.
        fine_tuning: the phases that follow, in which its top is trained with the heads; none by default.
        domain: unlabelled pictures of another domain, such as another camera, which the heads are for; none by default.
        folds: into how many parts, at least 2, the training and validation pictures of each task are divided, each of
            which is judged by a head that the others train: the figure "out of fold", on all of them. 0 for none; where
            not given, five for a task of which fewer than 50 pictures validate, and nobody has chosen those; none for
            one whose labels say where something is.
        plugins: modules or `.py` files that register tasks or Keras layers; they are imported.
        skip_bad_images: whether pictures that can't be decoded are left out and counted, or stop the run.
        seed: of everything that is drawn at random.

    Example:
        >>> from hydranet import Folder, SingleLabel
        >>> experiment = Experiment(tasks={"shoes": SingleLabel(name="shoes", data=Folder("pictures/shoes"))})
        >>> experiment.backbone.label, experiment.training.max_epochs
        ('MobileNetV2', 100)
    """

    tasks: Annotated[dict[str, Task], KeyIs("name")]
    backbone: Backbone = field(default_factory=default_backbone)
    features: FeaturesConfig = field(default_factory=FeaturesConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    fine_tuning: Annotated[tuple[FineTuning, ...], OneOrSeveral()] = ()
    domain: Domain | None = None
    folds: NonNegativeInt | None = None
    plugins: tuple[Annotated[str, PathMark(suffix=".py")], ...] = ()
    skip_bad_images: bool = False
    seed: NonNegativeInt = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_own_tails(self.tasks)
        check_gates(self.tasks)
        _check_example_shapes(self.tasks)
        if self.augmentation.alike is None:
            alike = dataclasses.replace(self.augmentation, alike=bool(self.example_shape))
            object.__setattr__(self, "augmentation", alike)
        _check_backbone(self)
        _check_reading(self)
        _check_folds(self)
        _check_domain(self)

    @property
    def features_read(self) -> tuple[str, ...]:
        """The features that the heads may read, in the order of the backbone."""
        return self.backbone.in_order(
            name for task in self.tasks.values() for name in self.backbone.read_by(task.head)
        )

    @property
    def features_tuned(self) -> tuple[str, ...]:
        """The features under which fine-tuning counts blocks: of joined ones, the part made of the last map."""
        return self.backbone.in_order(
            self.backbone.parts(self.backbone.feature_of(task.head))[-1] for task in self.tasks.values()
        )

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How the pictures of one example are arranged, of all tasks alike: `()` for a single one."""
        return next(iter(_example_shapes(self.tasks).values()), ())

    @property
    def motions(self) -> Motions:
        """How the views of training pictures are moved, and with them labels that say where something is."""
        height, width, _ = self.backbone.image_shape
        return Motions((height, width), self.augmentation, self.seed)

    def without(self, task: str) -> Self:
        """Return the same without a task, and without the labelled pictures of its domain."""
        tasks = {name: each for name, each in self.tasks.items() if name != task}
        return dataclasses.replace(self, tasks=tasks, domain=self.domain and self.domain.of(tasks))

    def alone(self, task: str) -> Self:
        """Return the same with one task, without its gate."""
        tasks = {task: dataclasses.replace(self.tasks[task], when={})}
        return dataclasses.replace(self, tasks=tasks, domain=self.domain and self.domain.of(tasks))

    def skipping(self, skip_bad_images: bool) -> Self:
        """Return the same, in which bad pictures are left out if that is said here or was before."""
        return dataclasses.replace(self, skip_bad_images=skip_bad_images or self.skip_bad_images)


def only_trained(experiment: Experiment) -> Experiment:
    """Return what a training makes: the tasks whose heads do not come trained, without their gates.

    Raises:
        ConfigError: all come trained.
    """
    tasks = {
        name: dataclasses.replace(task, when={})
        for name, task in experiment.tasks.items()
        if task.head.is_trained
    }
    if len(tasks) == len(experiment.tasks):
        return experiment
    if not tasks:
        raise ConfigError("There is nothing to train: the heads of all tasks come trained.")
    return dataclasses.replace(experiment, tasks=tasks)


def _check_own_tails(tasks: dict[str, Task]) -> None:
    for name, task in tasks.items():
        named = [other for other in tasks if other != name and tasks[other].tail_group == task.tail_group]
        if task.tail == "own" and (named or name in {"shared", FROZEN}):
            raise ConfigError(
                f"The task {name!r} can't have a tail of its own, because a tail that others may share has this name "
                f"({', '.join(named) or 'by default'}): use another name."
            )


def _example_shapes(tasks: dict[str, Task]) -> dict[str, tuple[int, ...]]:
    return {name: task.data.example_shape for name, task in tasks.items() if task.data is not None}


def _check_example_shapes(tasks: dict[str, Task]) -> None:
    shapes = _example_shapes(tasks)
    if len(set(shapes.values())) > 1:
        received = ", ".join(f"{shape} of {name!r}" for name, shape in shapes.items())
        raise ConfigError(
            f"All tasks of one model need examples of one shape: received {received}. Train one model for each shape."
        )
    for name, shape in shapes.items():
        if shape and tasks[name].labels_move:
            raise ConfigError(
                f"The labels of {name!r} are about places in one picture: received examples of shape {shape}, "
                "expected ()."
            )


def _check_backbone(experiment: Experiment) -> None:
    backbone = experiment.backbone
    for name, task in experiment.tasks.items():
        try:
            backbone.feature_of(task.head)
        except ConfigError as error:
            raise ConfigError(f"tasks.{name}.head.feature: {error}") from error
    if experiment.fine_tuning and not backbone.has_cuts:
        raise ConfigError(
            f"fine_tuning: the backbone {backbone.label} is frozen only: leave `fine_tuning` out, or use another one."
        )


def _check_reading(experiment: Experiment) -> None:
    backbone = experiment.backbone
    for name, task in experiment.tasks.items():
        if task.data is not None:
            check_gives(name, task.data, backbone.reads)
    if backbone.reads != PICTURES and experiment.augmentation.views > 1:
        raise ConfigError(
            f"augmentation: changes pictures, and the backbone {backbone.label} reads {backbone.reads}: leave it out, "
            "or compute features of changed pictures too."
        )


def _check_folds(experiment: Experiment) -> None:
    if experiment.folds == 1:
        raise ConfigError("folds must be at least 2, or 0 for none: received 1.")
    if experiment.folds and experiment.fine_tuning:
        raise ConfigError(
            f"folds: received {experiment.folds} with fine_tuning, in which the pictures of every fold train the "
            "layers under all heads: leave one of them out."
        )


def _check_domain(experiment: Experiment) -> None:
    if experiment.domain is None:
        return
    for given, why in (
        (experiment.fine_tuning, "fine_tuning: its steps would take back what was adapted to the domain"),
        (experiment.folds, "folds: they would judge heads by pictures of the other domain"),
        (experiment.example_shape, "examples of several pictures"),
        (experiment.backbone.reads != PICTURES, "a backbone that reads no pictures"),
    ):
        if given:
            raise ConfigError(f"domain: it can't be had with {why}. Leave one of them out.")
    for name, task in experiment.tasks.items():
        for method in experiment.domain.method if task.head.is_trained else ():
            if method.folds and not task.head.is_linear:
                raise ConfigError(
                    f"domain.method: {method.kind} is folded into a linear head, and that of {name!r} is none "
                    f"({task.head.kind}): give it `head: linear`, or use another method."
                )
