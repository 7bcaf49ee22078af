"""Pictures of a report: those that went wrong, those that a head is unsure of, samples of each class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hydranet.data import Dataset, Reader, join_datasets, read_examples
from hydranet.evaluation import Assessment, GradCam, Notable, Sample, augmented
from hydranet.report._page import Tile
from hydranet.report._thumbnails import heat_layer, lay_over, thumbnail
from hydranet.runs import Run
from hydranet.tasks import Task

# The longer side of a small picture, in pixels.
_TILE_SIZE = 120
# Pictures of an example.
_MOST_SIDE_BY_SIDE = 8


@dataclass(frozen=True)
class Gallery:
    """Tiles with a title.

    Args:
        title: what they have in common.
        tiles: in the order in which they are shown.
        note: how they were chosen.
        folded: whether they are shown only when asked for.
    """

    title: str
    tiles: Sequence[Tile]
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class HeadsGrid:
    """Some pictures, each under every head.

    Args:
        tasks: names of the columns.
        rows: one tile per task.
    """

    tasks: Sequence[str]
    rows: Sequence[Sequence[Tile]]


def notable_tiles(
    run: Run, assessment: Assessment, notables: Sequence[Notable], grad_cam: GradCam
) -> list[Tile]:
    """Return pictures with their label, the head's answer, and what it looked at.

    Where answers are drawn, a picture comes twice: under the answer, and beside it under the label.
    """
    if not notables:
        return []
    dataset, task = assessment.dataset, assessment.task
    rows = [notable.row for notable in notables]
    images = read_images(run, dataset, rows)
    activated, targets = task.activate(assessment.outputs[rows]), task.targets(assessment.labels[rows])
    columns = np.array([notable.column for notable in notables])
    heats = {} if draws(task, activated) else _heats(grad_cam, images, {task.name: columns})
    return [
        example_tile(
            _drawn(task, images[place], activated[place], targets[place]),
            dataset.name(notable.row),
            (_said(notable), f"is {notable.truth}"),
            heats[task.name][place] if heats else None,
        )
        for place, notable in enumerate(notables)
    ]


def sample_tiles(task: Task, samples: Iterable[Sample]) -> list[Tile]:
    """Return training pictures with their class, and with their label where it can be drawn."""
    return [
        example_tile(_drawn(task, sample.images, sample.target), sample.example.name(0), (sample.label,))
        for sample in samples
    ]


def augmented_tiles(run: Run, task: Task, samples: Iterable[Sample], limit: int) -> list[Tile]:
    """Return each sample as it is and as training has seen it changed; none if training changes nothing."""
    tiles = []
    for sample in samples:
        views = augmented(run, sample, limit)
        for number, view in enumerate(views if len(views) > 1 else ()):
            line = f"view {number}" if number else sample.label
            drawn = _drawn(task, view.images, view.target)
            tiles.append(example_tile(drawn, sample.example.name(0), (line,)))
    return tiles


def heads_grid(
    run: Run, assessments: Sequence[Assessment], grad_cam: GradCam, *, most_pictures: int, most_tasks: int
) -> HeadsGrid:
    """Return some of the measured pictures of every task, each under the heads of all tasks, in one pass."""
    shown = assessments[:most_tasks]
    names = [assessment.task.name for assessment in shown]
    chosen = _spread(shown, most_pictures)
    outputs = _outputs(run, chosen, names)
    images = read_images(run, chosen, range(len(chosen)))
    tasks = {name: run.model.tasks[name] for name in names}
    answers = {name: tasks[name].decode(values, top_k=1) for name, values in outputs.items()}
    scores = {name: tasks[name].scores(values) for name, values in outputs.items()}
    drawn = {name: tasks[name].activate(values) for name, values in outputs.items()}
    heats = _heats(
        grad_cam,
        images,
        {
            name: values.reshape(len(values), -1, values.shape[-1]).mean(axis=1).argmax(axis=1)
            for name, values in scores.items()
            if not draws(tasks[name], drawn[name])
        },
    )
    rows = []
    for place, example in enumerate(images):
        rows.append(
            [
                example_tile(
                    _drawn(tasks[name], example, drawn[name][place]),
                    chosen.name(place),
                    (str(answers[name][place]),),
                    heats[name][place] if name in heats else None,
                )
                for name in names
            ]
        )
    return HeadsGrid(names, rows)


def read_images(run: Run, dataset: Dataset, rows: Sequence[int]) -> np.ndarray:
    """Return the pixels of examples: float32 `(num_rows, *example_shape, height, width, 3)`.

    Where an example has many pictures, they are some, from the first to the last, in a row.
    """
    with Reader(run.model.trunk.image_size) as reader:
        examples = read_examples(reader, dataset.thinned(_MOST_SIDE_BY_SIDE), rows, errors=())
        return np.stack([images for images in examples if isinstance(images, np.ndarray)])


def _outputs(run: Run, dataset: Dataset, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what the heads of tasks give for examples, one at a time, since each may have a hundred pictures."""
    given: dict[str, list[np.ndarray]] = {name: [] for name in names}
    with Reader(run.model.trunk.image_size) as reader:
        for images in read_examples(reader, dataset, range(len(dataset)), errors=()):
            outputs = run.model(np.asarray(images)[None], tasks=list(names))
            for name in names:
                given[name].append(np.asarray(outputs[name]))
    return {name: np.concatenate(outputs) for name, outputs in given.items()}


