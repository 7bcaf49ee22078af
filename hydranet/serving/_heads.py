"""Heads that come and go while the server runs: over HTTP, or as files in a watched folder."""

import asyncio
import hmac
import logging
import stat
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hydranet.errors import ConfigError, HydraNetError
from hydranet.inference import Predictor
from hydranet.naming import unknown_name
from hydranet.serving._service import Service, service_of

_LOG = logging.getLogger(__name__)


async def put_head(request: Request) -> Response:
    """Add the head in the body, or put it in place of the one of its name."""
    service = _authorised(request)
    async with service.bodies.hold(request) as limited:
        content = await limited.body()
    before = set(service.predictor.tasks)
    try:
        name = await asyncio.to_thread(service.predictor.add_head, content)
    except HydraNetError as error:
        raise HTTPException(422, f"The head can't be used: {error}") from error
    return JSONResponse({"task": name}, 200 if name in before else 201)


async def delete_head(request: Request) -> Response:
    """Remove a head."""
    service = _authorised(request)
    name = request.path_params["task"]
    if name not in service.predictor.tasks:
        raise HTTPException(404, unknown_name("task", name, service.predictor.tasks))
    try:
        await asyncio.to_thread(service.predictor.remove_head, name)
    except ConfigError as error:
        raise HTTPException(409, str(error)) from error
    return JSONResponse({"task": name})


ROUTES = [
    Route("/admin/heads", put_head, methods=["PUT"]),
    Route("/admin/heads/{task}", delete_head, methods=["DELETE"]),
]


def _authorised(request: Request) -> Service:
    service = service_of(request)
    if service.admin_token is None:
        raise HTTPException(
            403, "Heads can't be changed over HTTP: start the server with --admin-token-file."
        )
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), service.admin_token.encode()):
        raise HTTPException(
            401,
            "Expected the header 'Authorization: Bearer TOKEN' with the server's token.",
            {"www-authenticate": "Bearer"},
        )
    return service


class _Stamp(NamedTuple):
    """What tells that a file has changed."""

    modified_ns: int
    size: int
    inode: int


class WatchedFolder:
    """Keeps a predictor's heads as the `.head` files in a folder are.

    A file that appears or changes is added, or put in place of the head of its name; when it disappears, so does
    its head, and one of that name which the model came with is back. A file that can't be read, perhaps because it is
    half-written, is tried again until it can.

    Args:
        folder: where the files are.
        predictor: whose heads change.
    """

    def __init__(self, folder: Path, predictor: Predictor) -> None:
        if not folder.is_dir():
            raise ConfigError(f"There is no folder {folder} to watch for heads.")
        self._folder = folder
        self._predictor = predictor
        self._seen: dict[Path, _Stamp] = {}
        self._loaded: dict[Path, tuple[_Stamp, str]] = {}
        self._complaints: dict[Path, str] = {}

    async def watch(self, seconds: float = 1.0) -> None:
        """Scan again and again, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(self.scan)
            except Exception:
                _LOG.exception("The folder %s could not be scanned.", self._folder)

    def scan(self) -> None:
        """Follow what has changed since the last scan; a file is read once it has been the same in two."""
        stamps = self._stamps()
        for path in self._loaded.keys() - stamps.keys():
            self._remove(path)
        for path, stamp in stamps.items():
            loaded = self._loaded.get(path)
            if (loaded is None or loaded[0] != stamp) and self._seen.get(path) == stamp:
                self._load(path, stamp)
        self._seen = stamps

    def _stamps(self) -> dict[Path, _Stamp]:
        stamps = {}
        for path in sorted(self._folder.glob("*.head")):
            try:
                status = path.stat()
            except OSError:  # it has just gone
                continue
            if stat.S_ISREG(status.st_mode):
                stamps[path] = _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)
        return stamps

    def _load(self, path: Path, stamp: _Stamp) -> None:
        try:
            name = self._predictor.add_head(path)
        except (HydraNetError, OSError) as error:
            self._complain(path, f"{path} can't be used yet: {error}")
            return
        before = self._loaded.get(path)
        if before and before[1] != name:
            self._let_go(path, before[1])
        self._loaded[path] = stamp, name
        self._complaints.pop(path, None)
        _LOG.info("Head %s was read from %s.", name, path)

    def _remove(self, path: Path) -> None:
        _, name = self._loaded[path]
        if self._let_go(path, name):
            del self._loaded[path]
            self._complaints.pop(path, None)
            _LOG.info("Head %s was removed with %s.", name, path)

    def _let_go(self, path: Path, name: str) -> bool:
        """Remove the head that a file no longer holds; return whether that was possible."""
        others = [other for other, (_, known) in self._loaded.items() if known == name and other != path]
        if others:
            del self._loaded[others[0]]  # it takes the place at the next scan
        elif name in self._predictor.tasks:
            try:
                self._predictor.restore_head(name)
            except ConfigError as error:
                self._complain(path, f"Head {name} stays for now: {error}")
                return False
        return True

    def _complain(self, path: Path, message: str) -> None:
        if self._complaints.get(path) != message:
            self._complaints[path] = message
            _LOG.warning("%s", message)
