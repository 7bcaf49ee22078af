"""Pictures of a report: those that went wrong, those that a head is unsure of, samples of each class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hydranet.data import Picture, Reader, Wanted
from hydranet.evaluation import Assessment, GradCam, Notable, Sample, augmented
from hydranet.report._page import Tile
from hydranet.report._thumbnails import heat_layer, thumbnail
from hydranet.runs import Run


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
    """Return pictures with their label, the head's answer, and what it looked at."""
    if not notables:
        return []
    dataset, name = assessment.dataset, assessment.task.name
    pictures = [dataset.pictures[notable.row] for notable in notables]
    hashes = dataset.hashes[[notable.row for notable in notables]]
    images = read_images(run, pictures, hashes)
    heats = _heats(grad_cam, images, {name: np.array([notable.column for notable in notables])}).get(name)
    return [
        Tile(
            thumbnail(image),
            picture.name,
            (_said(notable), f"is {notable.truth}"),
            None if heats is None else heat_layer(heats[place]),
        )
        for place, (image, picture, notable) in enumerate(zip(images, pictures, notables, strict=True))
    ]


def sample_tiles(samples: Iterable[Sample]) -> list[Tile]:
    """Return training pictures with their class."""
    return [Tile(thumbnail(sample.image), sample.picture.name, (sample.label,)) for sample in samples]


def augmented_tiles(run: Run, samples: Iterable[Sample], limit: int) -> list[Tile]:
    """Return each sample as it is and as training has seen it changed; none if training changes nothing."""
    tiles = []
    for sample in samples:
        views = augmented(run, sample, limit)
        for number, image in enumerate(views if len(views) > 1 else ()):
            line = f"view {number}" if number else sample.label
            tiles.append(Tile(thumbnail(image), sample.picture.name, (line,)))
    return tiles


def heads_grid(
    run: Run, assessments: Sequence[Assessment], grad_cam: GradCam, *, most_pictures: int, most_tasks: int
) -> HeadsGrid:
    """Return some of the measured pictures of every task, each under the heads of all tasks, in one pass."""
    shown = assessments[:most_tasks]
    names = [assessment.task.name for assessment in shown]
    chosen = _spread(shown, most_pictures)
    images = read_images(run, *chosen)
    outputs = {name: np.asarray(values) for name, values in run.model(images, tasks=names).items()}
    tasks = {name: run.model.tasks[name] for name in names}
    answers = {name: tasks[name].decode(values, top_k=1) for name, values in outputs.items()}
    scores = {name: tasks[name].scores(values) for name, values in outputs.items()}
    heats = _heats(grad_cam, images, {name: values.argmax(axis=1) for name, values in scores.items()})
    rows = []
    for place, (image, picture) in enumerate(zip(images, chosen[0], strict=True)):
        small = thumbnail(image)
        rows.append(
            [
                Tile(
                    small,
                    picture.name,
                    (str(answers[name][place]),),
                    heat_layer(heats[name][place]) if name in heats else None,
                )
                for name in names
            ]
        )
    return HeadsGrid(names, rows)


def read_images(run: Run, pictures: Sequence[Picture], hashes: np.ndarray) -> np.ndarray:
    """Return the pixels of pictures: float32 `(num_pictures, height, width, 3)`."""
    with Reader(run.model.backbone.image_shape[:2]) as reader:
        return np.stack([image for [image] in reader.read(map(Wanted, pictures, hashes))])


def _heats(grad_cam: GradCam, images: np.ndarray, tasks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the heat maps of the tasks that have any."""
    possible = {name: each for name, each in tasks.items() if name in grad_cam.available}
    return grad_cam(images, possible) if possible else {}


def _spread(assessments: Sequence[Assessment], count: int) -> tuple[list[Picture], np.ndarray]:
    """Return `count` pictures and their hashes, as many of each task, from all over its classes."""
    pictures, hashes = [], []
    for assessment in assessments[:count]:
        dataset, share = assessment.dataset, max(count // len(assessments), 1)
        for row in np.linspace(0, len(dataset) - 1, share + 2)[1:-1].astype(int):
            pictures.append(dataset.pictures[row])
            hashes.append(dataset.hashes[row])
    return pictures, np.stack(hashes)


def _said(notable: Notable) -> str:
    return notable.prediction + ("" if notable.confidence is None else f" {notable.confidence:.0%}")
