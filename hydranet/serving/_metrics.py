"""What the server counts, in the text format of Prometheus (https://prometheus.io/docs/instrumenting)."""

from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The counters of one server. Labels come from its own tasks and from HTTP's status codes alone.

    Args:
        tasks: gives the names of all tasks there are now.
        queue_length: gives the pictures accepted and not yet answered.
        batch_size: the most pictures in one pass.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(
        self, *, tasks: Callable[[], Collection[str]], queue_length: Callable[[], int], batch_size: int
    ) -> None:
        self._tasks = tasks
        self._counted: set[str] = set()
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "hydranet_requests", "Requests answered, by task.", ["task"], registry=registry
        )
        self.latency = Histogram(
            "hydranet_request_seconds",
            "From a request's headers to its answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.passes = Histogram(
            "hydranet_batch_rows",
            "Pictures in one pass through the backbone.",
            buckets=sorted({*(2**power for power in range(batch_size.bit_length())), batch_size}),
            registry=registry,
        )
        self.decode_errors = Counter(
            "hydranet_decode_errors", "Pictures that could not be decoded.", registry=registry
        )
        self.disconnected = Counter(
            "hydranet_disconnected_requests", "Requests whose client went away.", registry=registry
        )
        self._rejected = Counter(
            "hydranet_rejected_requests", "Requests refused, by reason.", ["reason"], registry=registry
        )
        Gauge(
            "hydranet_queue_length", "Pictures accepted and not yet answered.", registry=registry
        ).set_function(queue_length)

    def count(self, tasks: Iterable[str]) -> None:
        """Count a request that these tasks have answered."""
        for name in tasks:
            self._counted.add(name)
            self._requests.labels(name).inc()

    def reject(self, status: int) -> None:
        """Count a request that was refused with this HTTP status."""
        self._rejected.labels(HTTPStatus(status).name.lower()).inc()

    def render(self) -> bytes:
        """Return all figures; those of heads that are gone are forgotten."""
        known = set(self._tasks())
        for name in self._counted - known:
            self._requests.remove(name)
        self._counted &= known
        return generate_latest(self._registry)
