"""The pages for people: try the model, read the reference. Each is one file that loads nothing from elsewhere."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hydranet import __version__


async def page(request: Request) -> Response:
    """Give the page on which a picture can be tried."""
    return _page("page.html")


async def docs(request: Request) -> Response:
    """Give the reference of all routes."""
    return _page("docs.html")


async def openapi(request: Request) -> Response:
    """Give the reference for programs."""
    return JSONResponse(openapi_document())


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all routes."""
    document: dict[str, Any] = json.loads(_text("openapi.json"))
    document["info"]["version"] = __version__
    return document


ROUTES = [Route("/", page), Route("/docs", docs), Route("/openapi.json", openapi)]


@cache
def _page(name: str) -> Response:
    text = _text(name)
    policy = (
        f"default-src 'none'; script-src {_hashes(text, 'script')}; style-src {_hashes(text, 'style')}; "
        "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {"content-security-policy": policy, "referrer-policy": "no-referrer"}
    return Response(text, media_type="text/html", headers=headers)


def _hashes(text: str, tag: str) -> str:
    """Return the hashes by which a browser knows a page's own scripts or styles from injected ones."""
    blocks = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _text(name: str) -> str:
    return (files("hydranet.serving") / name).read_text(encoding="utf-8")
