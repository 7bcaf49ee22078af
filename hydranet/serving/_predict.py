"""`POST /predict` and `GET /tasks`: pictures in, decoded answers out."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hydranet.errors import ConfigError, ModelError
from hydranet.serving._bodies import content_type
from hydranet.serving._masks import PNG, only_mask, wants_png, with_mask
from hydranet.serving._questions import Row
from hydranet.serving._service import service_of
from hydranet.tasks import Task, describe_gate

_MAX_TOP_K = 1000
_MASKS = ("numbers", "png")
# The last is what curl says of whatever it sends with --data-binary.
_BYTES = {"", "application/octet-stream", "application/x-www-form-urlencoded"}


class _Query(NamedTuple):
    tasks: tuple[str, ...] | None = None
    top_k: int = 5
    masks: str = "numbers"  # how maps of classes are given


class _Pictures(NamedTuple):
    contents: list[bytes]
    names: list[str] | None = None  # of the files of a form


async def predict(request: Request) -> Response:
    """Answer about the picture in the body, or about each file of a form, or as many of them as an example has."""
    start = time.perf_counter()
    service = service_of(request)
    query = _parse_query(request.scope["query_string"])
    service.check(query.tasks, 1)
    async with service.bodies.hold(request) as limited:
        pictures = await _read_pictures(limited, service.limits.max_queue)
        names = [", ".join(each) for each in service.examples(pictures.names)] if pictures.names else None
        rows = await service.ask(request, pictures.contents, query.tasks, names)
    if wants_png(request):
        mask = only_mask(rows, service.predictor.tasks)
        service.answered(list(rows[0].answers.wanted(rows[0].place)), start)
        return Response(mask, media_type=PNG)
    tasks = service.predictor.tasks if query.masks == "png" else {}
    answers = [_answer(row, query.top_k, tasks) for row in rows]
    if len(answers) == 1:
        content = answers[0]
    else:
        content = {
            "results": [{"image": name, **answer} for name, answer in zip(names or (), answers, strict=True)]
        }
    service.answered(list(answers[0]["predictions"]), start)
    return JSONResponse(content)


async def tasks(request: Request) -> Response:
    """Describe every task."""
    known = service_of(request).predictor.tasks
    return JSONResponse({"tasks": [_describe(task, known) for task in known.values()]})


ROUTES = [Route("/predict", predict, methods=["POST"]), Route("/tasks", tasks)]


def _describe(task: Task, tasks: Mapping[str, Task]) -> dict[str, Any]:
    return {"name": task.name, **task.describe(), **describe_gate(task, tasks)}


@lru_cache(256)
def _parse_query(query: bytes) -> _Query:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=3, errors="strict")
    except ValueError as error:
        raise HTTPException(400, f"The query {query!r} can't be read: {error}") from error
    values = dict(pairs)
    if unknown := values.keys() - set(_Query._fields):
        raise HTTPException(
            400,
            f"Unknown parameter {unknown.pop()!r}: expected tasks=A,B, top_k=N and masks=png, all optional.",
        )
    top_k = values.get("top_k", "5")
    if not (top_k.isascii() and top_k.isdigit() and len(top_k) <= 4 and 1 <= int(top_k) <= _MAX_TOP_K):
        raise HTTPException(400, f"top_k={top_k!r}: expected a whole number from 1 to {_MAX_TOP_K}.")
    masks = values.get("masks", _MASKS[0])
    if masks not in _MASKS:
        raise HTTPException(400, f"masks={masks!r}: expected one of {', '.join(_MASKS)}.")
    names = values.get("tasks")
    return _Query(tuple(dict.fromkeys(names.split(","))) if names else None, int(top_k), masks)


async def _read_pictures(request: Request, at_most: int) -> _Pictures:
    kind = content_type(request)
    if kind == "multipart/form-data":
        return await _read_form(request, at_most)
    if kind in _BYTES or kind.startswith("image/"):
        return _Pictures([await request.body()])
    raise HTTPException(
        415,
        f"Received the content type {kind!r}: expected the bytes of a picture as image/jpeg, another image/… or "
        "application/octet-stream; or files in multipart/form-data.",
    )


async def _read_form(request: Request, at_most: int) -> _Pictures:
    async with request.form(max_files=at_most, max_fields=0) as form:
        parts = form.multi_items()
        for field, part in parts:
            if field != "image" or not isinstance(part, UploadFile):
                raise HTTPException(
                    400, f"Received the form field {field!r}: expected files in the field 'image'."
                )
        files = [part for _, part in parts if isinstance(part, UploadFile)]
        return _Pictures([await file.read() for file in files], [file.filename or "image" for file in files])


def _answer(row: Row, top_k: int, drawn: Mapping[str, Task]) -> dict[str, Any]:
    """Return what each task says of a picture; one whose head has failed does not disturb the others.

    Those that are `drawn` give a map of classes as a PNG file.
    """
    predictions: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in row.answers.wanted(row.place):
        try:
            prediction = row.answers.prediction(name, row.place, top_k)
            if prediction is not None and name in drawn:
                predictions[name] = with_mask(prediction, drawn[name])
            else:
                predictions[name] = prediction and prediction.as_data()
        except ConfigError as error:  # removed since it was checked
            raise HTTPException(404, str(error)) from error
        except ModelError as error:
            errors[name] = str(error)
    if errors and not predictions:
        raise HTTPException(500, " ".join(errors.values()))
    return {"predictions": predictions, **({"errors": errors} if errors else {})}
