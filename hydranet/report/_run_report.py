"""The report of a run: one self-contained page of what was trained, how good it is, and what went wrong."""

import logging
from collections.abc import Mapping
from pathlib import Path

from hydranet.charts import Bar, bar_chart
from hydranet.config import experiment_to_yaml
from hydranet.data import PICTURES, LoadedSplits
from hydranet.errors import ConfigError, DataError
from hydranet.evaluation import (
    Assessment,
    GradCam,
    assess,
    class_balance,
    exact_duplicates,
)
from hydranet.report._gallery import heads_grid
from hydranet.report._page import Chart, Table, render_page, write_page
from hydranet.report._summary import is_own, summary
from hydranet.report._task_section import TaskSection, task_section
from hydranet.report._twins import duplicates_summary, duplicates_table, look_alike_tiles
from hydranet.runs import Run, add_report
from hydranet.training import Audit

# What keeps a page of many tasks small: pictures in the galleries of all tasks together, and in one at most.
_MOST_TILES, _MOST_TILES_OF_A_GALLERY = 300, 12
_MOST_GRID_PICTURES = _MOST_GRID_TASKS = 6
# A class balance of more classes shows the rarest and the most frequent ones.
_MOST_BARS = 20

_log = logging.getLogger(__name__)


def write_report(
    run: Run,
    path: Path | str | None = None,
    *,
    assessments: Mapping[str, Assessment] | None = None,
    audits: Mapping[str, Audit] | None = None,
) -> Path:
    """Write the report of a run, and return where it is.

    A page for a browser that loads nothing from elsewhere: each task's metrics with their intervals, learning curves,
    confusion matrix, precision and recall, calibration, ROC curve, the pictures that went wrong and what the head
    looked at (Grad-CAM), samples, duplicates, and what ran.

    Args:
        run: trained.
        path: of the page; `report.html` in the run's folder by default.
        assessments: by task name, what the page shows, when it is not the run's own validation split; see `assess`.
        audits: by task name, labels that are probably wrong, to be shown too; see `audit`.

    Raises:
        BusyError: the run is being changed, or has been since it was opened.
        HydraNetError: the pictures are not where they were.

    Example:
        >>> from hydranet import Run, write_report
        >>> write_report(Run("runs/quickstart")).name
        'report.html'
    """
    assessments = assess_known(run) if assessments is None else assessments
    grad_cam = GradCam(run.model)
    history = run.history
    most_tiles = min(_MOST_TILES // (2 * max(len(assessments), 1)), _MOST_TILES_OF_A_GALLERY)
    sections = [
        task_section(
            run,
            assessment,
            grad_cam,
            [row for row in history if row["task"] == name],
            most_tiles,
            (audits or {}).get(name),
        )
        for name, assessment in assessments.items()
    ]
    grid = None
    if len(assessments) > 1 and run.model.backbone.reads == PICTURES:
        grid = heads_grid(
            run,
            list(assessments.values()),
            grad_cam,
            most_pictures=_MOST_GRID_PICTURES,
            most_tasks=_MOST_GRID_TASKS,
        )
    duplicates = exact_duplicates(assessments)
    report = {
        "name": run.folder.resolve().name,
        "subtitle": _subtitle(run),
        "summary": summary(run, assessments),
        "sections": sections,
        "heads_grid": grid,
        "has_heat": any(map(_has_heat, sections)),
        "backbone": run.experiment.backbone.label,
        "balance": [_balance_chart(name, each) for name, each in assessments.items() if each.task.classes],
        "duplicates_summary": duplicates_summary(duplicates),
        "duplicates": duplicates_table(duplicates),
        "look_alikes": look_alike_tiles(run, assessments),
        "notes": [
            *_not_trained(run),
            *_not_shown(run),
            *((name, note) for name, each in assessments.items() for note in each.notes),
        ],
        "bad_images": _bad_images(run, assessments),
        "counts": _counts(run),
        "timing": _timing_chart(run),
        "versions": list(run.metrics["versions"].items()),
        "config": experiment_to_yaml(run.experiment),
    }
    if path is None:
        return add_report(run.contents, render_page("run.html", report=report))
    return write_page(Path(path), "run.html", report=report)


def _has_heat(section: TaskSection) -> bool:
    return any(tile.heat for gallery in section.galleries for tile in gallery.tiles)


def assess_known(run: Run, listed: Mapping[str, LoadedSplits] | None = None) -> dict[str, Assessment]:
    """Return what the heads say about their validation splits.

    Tasks that came without data are left out, and so are, with a warning, those whose pictures are not where they were.

    Args:
        run: trained.
        listed: the pictures of tasks that are listed already, by task name; see `assess`.

    Raises:
        HydraNetError: none is left.
    """
    names = [name for name, task in run.experiment.tasks.items() if task.data is not None]
    try:
        return assess(run, tasks=names, listed=listed)
    except (ConfigError, DataError) as error:
        found: dict[str, Assessment] = {}
        for name in names:
            try:
                found |= assess(run, tasks=[name], listed=listed)
            except (ConfigError, DataError) as reason:
                _log.warning("The report leaves out %s: %s", name, reason)
        if not found:
            raise error
        return found


def _not_trained(run: Run) -> list[tuple[str, str]]:
    """Say which heads came trained, and whether there are pictures to measure them on."""
    came = {name: task.data for name, task in run.experiment.tasks.items() if not task.head.is_trained}
    return [
        (name, "Its head came trained" + ("." if data else ", and it has no data to be measured on."))
        for name, data in came.items()
    ]


def _not_shown(run: Run) -> list[tuple[str, str]]:
    """Say why a page has no pictures, if the run reads none."""
    backbone = run.model.backbone
    if backbone.reads == PICTURES:
        return []
    return [
        (name, f"Its examples are {backbone.reads}, so no pictures are shown.") for name in run.model.tasks
    ]


def _subtitle(run: Run) -> str:
    backbone = run.experiment.backbone
    return f"{len(run.model.tasks)} heads on one {backbone.describe()}, seed {run.experiment.seed}"


def _balance_chart(name: str, assessment: Assessment) -> Chart:
    balance = class_balance(assessment.task, assessment.splits)
    splits = list(assessment.splits)
    ordered = sorted(balance.items(), key=lambda item: -item[1].get("train", 0))
    note = ""
    if len(ordered) > _MOST_BARS:
        half = _MOST_BARS // 2
        note = f"Of {len(ordered)} classes, the {half} most frequent and the {half} rarest."
        ordered = [*ordered[:half], *ordered[-half:]]
    bars = [Bar(label, tuple(float(counts.get(split, 0)) for split in splits)) for label, counts in ordered]
    return Chart(
        name, bar_chart(bars, title=f"{name}: pictures per class", x_label="pictures", series=splits), note
    )


def _bad_images(run: Run, assessments: Mapping[str, Assessment]) -> list[str]:
    """Return why each picture could not be read: of the assessed splits, and of what the run was trained on."""
    trained = [
        line
        for name, each in assessments.items()
        if is_own(run, name, each)
        for line in run.metrics["tasks"][name].get("bad_images", ())
    ]
    return sorted({*trained, *(line for each in assessments.values() for line in each.bad_images)})


def _counts(run: Run) -> Table:
    pictures = run.metrics["pictures"]
    return Table(
        ["", "count"],
        [
            [name.removeprefix("num_").replace("_", " "), count]
            for name, count in pictures.items()
            if name != "bad_images"
        ],
    )


def _timing_chart(run: Run) -> Chart:
    timing = run.metrics["timing"]
    bars = [Bar(name.removesuffix("_s").replace("_", " "), (seconds,)) for name, seconds in timing.items()]
    total = sum(timing.values())
    title = "Time per stage"
    return Chart(
        title, bar_chart(bars, title=title, x_label="seconds", series=["seconds"]), f"{total:.1f} s in all."
    )
