"""What a client may ask of the server at most."""

from dataclasses import dataclass

from hydranet.settings import PositiveFloat, PositiveInt, Settings


@dataclass(frozen=True)
class Limits(Settings):
    """Bounds on the work and memory that requests can take.

    Args:
        max_queue: pictures accepted and not yet answered, of all clients; also the most in one request.
        timeout: seconds that a client may take to send a request, and then that its answer may take; and that the
            server may take to end.
        max_body_mb: megabytes in one request's body. All bodies together may hold 64 times as much.
        max_megapixels: millions of pixels to decode of one picture; large JPEGs are decoded at a reduced scale, which
            leaves few of them, but a small PNG file can hold very many.

    Example:
        >>> Limits(max_body_mb=0.5).max_body_bytes
        524288
    """

    max_queue: PositiveInt = 256
    timeout: PositiveFloat = 30.0
    max_body_mb: PositiveFloat = 16.0
    max_megapixels: PositiveFloat = 16.0

    @property
    def max_body_bytes(self) -> int:
        """Bytes in one request's body."""
        return int(self.max_body_mb * 2**20)

    @property
    def max_pixels(self) -> int:
        """Pixels to decode of one picture."""
        return int(self.max_megapixels * 1e6)

    @property
    def drain_seconds(self) -> float:
        """How long load balancers have to see that the server is not ready, and clients to close connections."""
        return min(1.0, self.timeout / 4)

    @property
    def stop_seconds(self) -> float:
        """How long threads may take to finish, once all requests are answered or given up."""
        return min(1.0, self.timeout / 4)

    @property
    def finish_seconds(self) -> float:
        """How long requests may take to be answered, once no more are accepted."""
        exit_seconds = min(2.0, self.timeout / 4)  # of the process, whose libraries take a while to let go
        return self.timeout - self.drain_seconds - self.stop_seconds - exit_seconds

    @property
    def max_held_bytes(self) -> int:
        """Bytes that the bodies of all unanswered requests may hold."""
        return 64 * self.max_body_bytes
