"""What an audit has found, in pictures."""

import numpy as np

from hydranet.evaluation import GradCam
from hydranet.report._gallery import Gallery, example_tile, notable_tiles, read_images
from hydranet.report._page import Tile
from hydranet.runs import Run
from hydranet.training import Audit

_MOST_SHOWN = 10


def audit_galleries(run: Run, audit: Audit, grad_cam: GradCam) -> list[Gallery]:
    """Return the most suspicious labels of a task, and the pictures least like its others.

    Args:
        run: that was audited.
        audit: of the task.
        grad_cam: of the run's model.
    """
    suspects = audit.suspects[:_MOST_SHOWN]
    return [
        Gallery(
            "Labels that are probably wrong",
            notable_tiles(run, audit.assessment, suspects, grad_cam),
            f"The {len(suspects)} most suspicious of {len(audit.assessment.dataset)}: what a head says that was "
            "trained on other pictures, and what the label says.",
        ),
        Gallery(
            "Least like the others",
            _unusual_tiles(run, audit),
            "How unusual each is beside the others, from 0 to 1.",
        ),
    ]


def _unusual_tiles(run: Run, audit: Audit) -> list[Tile]:
    dataset = audit.assessment.dataset
    rows = [row for row in np.argsort(-audit.unusual)[:_MOST_SHOWN].tolist() if audit.unusual[row] >= 0]
    images = read_images(run, dataset, rows) if rows else ()
    return [
        example_tile(image, dataset.name(row), (f"unusual {audit.unusual[row]:.3f}",))
        for row, image in zip(rows, images, strict=True)
    ]
