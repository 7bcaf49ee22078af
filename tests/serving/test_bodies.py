import socket

import pytest

from hydranet.errors import ConfigError
from hydranet.serving._limits import Limits

from .conftest import Watched

pytestmark = pytest.mark.slow

SMALL = Limits(max_body_mb=0.25, timeout=0.5)


@pytest.fixture
def served(start):
    return start(limits=SMALL)


def talk(served, sent, *more):
    """Send bytes as they are, each after a while, and return what comes back."""
    with socket.create_connection(served.address, timeout=10) as connection:
        for part in (sent, *more):
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def endless(num_bytes=2**21):
    for _ in range(num_bytes // 2**14):
        yield b"x" * 2**14


@pytest.mark.parametrize("path", ["/predict", "/v2/models/tiny/infer"])
@pytest.mark.parametrize("has_length", [True, False])
def test_too_large_a_body_is_refused_before_it_is_read_whole(served, path, has_length):
    read = []

    def body():
        for chunk in endless():
            read.append(len(chunk))
            yield chunk

    headers = {"content-length": str(2**21)} if has_length else {}
    response = served.client.post(path, content=body(), headers=headers)
    assert response.status_code == 413
    assert "expected at most 262,144" in response.json()["error"]
    assert served.service.bodies.num_held_bytes == 0


def test_a_form_too_large_is_refused(served):
    files = [("image", (f"{number}.png", b"x" * 100_000)) for number in range(4)]
    assert served.client.post("/predict", files=files).status_code == 413


def test_a_connection_goes_on_after_a_body_that_was_too_large(served, pictures):
    with socket.create_connection(served.address, timeout=10) as connection:
        head = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % 300_000 + b"x" * 300_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
        connection.sendall(head % len(pictures[0]) + pictures[0])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_body_that_comes_too_slowly_is_given_up_and_others_are_answered_meanwhile(served, pictures):
    with socket.create_connection(served.address, timeout=10) as slow:
        slow.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
        assert served.client.post("/predict", content=pictures[0]).status_code == 200
        answer = slow.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"Received 3 bytes of the body in 0.5 seconds" in answer
        assert slow.recv(100) == b""


def test_a_client_that_goes_away_while_it_sends_leaves_nothing_behind(served):
    with socket.create_connection(served.address) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
        served.wait_until(lambda: served.service.bodies.num_held_bytes)
    served.wait_until(lambda: not served.service.bodies.num_held_bytes)
    assert "hydranet_disconnected_requests_total 1.0" in served.client.get("/metrics").text


def test_when_all_bodies_together_hold_too_much_the_next_is_refused(start, predictor, pictures):
    watched = Watched(predictor)
    served = start(watched, limits=Limits(max_body_mb=len(pictures[0]) / 2**20 / 8))
    assert served.client.post("/predict", content=pictures[0]).status_code == 413
    # 64 times the limit is 8 pictures: no single one is that large, so hold them in parts of bodies
    connections = [socket.create_connection(served.address) for _ in range(70)]
    size = served.service.limits.max_body_bytes
    for connection in connections:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendall(b"x" * (size - 1))
    answers = []
    for connection in connections[64:]:
        connection.settimeout(0.5)
        try:
            answers.append(connection.recv(65536)[:12])
        except TimeoutError:
            answers.append(b"")
    for connection in connections:
        connection.close()
    assert b"HTTP/1.1 503" in answers


@pytest.mark.parametrize("wrong", [{"max_queue": 0}, {"timeout": 0}, {"max_body_mb": float("inf")}])
def test_limits_check_themselves(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Limits(**wrong)
