"""Clients of a server in a process of their own.

    python -m hydranet_bench.server.clients ADDRESS NUM_CLIENTS SECONDS < requests.json

Each keeps one connection and sends its next request when the answer is there. Requests are bytes that were made
beforehand and answers are only counted, so that the clients take little of the processor that the server runs on.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

# Bytes after the end of a JPEG, which differ from request to request: none is answered together with another.
_NUMBER_BYTES = 8


def http_request(path: str, body: bytes) -> bytes:
    """Return a request for a picture, which ends in a number to be replaced."""
    length = len(body) + _NUMBER_BYTES
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode() + body


async def _client(
    address: tuple[str, int], requests: list[bytes], number: int, end: float, results: list[Any]
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    place = number
    while time.perf_counter() < end:
        start = time.perf_counter()
        writer.write(requests[place % len(requests)] + place.to_bytes(_NUMBER_BYTES))
        head = await reader.readuntil(b"\r\n\r\n")
        fields = head.lower().partition(b"content-length:")[2]
        await reader.readexactly(int(fields.partition(b"\r\n")[0]))
        results.append((head.split(None, 2)[1].decode(), time.perf_counter() - start))
        place += 1009
    writer.close()


async def ask(
    address: tuple[str, int], requests: list[bytes], num_clients: int, seconds: float
) -> dict[str, Any]:
    """Return requests a second, the count of each status, and the latencies' percentiles in milliseconds."""
    results: list[tuple[str, float]] = []
    start = time.perf_counter()
    clients = [_client(address, requests, number, start + seconds, results) for number in range(num_clients)]
    await asyncio.gather(*clients)
    elapsed = time.perf_counter() - start
    latencies = sorted(latency for _, latency in results)
    statuses = [status for status, _ in results]
    return {
        "requests": len(results),
        "requests_per_second": round(len(results) / elapsed, 1),
        "statuses": {status: statuses.count(status) for status in sorted(set(statuses))},
        **{
            f"p{percent}_ms": round(
                1e3 * latencies[min(len(latencies) * percent // 100, len(latencies) - 1)], 1
            )
            for percent in (50, 99)
        },
    }


if __name__ == "__main__":
    host, port = sys.argv[1].split(":")
    asked = json.loads(sys.stdin.read())
    made = [http_request(path, Path(picture).read_bytes()) for path, picture in asked]
    print(json.dumps(asyncio.run(ask((host, int(port)), made, int(sys.argv[2]), float(sys.argv[3])))))
