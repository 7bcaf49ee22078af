"""Pictures that are there twice, or nearly: what was measured on them may be too good."""

from collections.abc import Mapping, Sequence

from hydranet.evaluation import Assessment, Twin, contradicts, leaks, look_alikes
from hydranet.report._gallery import example_tile, read_images
from hydranet.report._page import Table, Tile
from hydranet.runs import Run

_MOST_LOOK_ALIKES, _MOST_DUPLICATES = 8, 50


def duplicates_summary(groups: Sequence[tuple[Twin, ...]]) -> str:
    """Return in one sentence how many pictures are there more than once, and what that may spoil."""
    if not groups:
        return "No picture is there twice."
    num_leaking, num_contradicting = sum(map(leaks, groups)), sum(map(contradicts, groups))
    summary = f"{len(groups)} pictures are there more than once"
    if num_leaking:
        summary += f"; {num_leaking} in training and in another split, so what was measured is too good"
    if num_contradicting:
        summary += f"; {num_contradicting} with two different labels"
    return f"{summary}."


def duplicates_table(groups: Sequence[tuple[Twin, ...]]) -> Table:
    """Return where each picture stands that is there more than once."""
    rows = [
        [number, twin.task, twin.split, twin.label, twin.name]
        for number, twins in enumerate(groups[:_MOST_DUPLICATES], start=1)
        for twin in twins
    ]
    return Table(["picture", "task", "split", "label", "file"], rows)


def look_alike_tiles(run: Run, assessments: Mapping[str, Assessment]) -> list[Tile]:
    """Return pairs of a training picture and a measured one that look much alike."""
    tiles = []
    for alike in look_alikes(run, assessments, _MOST_LOOK_ALIKES):
        for twin in (alike.first, alike.second):
            [images] = read_images(run, twin.dataset, [twin.row])
            tiles.append(
                example_tile(
                    images,
                    twin.name,
                    (f"{twin.task}: {twin.label}", f"{twin.split}, similarity {alike.similarity:.3f}"),
                )
            )
    return tiles
