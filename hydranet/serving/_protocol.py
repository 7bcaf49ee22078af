"""The Open Inference Protocol, version 2 (https://github.com/kserve/open-inference-protocol), under `/v2`.

One model, called like the run's folder. Its one input `images` takes picture files (BYTES; in JSON as base64) or
pixels (UINT8 or FP32) of the model's size; each task is an output with one column per class.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hydranet import __version__
from hydranet.errors import ConfigError
from hydranet.serving._bodies import content_type
from hydranet.serving._infer_request import HEADER_LENGTH, INPUT, read_request, write_response
from hydranet.serving._json import SMALL
from hydranet.serving._questions import Row
from hydranet.serving._service import Service, service_of
from hydranet.serving._tensors import DATATYPES


async def server(request: Request) -> Response:
    """Describe the server."""
    return JSONResponse({"name": "hydranet", "version": __version__, "extensions": ["binary_tensor_data"]})


async def live(request: Request) -> Response:
    """Say that the process runs."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> Response:
    """Say whether new requests are welcome: not while the server shuts down."""
    is_ready = not service_of(request).is_draining
    return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)


async def model(request: Request) -> Response:
    """Describe the inputs and outputs."""
    service = _service_of_model(request)
    height, width = service.predictor.image_size
    axes = [-1, *service.predictor.example_shape]
    inputs = [
        {"name": INPUT, "datatype": datatype, "shape": [*axes, height, width, 3] if dtype else axes}
        for datatype, dtype in DATATYPES.items()
    ]
    outputs = [
        {
            "name": name,
            "datatype": "FP32",
            "shape": [-1, *task.score_shape],
        }
        for name, task in service.predictor.tasks.items()
    ]
    return JSONResponse(
        {"name": service.model_name, "platform": "hydranet", "inputs": inputs, "outputs": outputs}
    )


async def model_ready(request: Request) -> Response:
    """Say whether the model is ready."""
    service = _service_of_model(request)
    content = {"name": service.model_name, "ready": not service.is_draining}
    return JSONResponse(content, 503 if service.is_draining else 200)


async def infer(request: Request) -> Response:
    """Answer with scores."""
    start = time.perf_counter()
    service = _service_of_model(request)
    kind = content_type(request)
    if kind not in ("", "application/json", "application/octet-stream"):
        raise HTTPException(
            415, f"Received the content type {kind!r}: expected application/json or application/octet-stream."
        )
    async with service.bodies.hold(request) as limited:
        body = await limited.body()
        lane = service.small_bodies if len(body) <= SMALL else service.large_bodies
        async with service.in_time():
            asked = await lane.run(
                read_request,
                body,
                request.headers.get(HEADER_LENGTH),
                service.predictor.image_size,
                service.limits.max_queue,
                service.predictor.example_shape,
            )
        tasks = None if asked.outputs is None else tuple(dict.fromkeys(asked.outputs))
        rows = await service.ask(request, asked.images, tasks)
    scores = _scores(rows, tasks, service)
    content: dict[str, Any] = {"model_name": service.model_name}
    if tasks is None and (left_out := [name for name in service.predictor.tasks if name not in scores]):
        content["parameters"] = {"left_out": ",".join(left_out)}
    if asked.id is not None:
        content["id"] = asked.id
    body, num_json_bytes = await service.small_bodies.run(write_response, content, scores, asked)
    service.answered(list(scores), start)
    if num_json_bytes == len(body):
        return Response(body, media_type="application/json")
    return Response(body, 200, {HEADER_LENGTH: str(num_json_bytes)}, "application/octet-stream")


ROUTES = [
    Route("/v2", server),
    Route("/v2/health/live", live),
    Route("/v2/health/ready", ready),
    Route("/v2/models/{name}", model),
    Route("/v2/models/{name}/ready", model_ready),
    Route("/v2/models/{name}/infer", infer, methods=["POST"]),
]


def _service_of_model(request: Request) -> Service:
    service = service_of(request)
    name = request.path_params["name"]
    if name != service.model_name:
        raise HTTPException(404, f"Unknown model {name!r}. Known: {service.model_name}.")
    return service


def _scores(rows: Sequence[Row], tasks: tuple[str, ...] | None, service: Service) -> dict[str, np.ndarray]:
    """Return the scores of each task, from all passes that the pictures went through.

    Where none is named, those are left out that not all passes have, and whose head has failed.
    """
    scores = {}
    for name in service.predictor.tasks if tasks is None else tasks:
        try:
            scores[name] = _scores_of(name, rows)
        except HTTPException:
            if tasks is not None:
                raise
    return scores


def _scores_of(task: str, rows: Sequence[Row]) -> np.ndarray:
    passes = {id(row.answers): row.answers for row in rows}
    try:
        failed = {key: answers.failed(task) for key, answers in passes.items()}
        if any(failed[id(row.answers)][row.place] for row in rows):
            raise HTTPException(500, f"The head {task!r} gives numbers for a picture that are not finite.")
        scores = {key: answers.scores(task) for key, answers in passes.items()}
        return np.stack([scores[id(row.answers)][row.place] for row in rows])
    except (ConfigError, ValueError) as error:
        raise HTTPException(
            503, "A head was exchanged while its answers were computed. Ask again.", {"retry-after": "0"}
        ) from error
