"""The process that serves: sockets, signals, and clients that dawdle."""

import asyncio
import json
import logging
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hydranet.errors import ConfigError
from hydranet.serving._service import Service

_MAX_HEADER_BYTES = 64 * 1024
_HEADER_SECONDS = 10.0


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to this address; port 0 takes a free one.

    Raises:
        ConfigError: it is taken, not allowed, or no address of this machine.
    """
    if not 0 <= port < 2**16:
        raise ConfigError(f"--port {port}: expected 0 to 65535; 0 takes a free one.")
    try:
        [family, kind, protocol, _, address], *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"Can't serve at {host}:{port}: {error}. Choose another --host or --port."
        ) from error
    return bound


class GracefulServer(uvicorn.Server):
    """Serves an application until SIGTERM or SIGINT, and then answers all that it has accepted.

    On SIGTERM it first says that it is not ready and closes each connection after its answer, for a second; then
    it accepts no more, finishes, and returns, all within `Limits.timeout`, whatever its threads are busy with. SIGINT
    (Ctrl-C) skips that second; a second SIGINT skips the rest.

    Args:
        app: as `create_app` gives it.
        service: of the application.
        log_requests: whether each request is logged.
        on_started: called when connections are accepted.
    """

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        *,
        log_requests: bool = False,
        on_started: Callable[[], None] = lambda: None,
    ) -> None:
        # What is wrong with a request is said to its client; it would fill the log.
        for name in ("uvicorn.error", "python_multipart"):
            logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger("uvicorn.access").setLevel(logging.INFO if log_requests else logging.WARNING)
        super().__init__(
            uvicorn.Config(
                _Draining(app, service),
                http=_Connection,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=log_requests,
                server_header=False,
                proxy_headers=False,
                headers=[("x-content-type-options", "nosniff")],
                timeout_graceful_shutdown=service.limits.finish_seconds,  # type: ignore[arg-type]
            )
        )
        self._service = service
        self._on_started = on_started
        self._drained = float("inf")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections."""
        await super().startup(sockets)
        self._on_started()

    async def on_tick(self, counter: int) -> bool:
        """Return whether it is time to end; called ten times a second."""
        self.should_exit |= time.monotonic() > self._drained
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was accepted."""
        self._service.is_ending = True
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end. uvicorn's own way would end the process by the same signal again, as if it had failed."""
        if sig == signal.SIGTERM:
            self.drain()
        else:
            self.force_exit = self.should_exit
            self.should_exit = True

    def drain(self) -> None:
        """Let no client begin anything new, and end a second later."""
        if not self._service.is_draining:
            self._service.is_draining = True
            self._drained = time.monotonic() + self._service.limits.drain_seconds


class _Draining:
    """Closes each connection after its answer while the server drains, so that no request meets a closed one.

    A request that can't be answered before the server ends is told so.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def send_and_close(message: Message) -> None:
            nonlocal has_started
            has_started = True
            if message["type"] == "http.response.start" and self._service.is_draining:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, receive, send_and_close)
        except asyncio.CancelledError:
            if has_started or not self._service.is_ending:
                raise
            content = {"error": "The server ends before this is answered. Ask again."}
            await JSONResponse(content, 503, {"connection": "close"})(scope, receive, send)


class _Connection(HttpToolsProtocol):
    """A connection whose client must send its headers in time, and not without end.

    The bodies are the application's concern, but for what is left of one that it has not read: that is ignored,
    so that the client can read its answer, and cut off in time too.
    """

    _reads_headers = True
    _begins = False
    _num_header_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._unanswered: list[RequestResponseCycle] = []
        self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)
        for cycle in self._unanswered:  # uvicorn tells the last one only, and others write on
            cycle.disconnected = True
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        self._begins = False
        super().data_received(data)
        if self._reads_headers and not self._begins:
            self._num_header_bytes += len(data)
            if self._num_header_bytes > _MAX_HEADER_BYTES and not self.transport.is_closing():
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begins = self._reads_headers = True
        self._num_header_bytes = 0
        self._hurry()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._relax()
        self._reads_headers = False
        super().on_headers_complete()
        self._unanswered.append(self.cycle)

    def on_response_complete(self) -> None:
        self._unanswered = [cycle for cycle in self._unanswered if not cycle.response_complete]
        super().on_response_complete()
        if self.cycle.more_body:
            self._hurry()

    def on_message_complete(self) -> None:
        self._relax()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        status, error = b"400 Bad Request", f"{msg} Expected HTTP/1.1."
        if self._num_header_bytes > _MAX_HEADER_BYTES:
            status = b"431 Request Header Fields Too Large"
            error = f"The headers are too large: expected at most {_MAX_HEADER_BYTES:,} bytes."
        content = json.dumps({"error": error}).encode()
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%b" % (status, len(content), content)
        )
        self.transport.close()

    def _count(self, num_bytes: int) -> None:
        """Count bytes of headers; what is raised here ends the parsing, and `send_400_response` is called."""
        self._num_header_bytes += num_bytes
        if self._num_header_bytes > _MAX_HEADER_BYTES:
            raise ValueError

    def _hurry(self) -> None:
        self._relax()
        self._deadline = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
