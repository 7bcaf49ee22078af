import socket
import threading
import time

import httpx
import pytest

from hydranet.serving import _protocol as protocol
from hydranet.serving._limits import Limits

from .conftest import Watched

pytestmark = pytest.mark.slow


@pytest.fixture
def watched(predictor):
    return Watched(predictor)


def hold(served, watched):
    """Wait until the server is ready, and hold the engine up from now on."""
    assert served.client.get("/v2/health/ready").status_code == 200
    watched.passes.clear()
    watched.free.clear()


def post_beside(served, content, count=1, query="", responses=None):
    """Send requests from threads, and return the threads and where their responses appear."""
    responses = [] if responses is None else responses

    def post():
        responses.append(httpx.post(f"{served.url}/predict{query}", content=content, timeout=20))

    threads = [threading.Thread(target=post) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, responses


def test_requests_for_different_tasks_share_a_pass(start, watched, pictures):
    served = start(watched)
    hold(served, watched)
    threads, responses = [], []
    for number, content in enumerate(pictures[:6]):
        query = ["", "?tasks=age", "?tasks=parts,cats_dogs"][number % 3]
        [thread], _ = post_beside(served, content, query=query, responses=responses)
        threads.append(thread)
        if not number:
            served.wait_until(lambda: watched.passes)
    served.wait_until(lambda: served.service.batcher._decoded.qsize() == 5)
    watched.free.set()
    for thread in threads:
        thread.join()
    assert [response.status_code for response in responses] == [200] * 6
    assert [size for size, _ in watched.passes] == [1, 5]


def test_when_the_queue_is_full_the_next_is_told_to_come_again(start, watched, pictures):
    served = start(watched, limits=Limits(max_queue=3))
    hold(served, watched)
    threads, responses = post_beside(served, pictures[0], 3)
    served.wait_until(lambda: served.service.batcher.num_waiting == 3)
    refused = served.client.post("/predict", content=pictures[1])
    text = served.client.get("/metrics").text
    watched.free.set()
    for thread in threads:
        thread.join()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "3 pictures wait" in refused.json()["error"]
    assert "hydranet_queue_length 3.0" in text
    assert 'hydranet_rejected_requests_total{reason="service_unavailable"} 1.0' in text
    assert [response.status_code for response in responses] == [200] * 3


def test_no_answer_in_time_is_said_and_the_next_request_is_answered(start, watched, pictures):
    served = start(watched, limits=Limits(timeout=0.3))
    hold(served, watched)
    first = served.client.post("/predict", content=pictures[0])
    second = served.client.post("/predict", content=pictures[1])
    watched.free.set()
    served.wait_until(lambda: served.service.batcher.num_waiting == 0)
    assert (first.status_code, second.status_code) == (504, 504)
    assert "0.3 seconds" in first.json()["error"]
    assert served.client.post("/predict", content=pictures[2]).status_code == 200
    assert [size for size, _ in watched.passes] == [1, 1], "the one that had timed out was not computed"


def test_a_client_that_goes_away_is_not_computed_for(start, watched, pictures):
    served = start(watched)
    hold(served, watched)
    [thread], _ = post_beside(served, pictures[0])
    served.wait_until(lambda: watched.passes)
    with socket.create_connection(served.address) as gone:
        gone.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(pictures[1]))
        gone.sendall(pictures[1])
        served.wait_until(lambda: served.service.batcher.num_waiting == 2)
    served.wait_until(lambda: "disconnected_requests_total 1.0" in served.client.get("/metrics").text)
    watched.free.set()
    thread.join()
    served.wait_until(lambda: served.service.batcher.num_waiting == 0)
    assert len(watched.passes) == 1


def test_an_unexpected_error_is_a_500_without_its_traceback_and_the_server_goes_on(
    start, watched, pictures, caplog
):
    served = start(watched)

    def broken(*_, **__):
        raise RuntimeError("the engine broke")

    watched.answer = broken
    failed = served.client.post("/predict", content=pictures[0])
    del watched.answer
    assert failed.status_code == 500
    assert failed.json() == {"error": "The server failed to answer this; its log says why."}
    assert failed.headers["connection"] == "close", "or the client's next request meets a closed connection"
    served.wait_until(lambda: "the engine broke" in caplog.text)
    assert served.client.post("/predict", content=pictures[0]).status_code == 200


def test_figures_for_prometheus(start, predictor, pictures):
    served = start()
    for query, content in (("", pictures[0]), ("?tasks=age", pictures[1]), ("?tasks=no_such", pictures[1])):
        served.client.post(f"/predict{query}", content=content)
    served.client.post("/predict", content=b"no picture")
    predictor.remove_head("parts")
    response = served.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    figures = dict(line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#"))
    assert figures['hydranet_requests_total{task="age"}'] == "2.0"
    assert figures['hydranet_requests_total{task="cats_dogs"}'] == "1.0"
    assert not any("parts" in name or "no_such" in name for name in figures)
    assert figures["hydranet_request_seconds_count"] == "2.0"
    assert (figures["hydranet_batch_rows_count"], figures["hydranet_batch_rows_sum"]) == ("2.0", "2.0")
    assert figures["hydranet_decode_errors_total"] == "1.0"
    assert figures['hydranet_rejected_requests_total{reason="not_found"}'] == "1.0"


def test_many_clients_at_once_each_get_their_own_answer(start, watched, predictor, pictures):
    served = start(watched)
    expected = [answers["age"].label for answers in predictor.predict(pictures, tasks=["age"])]
    wrong = []

    def ask(number):
        with httpx.Client(base_url=served.url, timeout=20) as client:
            for step in range(10):
                index = (number + step) % len(pictures)
                answer = client.post("/predict?tasks=age", content=pictures[index]).json()
                if answer["predictions"]["age"]["label"] != pytest.approx(expected[index], abs=1e-4):
                    wrong.append((index, answer))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    start_time = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"after {time.monotonic() - start_time:.1f} s"


@pytest.mark.parametrize("stuck", ["image", "body", None])
def test_it_knows_whether_a_thread_is_still_busy_when_it_has_ended(
    start, predictor, images, pictures, monkeypatch, stuck
):
    free = threading.Event()
    if stuck == "image":
        predictor = Watched(predictor)
        predictor.read = lambda *_, **__: free.wait(30)
    if stuck == "body":
        monkeypatch.setattr(protocol, "read_request", lambda *_: free.wait(30))
    served = start(predictor, limits=Limits(timeout=2))
    body = {
        "inputs": [
            {
                "name": "images",
                "datatype": "UINT8",
                "shape": [1, *images.shape[1:]],
                "data": images[:1].astype(int).ravel().tolist(),
            }
        ]
    }
    statuses = [
        served.client.post("/predict", content=pictures[0]).status_code,
        served.client.post("/v2/models/tiny/infer", json=body).status_code,
    ]
    served.server.should_exit = True
    served.thread.join(20)
    free.set()
    assert statuses == [504 if stuck == "image" else 200, 504 if stuck == "body" else 200]
    assert served.service.has_left_threads is (stuck is not None)
