"""Whatever arrives: an answer that is right, or a clear refusal; never a failure of the server."""

import base64
import json
import random
import threading

import httpx
import pytest

pytestmark = pytest.mark.slow

NUM_REQUESTS = 1000
JUNK = [
    *(None, True, -1, 0, 1.5, 10**30, "", "é", "\ud800", "images", "UINT8", "BYTES", "FP32"),
    *([], {}, [[]], [0] * 3072, ["AA=="], {"binary_data_size": 4}, {"binary_data": 1}),
]


def mutate_bytes(random, content):
    content = bytearray(content)
    for _ in range(random.choice([1, 2, 8, 64])):
        place = random.randrange(len(content) + 1)
        match random.randrange(4):
            case 0:
                content[place : place + 1] = random.randbytes(1)
            case 1:
                del content[place : place + random.choice([1, 16, 1000])]
            case 2:
                content[place:place] = random.randbytes(random.choice([1, 4, 100]))
            case 3:
                content[place:place] = content[: random.choice([4, 50])]
    return bytes(content)


def mutate_json(random, value):
    if random.random() < 0.2:
        return random.choice(JUNK)
    if isinstance(value, dict) and value:
        key = random.choice(list(value))
        if random.random() < 0.1:
            return {name: part for name, part in value.items() if name != key}
        return {**value, key: mutate_json(random, value[key])}
    if isinstance(value, list) and value:
        place = random.randrange(len(value))
        return [*value[:place], mutate_json(random, value[place]), *value[place + 1 :]]
    return random.choice(JUNK)


def picture_request(random, pictures):
    query = random.choice(
        ["", "?tasks=age", "?tasks=age,,x", "?top_k=-1", "?tasks=%0", "?%00=%ff", "?" + "a=1&" * 300]
    )
    kind = random.choice(
        ["image/jpeg", "application/octet-stream", "text/plain", "image/\xff", "multipart/form-data"]
    )
    content = random.choice(pictures)
    if random.random() < 0.7:
        content = mutate_bytes(random, content)
    return "POST", f"/predict{query}", content, {"content-type": kind}


def form_request(random, pictures):
    request = httpx.Request("POST", "http://a/", files={"image": ("a.png", random.choice(pictures))})
    content = request.read()
    if random.random() < 0.7:
        place = random.randrange(min(300, len(content)))
        content = mutate_bytes(random, content[:place]) + content[place:]
    kind = request.headers["content-type"]
    if random.random() < 0.2:
        kind = random.choice([kind[:-5], kind + ";charset=x", kind.replace("boundary", "b"), kind + "é"])
    return "POST", "/predict", content, {"content-type": kind}


def infer_request(random, pictures):
    data = [base64.b64encode(random.choice(pictures)).decode()]
    tensor = {"name": "images", "datatype": "BYTES", "shape": [1], "data": data, "parameters": {}}
    request = {
        "inputs": [tensor],
        "outputs": [{"name": "age", "parameters": {}}],
        "parameters": {},
        "id": "1",
    }
    for _ in range(random.randrange(3)):
        request = mutate_json(random, request)
    content = json.dumps(request).encode()
    headers = {"content-type": random.choice(["application/json", "application/octet-stream"])}
    if random.random() < 0.4:
        content = mutate_bytes(random, content)
    if random.random() < 0.3:
        headers["inference-header-content-length"] = random.choice(
            ["0", "10", str(len(content)), "-1", "\xb2", "1e3"]
        )
    return "POST", "/v2/models/tiny/infer", content, headers


def other_request(random, pictures):
    method = random.choice(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "FOO"])
    paths = [
        "/",
        "/tasks",
        "/v2/models/%2e%2e/infer",
        "/admin/heads",
        "/admin/heads/%00",
        "/metrics",
        "//",
        "/%ff",
        "/*",
    ]
    header = random.choice(["", "Bearer", "Bearer x", "Bearer \xff", "Basic YTpi"])
    return method, random.choice(paths), random.choice(pictures)[:100], {"authorization": header}


def is_right(response):
    if response.status_code == 200:
        return True
    has_reason = response.request.method == "HEAD" or isinstance(response.json().get("error"), str)
    return 400 <= response.status_code < 500 and has_reason


def test_a_thousand_junk_requests_are_answered_or_refused_and_others_go_on(served, pictures, jpeg, caplog):
    chance = random.Random(0)
    kinds = [picture_request, form_request, infer_request, other_request]
    is_over, others, wrong, statuses = threading.Event(), [], [], set()
    expected = served.client.post("/predict", content=pictures[0]).json()["predictions"]["age"]["label"]

    def go_on():
        with httpx.Client(base_url=served.url, timeout=20) as client:
            while not is_over.wait(0.02):
                answer = client.post("/predict", content=pictures[0])
                others.append(answer.json()["predictions"]["age"]["label"] if answer.is_success else None)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for number in range(NUM_REQUESTS):
            method, url, content, headers = chance.choice(kinds)(chance, [*pictures, jpeg])
            headers = {name: value.encode("latin-1") for name, value in headers.items()}
            response = served.client.request(method, url, content=content, headers=headers)
            statuses.add(response.status_code)
            if not is_right(response):
                wrong.append((number, method, url, headers, response.status_code, response.text[:200]))
    finally:
        is_over.set()
        thread.join()
    assert not wrong
    assert statuses >= {200, 400, 401, 404, 405, 415, 422}
    assert others == [pytest.approx(expected, abs=1e-4)] * len(others) != []
    assert "Traceback" not in caplog.text
