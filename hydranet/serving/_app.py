"""The web application: routes, what becomes of errors, start and end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hydranet.serving import _heads as heads
from hydranet.serving import _pages as pages
from hydranet.serving import _predict as predict
from hydranet.serving import _protocol as protocol
from hydranet.serving._service import Service, service_of


def create_app(service: Service, *, heads_dir: Path | None = None) -> Starlette:
    """Return the application that serves a model.

    Args:
        service: the model and its limits.
        heads_dir: a folder whose `.head` files are kept as the model's heads.

    Raises:
        ConfigError: there is no such folder.
    """
    folder = heads.WatchedFolder(heads_dir, service.predictor) if heads_dir else None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if folder:
            folder.scan()
            folder.scan()  # what was the same in two scans is whole: all heads are there from the start
        service.start()
        watching = asyncio.create_task(folder.watch()) if folder else None
        yield
        if watching:
            watching.cancel()
        await service.stop()

    app = Starlette(
        routes=[
            *predict.ROUTES,
            *protocol.ROUTES,
            Route("/metrics", metrics),
            *heads.ROUTES,
            *pages.ROUTES,
        ],
        exception_handlers={HTTPException: _refuse, ClientDisconnect: _gone, Exception: _fail},
        lifespan=lifespan,
    )
    app.state.service = service
    return app


async def metrics(request: Request) -> Response:
    """Give the figures for Prometheus."""
    counted = service_of(request).metrics
    return Response(counted.render(), headers={"content-type": counted.content_type})


async def _refuse(request: Request, error: Any) -> Response:
    service_of(request).metrics.reject(error.status_code)
    detail = error.detail
    if error.status_code == 405:
        detail = f"{request.method} is not possible here: see /docs."
    elif error.status_code == 404 and detail == "Not Found":
        detail = "There is nothing here: see /docs."
    return JSONResponse({"error": detail}, error.status_code, error.headers)


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody reads this."""
    service_of(request).metrics.disconnected.inc()
    return Response(status_code=400)


async def _fail(request: Request, error: Exception) -> Response:
    """The traceback is in the log, which is no client's business.

    The error goes on to uvicorn, which closes the connection: the client must know, or its next request is lost.
    """
    content = {"error": "The server failed to answer this; its log says why."}
    return JSONResponse(content, 500, {"connection": "close"})
