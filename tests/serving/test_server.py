import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from hydranet.errors import ConfigError
from hydranet.serving import _server as server
from hydranet.serving._server import bind

from .conftest import Watched

pytestmark = pytest.mark.slow

SERVE = """
import argparse, sys
from hydranet.commands._serving import serve
serve(argparse.Namespace(
    run=sys.argv[1], host="127.0.0.1", port=0, engine="tensorflow", precision="float32", batch_size=8, max_queue=256,
    max_megapixels=16,
    timeout=20, max_body_mb=1, heads=None, admin_token_file=None, log_requests=True, trust=False, debug=False,
))
"""


def keep_asking(url, pictures, statuses):
    """Ask until the server says that it closes the connection."""
    with httpx.Client(base_url=url, timeout=20) as client:
        while True:
            response = client.post("/predict", content=pictures[len(statuses) % 8])
            statuses.append(response.status_code)
            if response.headers.get("connection") == "close":
                return


def test_on_sigterm_all_that_was_accepted_is_answered_and_the_exit_code_is_0(
    served_model, pictures, tmp_path
):
    served_model.save(tmp_path / "model.keras")
    command = [sys.executable, "-c", SERVE, str(tmp_path / "model.keras")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        assert line.startswith("Serving cats_dogs, coat, parts, age at http://127.0.0.1:")
        assert "(engine tensorflow, float32)" in line
        url = line.split(" at ")[1].split()[0]
        statuses = []
        threads = [threading.Thread(target=keep_asking, args=(url, pictures, statuses)) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(statuses) < 30:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        for thread in threads:
            thread.join()
    assert process.returncode == 0, log
    assert set(statuses) == {200}
    assert "Traceback" not in log


def test_while_it_drains_the_server_is_not_ready_but_answers_and_closes_connections(
    start, predictor, pictures
):
    watched = Watched(predictor)
    served = start(watched)
    served.server.handle_exit(signal.SIGTERM, None)
    ready = served.client.get("/v2/health/ready")
    model = served.client.get("/v2/models/tiny/ready")
    answer = served.client.post("/predict", content=pictures[0])
    assert (ready.status_code, model.status_code, answer.status_code) == (503, 503, 200)
    assert served.client.get("/v2/health/live").status_code == 200
    assert (ready.json(), ready.headers["connection"]) == ({"ready": False}, "close")
    served.wait_until(lambda: not served.thread.is_alive())


def test_what_is_computed_when_the_server_ends_is_still_answered(start, predictor, pictures):
    watched = Watched(predictor)
    served = start(watched)
    watched.passes.clear()
    watched.free.clear()
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(httpx.post(f"{served.url}/predict", content=pictures[0], timeout=20))
    )
    thread.start()
    served.wait_until(lambda: watched.passes)
    served.server.handle_exit(signal.SIGINT, None)
    time.sleep(0.3)
    watched.free.set()
    thread.join()
    assert answers[0].status_code == 200


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.3)


@pytest.mark.parametrize("sent", [b"", b"GET /tasks HTTP/1.1\r\nHost", b"GET /tasks HTTP/1.1\r\nHost: a\r\n"])
def test_a_client_that_does_not_send_its_headers_is_cut_off(impatient, start, sent):
    served = start()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        assert connection.recv(100) == b""
        assert time.monotonic() - began < 5


def test_a_client_that_sends_its_body_in_time_is_not_cut_off(impatient, start, pictures):
    served = start()
    with socket.create_connection(served.address, timeout=10) as connection:
        for _ in range(2):
            connection.sendall(
                b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(pictures[0])
            )
            time.sleep(0.5)
            connection.sendall(pictures[0])
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_what_is_left_of_a_refused_body_is_cut_off_in_time(impatient, start):
    served = start()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nabc")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
        assert connection.recv(65536) == b""


def test_headers_without_end_are_cut_off(start):
    served = start()

    def send():
        with socket.create_connection(served.address, timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            for number in range(10_000):
                connection.sendall(b"X-%d: " % number + b"x" * 1000 + b"\r\n")

    with pytest.raises(ConnectionError):
        send()


@pytest.mark.parametrize("length", [500, 60_000])
def test_headers_that_come_at_once_are_bounded_too(start, length):
    served = start()
    headers = b"".join(b"X-%d: %b\r\n" % (number, b"y" * length) for number in range(130_000 // length))
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(b"GET /tasks HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 431 ")
    assert served.client.get("/tasks").status_code == 200


def test_requests_that_follow_each_other_without_waiting_are_all_answered(start):
    served = start()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n" * 5_000)
        received = b""
        while received.count(b'{"live":true}') < 5_000:
            received += connection.recv(2**20)
    assert received.count(b"HTTP/1.1 200 OK") == 5_000


def test_a_client_that_leaves_before_its_answers_is_no_error(start, pictures, caplog):
    served = start()
    request = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
    for _ in range(5):
        with socket.create_connection(served.address, timeout=10) as connection:
            connection.sendall(b"".join(request % (len(picture), picture) for picture in pictures * 4))
    served.wait_until(lambda: not served.service.batcher.num_waiting and not served.server.server_state.tasks)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_many_open_connections_do_not_stop_others(start):
    served = start()
    connections = [socket.create_connection(served.address) for _ in range(200)]
    assert served.client.get("/tasks").status_code == 200
    for connection in connections:
        connection.close()


def test_what_is_no_http_is_refused(start):
    served = start()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(os.urandom(64) + b"\r\n\r\n")
        response = connection.recv(1000)
        assert response.startswith(b"HTTP/1.1 400")
        assert b'{"error": ' in response


def test_an_address_that_is_taken_or_wrong_is_an_error():
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(ConfigError, match="Choose another --host or --port"):
            bind("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(ConfigError, match="expected 0 to 65535"):
        bind("127.0.0.1", 99999)
    with pytest.raises(ConfigError, match="Can't serve at"):
        bind("a" * 300, 0)


STUCK = f"""
import time
from hydranet.inference import Predictor
Predictor.read = lambda *_, **__: time.sleep(600)
{SERVE.replace("timeout=20", "timeout=3")}
"""


def test_sigterm_ends_in_time_also_when_decoders_are_stuck(served_model, pictures, tmp_path):
    served_model.save(tmp_path / "model.keras")
    command = [sys.executable, "-c", STUCK, str(tmp_path / "model.keras")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split(" at ")[1].split()[0]
        statuses = []
        threads = [
            threading.Thread(
                target=lambda picture=picture: statuses.append(
                    httpx.post(f"{url}/predict", content=picture, timeout=20).status_code
                )
            )
            for picture in pictures
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=10)
        for thread in threads:
            thread.join()
    assert process.returncode == 0, log
    assert set(statuses) <= {503, 504}
    assert "Traceback" not in log