def draws(task: Task, activated: np.ndarray) -> bool:
    """Tell whether a task draws its answers; `activated` holds some of them: `(batch, *output_shape)`."""
    return task.draw(activated[0]) is not None


def example_tile(
    images: np.ndarray, name: str, lines: tuple[str, ...], heat: np.ndarray | None = None
) -> Tile:
    """Return an example as a tile, its pictures side by side.

    Args:
        images: float32 `(*example_shape, height, width, 3)`, values in [0, 255]; arrays of features are not shown.
        name: of the pictures.
        lines: under it.
        heat: float32 `(map_height, map_width)`, what a head looks at, of a single picture.
    """
    if images.ndim < 3 or images.shape[-1] != 3:  # features that were computed before
        return Tile("", name, lines)
    pictures = images.reshape(-1, *images.shape[-3:])
    whole, num_pictures = np.concatenate(pictures, axis=1), len(pictures)
    return Tile(
        thumbnail(whole, size=_TILE_SIZE * num_pictures),
        name,
        lines,
        None if heat is None else heat_layer(heat),
        num_pictures,
    )


def _heats(grad_cam: GradCam, images: np.ndarray, tasks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the heat maps of the tasks that have any."""
    possible = {name: each for name, each in tasks.items() if name in grad_cam.available}
    return grad_cam(images, possible) if possible else {}


def _spread(assessments: Sequence[Assessment], count: int) -> Dataset:
    """Return `count` examples, as many of each task, from all over its classes."""
    share = max(count // len(assessments), 1)
    datasets = [assessment.dataset for assessment in assessments[:count]]
    return join_datasets(
        [
            dataset.select(np.linspace(0, len(dataset) - 1, share + 2)[1:-1].astype(int))
            for dataset in datasets
        ]
    )


def _drawn(task: Task, images: np.ndarray, *activated: np.ndarray | None) -> np.ndarray:
    """Return a picture under each of some answers, or as it is where the task draws none: one array, side by side."""
    drawn = [task.draw(each) for each in activated if each is not None]
    drawings = [drawing for drawing in drawn if drawing is not None]
    return np.stack([lay_over(images, drawing) for drawing in drawings]) if drawings else images


def _said(notable: Notable) -> str:
    sure = "" if notable.confidence is None else f" {notable.confidence:.0%}"
    return f"{notable.prediction}{sure}" + (f", on {notable.share:.0%} of it" if notable.share < 1 else "")
