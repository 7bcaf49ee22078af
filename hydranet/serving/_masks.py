"""Maps of classes as PNG files: much smaller than rows of numbers, and ready to be laid over a picture."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from hydranet.errors import ConfigError, ModelError
from hydranet.serving._questions import Row
from hydranet.tasks import Prediction, Task, mask_image

PNG = "image/png"


def wants_png(request: Request) -> bool:
    """Tell whether a client wants a PNG file before all else."""
    return request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower() == PNG


def with_mask(prediction: Prediction, task: Task) -> dict[str, Any]:
    """Return a prediction in JSON types, its map of classes as `mask`, a PNG file in base64."""
    data = prediction.as_data()
    if _has_mask(prediction, task):
        del data["map"]
        data["mask"] = base64.b64encode(_png(prediction, task)).decode()
    return data


def only_mask(rows: Sequence[Row], tasks: Mapping[str, Task]) -> bytes:
    """Return the one map of classes in the answers as a PNG file.

    Raises:
        HTTPException: 406, there is none, or several; 404, a task was removed meanwhile; 500, a head has failed.
    """
    found = [
        (prediction, tasks[name])
        for row in rows
        for name in row.answers.wanted(row.place)
        if (prediction := _prediction(row, name)) is not None and name in tasks
        if _has_mask(prediction, tasks[name])
    ]
    if len(found) != 1:
        raise HTTPException(
            406,
            f"There are {len(found)} maps of classes to answer with: expected one for {PNG}. Ask about one picture and "
            "one task that has one, `tasks=NAME`, or for JSON, `masks=png`.",
        )
    return _png(*found[0])


def _prediction(row: Row, name: str) -> Prediction | None:
    try:
        return row.answers.prediction(name, row.place)
    except ConfigError as error:
        raise HTTPException(404, str(error)) from error
    except ModelError as error:
        raise HTTPException(500, str(error)) from error


def _has_mask(prediction: Prediction, task: Task) -> bool:
    return prediction.map is not None and bool(task.classes)


def _png(prediction: Prediction, task: Task) -> bytes:
    file = io.BytesIO()
    assert prediction.map is not None
    mask_image(prediction.map, len(task.classes)).save(file, "PNG")
    return file.getvalue()
