import json

import numpy as np
import pytest

from .conftest import TASKS, encode

pytestmark = pytest.mark.slow


def as_json(predictions):
    """What `hydranet predict --format json` gives."""
    return {name: answer and json.loads(json.dumps(answer.as_data())) for name, answer in predictions.items()}


def same(found, expected):
    """Whether two answers are equal but for the last digits."""
    if isinstance(expected, float):
        return found == pytest.approx(expected, abs=1e-5)
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    return found == expected


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "image/jpeg; q=1", None])
def test_the_bytes_of_a_picture_get_the_answers_that_the_predictor_gives(served, predictor, pictures, kind):
    response = served.client.post(
        "/predict", content=pictures[0], headers={"content-type": kind} if kind else {}
    )
    [expected] = predictor.predict([pictures[0]])
    assert response.status_code == 200
    assert same(response.json(), {"predictions": as_json(expected)})


def test_a_closed_gate_is_null_and_an_open_one_is_not(served, cat_and_dog):
    cat, dog = (
        served.client.post("/predict", content=content).json()["predictions"] for content in cat_and_dog
    )
    assert (cat["cats_dogs"]["label"], cat["coat"]) == ("cat", None)
    assert dog["cats_dogs"]["label"] == "dog"
    assert dog["coat"]["label"] in ("curly", "long", "short")


def test_only_the_wanted_tasks_answer_and_top_k_says_how_many_classes(served, pictures):
    answer = served.client.post("/predict?tasks=parts,age&top_k=2", content=pictures[0]).json()["predictions"]
    assert list(answer) == ["parts", "age"]
    assert len(answer["parts"]["top"]) == 2


def test_several_files_of_a_form_get_a_list_in_their_order(served, predictor, pictures):
    files = [("image", (f"{number}.png", content)) for number, content in enumerate(pictures[:3])]
    results = served.client.post("/predict?tasks=cats_dogs", files=files).json()["results"]
    expected = predictor.predict(pictures[:3], tasks=["cats_dogs"])
    assert [result["image"] for result in results] == ["0.png", "1.png", "2.png"]
    assert all(
        same(result["predictions"], as_json(one)) for result, one in zip(results, expected, strict=True)
    )


def test_one_file_of_a_form_is_answered_like_its_bytes(served, pictures):
    form = served.client.post("/predict", files={"image": pictures[0]})
    assert form.json() == served.client.post("/predict", content=pictures[0]).json()


def test_tasks_are_described(served):
    tasks = {task.pop("name"): task for task in served.client.get("/tasks").json()["tasks"]}
    coat, age = TASKS[1], TASKS[3]
    assert tasks["coat"] == {**coat.describe(), "when": {"cats_dogs": ["dog"]}}
    assert tasks["age"] == {**age.describe(), "when": {}}
    assert (tasks["coat"]["kind"], tasks["coat"]["classes"]) == ("single_label", ["curly", "long", "short"])
    assert (tasks["age"]["kind"], tasks["age"]["classes"]) == ("regression", [])


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("tasks=cats_dog", 404, "Unknown task 'cats_dog'. Did you mean 'cats_dogs'?"),
        ("tasks=../etc", 404, "Unknown task '../etc'"),
        ("tasks=,", 404, "Unknown task ''"),
        ("task=cats_dogs", 400, "Unknown parameter 'task'"),
        ("top_k=0", 400, "expected a whole number from 1 to 1000"),
        ("top_k=9999999999", 400, "expected a whole number"),
        ("top_k=²", 400, "expected a whole number"),
        ("tasks=%ff", 400, "can't be read"),
        ("a=1&b=2&c=3&d=4", 400, "can't be read"),
    ],
)
def test_a_wrong_query_is_refused_with_the_reason(served, pictures, query, status, message):
    response = served.client.post(f"/predict?{query}", content=pictures[0])
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert message in response.json()["error"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<svg/>", "is not a picture that can be read"),
        ("truncated", "is truncated or damaged"),
    ],
)
def test_a_damaged_picture_is_unprocessable(served, jpeg, content, message):
    response = served.client.post("/predict", content=jpeg[:-300] if content == "truncated" else content)
    assert response.status_code == 422
    assert message in response.json()["error"]


def test_a_damaged_file_of_a_form_is_named(served, pictures, jpeg):
    files = [("image", ("good.png", pictures[0])), ("image", ("b\"ä<d'.png", jpeg[:200]))]
    response = served.client.post("/predict", files=files)
    assert response.status_code == 422
    assert response.json()["error"].startswith("b")


def test_a_decompression_bomb_is_refused_before_it_unpacks(served):
    bomb = bytearray(encode(np.zeros((1, 1, 3), np.uint8), "BMP"))
    bomb[18:26] = np.array([60_000, 60_000], "<i4").tobytes()
    response = served.client.post("/predict", content=bytes(bomb))
    assert response.status_code == 422
    assert "10,800,000,054 by its header" in response.json()["error"]


def test_a_small_file_of_very_many_pixels_is_refused_and_a_large_jpeg_is_not(served):
    large = np.zeros((5_000, 4_000, 3), np.uint8)
    refused = served.client.post("/predict", content=encode(large, "PNG"))
    assert refused.status_code == 422
    assert "16,000,000 in all" in refused.json()["error"]
    assert served.client.post("/predict", content=encode(large, "JPEG")).status_code == 200


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_another_content_type_is_refused_with_what_to_send(served, pictures, kind):
    response = served.client.post("/predict", content=pictures[0], headers={"content-type": kind})
    assert response.status_code == 415
    assert "image/jpeg" in response.json()["error"]


@pytest.mark.parametrize(
    "form",
    [
        {"files": {"picture": b"x"}},
        {"files": {"image": b"x"}, "data": {"tasks": "a"}},
        {"content": b"--x\r\nnonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--x--\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
)
def test_another_form_is_a_bad_request(served, form):
    response = served.client.post("/predict", **form)
    assert response.status_code == 400
    assert response.json()["error"]


def test_more_files_than_the_queue_holds_are_refused(served, pictures):
    files = [("image", (f"{number}.png", b"x")) for number in range(257)]
    assert served.client.post("/predict", files=files).status_code in (400, 413)


def test_other_paths_and_methods_are_errors_in_json_too(served):
    assert served.client.get("/predict").status_code == 405
    assert served.client.get("/predict").json()["error"] == "GET is not possible here: see /docs."
    assert served.client.get("/no/such").status_code == 404
    assert served.client.get("/no/such").json() == {"error": "There is nothing here: see /docs."}
