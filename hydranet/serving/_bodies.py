"""Reading what clients send, within bounds of size, time and memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from hydranet.serving._limits import Limits


def content_type(request: Request) -> str:
    """Return the content type of a request's body without its parameters, or an empty string."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class Bodies:
    """All request bodies that the server holds at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.num_held_bytes = 0

    @asynccontextmanager
    async def hold(self, request: Request) -> AsyncIterator[Request]:
        """Give a request whose body is read within the limits; what it holds counts until the block ends.

        Raises:
            HTTPException: 413, the body is too large, found as soon as it is; 408, it comes too slowly; 503, too
                much is held for others.
        """
        limits = self._limits
        self._check_size(int(request.headers.get("content-length", 0)))
        deadline = asyncio.get_running_loop().time() + limits.timeout
        num_bytes = 0

        async def receive() -> Message:
            nonlocal num_bytes
            try:
                async with asyncio.timeout_at(deadline):
                    message = await request.receive()
            except TimeoutError:
                raise HTTPException(
                    408,
                    f"Received {num_bytes:,} bytes of the body in {limits.timeout:g} seconds: expected all of it.",
                    {"connection": "close"},
                ) from None
            chunk = len(message.get("body", b""))
            num_bytes += chunk
            self.num_held_bytes += chunk
            self._check_size(num_bytes)
            if self.num_held_bytes > limits.max_held_bytes:
                raise HTTPException(
                    503,
                    "The server holds too many bytes of requests. Ask again in a second.",
                    {"retry-after": "1"},
                )
            return message

        try:
            yield Request(request.scope, receive)
        finally:
            self.num_held_bytes -= num_bytes

    def _check_size(self, num_bytes: int) -> None:
        if num_bytes > self._limits.max_body_bytes:
            raise HTTPException(
                413,
                f"The body is too large: received {num_bytes:,} bytes or more, expected at most "
                f"{self._limits.max_body_bytes:,}. Send smaller pictures, or fewer in one request.",
            )
